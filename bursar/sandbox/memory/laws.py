"""What must be true after every decision, told from the ledger's legs alone."""

from collections import Counter
from uuid import UUID

from bursar.rules.attribution import payment_subject
from bursar.rules.books import GroupKey, Invoice, Line, Payment, Share
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import DocumentKind, MailKind
from bursar.rules.desk import Desk
from bursar.rules.enrollment import desired_state, grant_state
from bursar.rules.ledger import (
    BAD_DEBT,
    CUSTOMER_CREDIT,
    RECEIVABLE,
    SUSPENSE,
    TAX_PAYABLE,
    UNIDENTIFIED,
    CauseType,
    EntryKind,
    gateway_account,
    tax_part,
)
from bursar.rules.placement import Placement, place_group
from bursar.rules.states import OPEN_DISPUTES, EnrollmentState, PaymentStatus, RefundStatus
from bursar.sandbox.memory.loading import load
from bursar.sandbox.memory.store import World

Holdings = Counter[tuple[str, UUID | None, str | UUID | None]]


def check_laws(world: World) -> None:
    """Every law at once."""
    check_entries(world)
    holdings = _holdings(world)
    shares = world.shares(world.payments)
    for payment in world.payments.values():
        check_payment(world, payment, holdings, shares.get(payment.id, {}))
    check_lines(world, shares)
    check_never_credit_and_open(world)
    check_rights(world)
    check_placed(world, shares)


def check_entries(world: World) -> None:
    """I16: every entry balances in every currency."""
    for each in world.entries.values():
        sums: Counter[str] = Counter()
        for leg in each.legs:
            assert leg.amount_minor != 0
            sums[leg.currency] += leg.amount_minor
        assert each.legs
        assert not any(sums.values()), each


def check_payment(world: World, payment: Payment, holdings: Holdings, shares: dict[UUID, Share]) -> None:
    """I1, I4, and the projections on the payment's row."""
    held = {
        account: holdings[account, payment.id, payment.currency]
        for account in (CUSTOMER_CREDIT, UNIDENTIFIED, SUSPENSE, gateway_account(payment.account))
    }
    captured_minor = payment.amount_minor if payment.applied_seq else 0
    allocated_minor = sum(share.allocated_minor for share in shares.values())
    holds_minor = allocated_minor + payment.credit_minor + payment.unidentified_minor - payment.suspense_minor

    assert (payment.applied_seq is not None) == (payment.status is PaymentStatus.SUCCEEDED)
    assert ((CauseType.PAYMENT, payment.id, EntryKind.CAPTURED) in world.entries) == bool(payment.applied_seq)
    taken_minor = payment.refunded_minor + payment.lost_minor
    assert captured_minor - taken_minor == holds_minor
    assert captured_minor - payment.refunded_minor == held[gateway_account(payment.account)]
    assert 0 <= payment.held_minor <= payment.credit_minor
    assert payment.credit_minor == -held[CUSTOMER_CREDIT] >= 0
    assert payment.unidentified_minor == -held[UNIDENTIFIED] >= 0
    assert payment.suspense_minor == held[SUSPENSE] == max(0, taken_minor - captured_minor)
    assert payment.refunded_minor == _refunded_minor(world, payment)
    assert all(share.allocated_minor >= 0 and share.cancelled_minor >= 0 for share in shares.values())
    _check_breaks(world, payment)
    _check_owner(world, payment, holdings, shares)


def check_lines(world: World, shares: dict[UUID, dict[UUID, Share]]) -> None:
    """I2, and the projections on each line's row."""
    receivable: Counter[UUID] = Counter()
    tax: Counter[UUID] = Counter()
    income: Counter[UUID] = Counter()
    for leg in world.legs():
        if leg.invoice_line_id and leg.account != BAD_DEBT:
            kind = {RECEIVABLE: receivable, TAX_PAYABLE: tax}.get(leg.account, income)
            kind[leg.invoice_line_id] += leg.amount_minor
    for invoice in world.invoices.values():
        for line in invoice.lines:
            _check_line(line, [held[line.id] for held in shares.values() if line.id in held])
            kept_tax_minor = line.tax_minor - _tax_of(line)
            assert receivable[line.id] == line.open_minor
            assert tax[line.id] == -kept_tax_minor
            assert income[line.id] == -(line.payable_minor - line.refunded_minor - kept_tax_minor)


def check_never_credit_and_open(world: World) -> None:
    """L1."""
    sums: Counter[tuple[str, UUID | None, str]] = Counter()
    for leg in world.legs():
        sums[leg.account, leg.customer_id, leg.currency] += leg.amount_minor
    held: Counter[GroupKey] = Counter()
    for payment in world.payments.values():
        held[payment.group] += payment.held_minor
    for group in world.groups():
        assert not (sums[RECEIVABLE, *group] and -sums[CUSTOMER_CREDIT, *group] - held[group]), group


def open_and_credit(world: World, group: GroupKey) -> tuple[int, int]:
    """What a customer owes, and what a customer has, in one currency."""
    legs = [leg for leg in world.legs() if (leg.customer_id, leg.currency) == group]
    open_minor = sum(leg.amount_minor for leg in legs if leg.account == RECEIVABLE)
    return open_minor, -sum(leg.amount_minor for leg in legs if leg.account == CUSTOMER_CREDIT)


def check_rights(world: World) -> None:
    """I18: rights are that function of money, whatever the path."""
    states: dict[UUID, list[EnrollmentState]] = {}
    for grant in world.grants.values():
        invoice = world.invoices.get(grant.invoice_id)
        wanted = grant.state
        if invoice:
            wanted = grant_state(
                grant.policy,
                total_minor=invoice.payable_minor,
                paid_minor=invoice.paid_minor,
                refunded_minor=invoice.refunded_minor,
                contested=_is_contested(world, invoice),
            )
        assert grant.state == wanted
        states.setdefault(grant.enrollment_id, []).append(wanted)
    assert {each: desired_state(granted) for each, granted in states.items()} == world.desired


def _is_contested(world: World, invoice: Invoice) -> bool:
    disputed = {each.payment_id for each in world.disputes.values() if each.status in OPEN_DISPUTES}
    shares = world.shares(disputed)
    return any(
        shares.get(each, {}).get(line.id, Share()).allocated_minor
        for each in disputed
        for line in invoice.lines
    )


def check_placed(world: World, shares: dict[UUID, dict[UUID, Share]]) -> None:
    """Step by step came to where placing the whole group from nothing comes to."""
    for group in world.groups():
        desk = Desk(load(world, (), frozenset([group])))
        payments = [each for each in world.payments.values() if each.group == group]
        lots = [desk.lot(each) for each in payments if each.applied_seq or each.suspense_minor]
        if group[0]:
            now = {each.id: _placement(each, shares.get(each.id, {})) for each in payments}
            wanted = place_group(desk.invoices_of(group), lots)
            assert wanted == {each: now[each] for each in wanted}


def _placement(payment: Payment, shares: dict[UUID, Share]) -> Placement:
    return Placement(
        customer_id=payment.attribution.customer_id,
        credit_minor=payment.credit_minor,
        held_minor=payment.held_minor,
        unidentified_minor=payment.unidentified_minor,
        suspense_minor=payment.suspense_minor,
        shares={line_id: share for line_id, share in shares.items() if share != Share()},
    )


def _holdings(world: World) -> Holdings:
    holdings: Holdings = Counter()
    for leg in world.legs():
        holdings[leg.account, leg.payment_id, leg.currency] += leg.amount_minor
        if leg.account == CUSTOMER_CREDIT:
            holdings[leg.account, leg.payment_id, leg.customer_id] += leg.amount_minor
    return holdings


def _refunded_minor(world: World, payment: Payment) -> int:
    """What all refunds that stand have taken, in the payment's own currency."""
    return sum(
        refund.amount_minor
        for refund in world.refunds.values()
        if refund.payment_id == payment.id
        and refund.status is RefundStatus.SUCCEEDED
        and refund.currency == payment.currency
    )


def _check_breaks(world: World, payment: Payment) -> None:
    """What is before a person, and what people keep of money that is somebody's."""
    subject = payment_subject(payment.id)
    owned = payment.attribution.customer_id is not None
    unidentified = (BreakKind.UNIDENTIFIED_PAYMENT, subject) in world.breaks
    assert unidentified == bool(payment.applied_seq and not owned)
    if payment.suspense_minor:
        assert (BreakKind.REFUND_EXCEEDS_PAYMENT, subject) in world.breaks
    if payment.applied_seq and owned:
        assert (DocumentKind.RECEIPT, payment.id) in world.documents
        assert (MailKind.PAYMENT_RECEIVED, payment.id) in world.mails


def _check_owner(world: World, payment: Payment, holdings: Holdings, shares: dict[UUID, Share]) -> None:
    """Money lies with its owner, in its own currency."""
    mine = {
        line.id
        for invoice in world.invoices.values()
        if (invoice.customer_id, invoice.currency) == payment.group
        for line in invoice.lines
    }
    assert {line_id for line_id, share in shares.items() if share != Share()} <= mine
    customers = {customer_id for customer_id, _ in world.groups()} - {payment.attribution.customer_id}
    assert not any(holdings[CUSTOMER_CREDIT, payment.id, customer_id] for customer_id in customers)


def _check_line(line: Line, shares: list[Share]) -> None:
    assert line.allocated_minor == sum(share.allocated_minor for share in shares) >= 0
    assert line.refunded_minor == sum(share.cancelled_minor for share in shares) >= 0
    assert line.open_minor >= 0


def _tax_of(line: Line) -> int:
    return tax_part(line.refunded_minor + line.credited_minor, gross_minor=line.gross_minor, tax_minor=line.tax_minor)
