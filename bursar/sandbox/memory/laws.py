"""What must be true after every decision, told from the ledger's legs alone.

`check_laws` looks at the whole world; `check_touched` at what one decision changed, as cheaply as that is.
A law that is broken is an AssertionError that names it.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from bursar.rules.attribution import payment_subject
from bursar.rules.books import GroupKey, Invoice, Line, Payment, Share
from bursar.rules.breaks import BreakKind
from bursar.rules.changes import Changes
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
from bursar.rules.losses import Loss, losses
from bursar.rules.lots import Placement
from bursar.rules.placement import place_group
from bursar.rules.states import OPEN_DISPUTES, EnrollmentState, PaymentStatus, RefundStatus
from bursar.sandbox.memory.loading import load
from bursar.sandbox.memory.store import World
from bursar.sandbox.memory.sums import INCOME, Sums

Shares = dict[UUID, dict[UUID, Share]]


class LawBroken(AssertionError):
    """Something that must always be true is not; the message says which law, and of what."""


def check_laws(world: World) -> None:
    """Every law at once, over everything."""
    check_entries(world)
    shares = world.shares(world.payments)
    of_lines = _by_line(shares)
    for payment in world.payments.values():
        check_payment(world, payment, shares.get(payment.id, {}))
    for invoice in world.invoices.values():
        check_lines(world, invoice, of_lines)
    groups = world.groups()
    check_never_credit_and_open(world, groups)
    check_rights(world)
    check_placed(world, shares, groups)


def check_touched(world: World, changes: Changes) -> None:
    """The laws about what a decision changed; costs nothing for what it did not."""
    touched = {*changes.new_payments, *changes.payments}
    shares = world.shares(touched)
    for payment_id in touched:
        check_payment(world, world.payments[payment_id], shares.get(payment_id, {}))
    groups = {world.payments[each].group for each in touched}
    groups |= {(each.customer_id, each.currency) for each in changes.invoices.values()}
    check_never_credit_and_open(world, groups)


def check_entries(world: World) -> None:
    """I16: every entry balances in every currency, and the sums we keep are those of the legs."""
    again = Sums()
    for each in world.entries.values():
        sums: dict[str, int] = {}
        for leg in each.legs:
            sums[leg.currency] = sums.get(leg.currency, 0) + leg.amount_minor
        _must(all(leg.amount_minor for leg in each.legs), "I16: no leg is zero", each)
        _must(bool(each.legs) and not any(sums.values()), "I16: every entry balances", each)
        again.add(each)
    _must(again.without_zeros() == world.sums.without_zeros(), "sums are those of the legs", None)


def check_payment(world: World, payment: Payment, shares: dict[UUID, Share]) -> None:
    """I1, I4, and the projections on the payment's row."""
    captured_minor = payment.amount_minor if payment.applied_seq else 0
    allocated_minor = sum(share.allocated_minor for share in shares.values())
    holds_minor = allocated_minor + payment.credit_minor + payment.unidentified_minor - payment.suspense_minor
    taken_minor = payment.refunded_minor + payment.lost_minor
    booked = (CauseType.PAYMENT, payment.id, EntryKind.CAPTURED) in world.entries
    succeeded = payment.status is PaymentStatus.SUCCEEDED

    _must(
        booked == succeeded == (payment.applied_seq is not None),
        "I5: a payment that succeeded is booked once",
        payment,
    )
    _must(captured_minor - taken_minor == holds_minor, "I1: a payment lies somewhere", payment)
    _must(0 <= payment.held_minor <= payment.credit_minor, "I4: what is held is credit", payment)
    _must(
        payment.suspense_minor == max(0, taken_minor - captured_minor),
        "I4: suspense is what was taken beyond what came",
        payment,
    )
    _must(payment.refunded_minor == _refunded_minor(world, payment), "I1: refunds add up", payment)
    _must(payment.lost_minor == _lost_minor(world, payment), "I1: losses add up", payment)
    _must(
        all(share.allocated_minor >= 0 and share.cancelled_minor >= 0 for share in shares.values()),
        "I4: no share is negative",
        payment,
    )
    _check_holdings(world, payment, captured_minor)
    _check_consequences(world, payment)
    _check_owner(world, payment, shares)


def check_lines(world: World, invoice: Invoice, of_lines: dict[UUID, list[Share]]) -> None:
    """I2, and the projections on each line's row."""
    for line in invoice.lines:
        ledger = world.sums.lines.get(line.id, {})
        shares = of_lines.get(line.id, [])
        allocated_minor = sum(share.allocated_minor for share in shares)
        cancelled_minor = sum(share.cancelled_minor for share in shares)
        kept_tax_minor = line.tax_minor - _tax_taken_back(line)
        kept_minor = line.payable_minor - line.refunded_minor - kept_tax_minor
        _must(line.allocated_minor == allocated_minor >= 0, "I2: a line has what was allocated", line)
        _must(line.refunded_minor == cancelled_minor >= 0, "I2: a line lost what was taken back", line)
        _must(line.open_minor >= 0, "I4: no line is overpaid", line)
        _must(ledger.get(RECEIVABLE, 0) == line.open_minor, "I2: receivable is what is open", line)
        _must(ledger.get(TAX_PAYABLE, 0) == -kept_tax_minor, "I2: tax is that of what is kept", line)
        _must(ledger.get(INCOME, 0) == -kept_minor, "I2: income is what is kept", line)
        _must(ledger.get(BAD_DEBT, 0) == line.written_off_minor, "I2: losses are what was given up", line)
    given_up = [Loss(line.ruled_minor, line.tolerated_minor) for line in invoice.lines]
    _must(given_up == losses(invoice), "I2: what is given up follows from what was paid and ruled", invoice)


def check_never_credit_and_open(world: World, groups: Iterable[GroupKey]) -> None:
    """L1."""
    for group in groups:
        open_minor, credit_minor = world.sums.open_and_credit(group)
        if group[0] and open_minor and credit_minor:
            held_minor = sum(each.held_minor for each in world.payments.having(group).values())
            _must(credit_minor == held_minor, "L1: un-held credit and open lines never coexist", group)


def open_and_credit(world: World, group: GroupKey) -> tuple[int, int]:
    """What a customer owes, and what a customer has, in one currency."""
    return world.sums.open_and_credit(group)


def check_rights(world: World) -> None:
    """I18: rights are that function of money, whatever the path."""
    states: dict[UUID, list[EnrollmentState]] = {}
    for grant in world.grants.values():
        invoice = world.invoices.get(grant.invoice_id)
        wanted = grant.state
        if invoice:
            wanted = grant_state(
                grant.policy,
                total_minor=invoice.expected_minor,
                paid_minor=invoice.paid_minor,
                refunded_minor=invoice.refunded_minor,
                suspended=_is_contested(world, invoice),
            )
        _must(grant.state == wanted, "I18: a grant follows its invoice", grant)
        states.setdefault(grant.enrollment_id, []).append(wanted)
    desired = {each: desired_state(granted) for each, granted in states.items()}
    _must(desired == world.desired, "I18: an enrollment follows its grants", None)


def check_placed(world: World, shares: Shares, groups: Iterable[GroupKey]) -> None:
    """Step by step came to where placing the whole group from nothing comes to."""
    for group in groups:
        if not group[0]:
            continue
        desk = Desk(load(world, (), frozenset([group])))
        payments = world.payments.having(group).values()
        lots = [desk.lot(each) for each in payments if each.applied_seq or each.suspense_minor]
        now = {each.id: _placement(each, shares.get(each.id, {})) for each in payments}
        wanted = place_group(desk.invoices_of(group), lots)
        _must(
            wanted == {each: now[each] for each in wanted},
            "L2: money lies where placing everything from nothing would put it",
            group,
        )


def _must(holds: bool, law: str, about: object) -> None:
    if not holds:
        raise LawBroken(f"{law}: {about}")


def _placement(payment: Payment, shares: dict[UUID, Share]) -> Placement:
    return Placement(
        customer_id=payment.attribution.customer_id,
        credit_minor=payment.credit_minor,
        held_minor=payment.held_minor,
        unidentified_minor=payment.unidentified_minor,
        suspense_minor=payment.suspense_minor,
        shares={line_id: share for line_id, share in shares.items() if any(share)},
    )


def _by_line(shares: Shares) -> dict[UUID, list[Share]]:
    lines: dict[UUID, list[Share]] = {}
    for held in shares.values():
        for line_id, share in held.items():
            lines.setdefault(line_id, []).append(share)
    return lines


def _check_holdings(world: World, payment: Payment, captured_minor: int) -> None:
    """What lies on accounts that name the payment is what its row says."""
    booked = world.sums.payments.get(payment.id, {})
    projected = {
        gateway_account(payment.account): captured_minor - payment.refunded_minor,
        CUSTOMER_CREDIT: -payment.credit_minor,
        UNIDENTIFIED: -payment.unidentified_minor,
        SUSPENSE: payment.suspense_minor,
    }
    wrong = [each for each, minor in projected.items() if booked.get((each, payment.currency), 0) != minor]
    _must(not wrong, f"I16: what lies on {' and '.join(wrong)} is what the payment's row says", payment)
    _must(payment.credit_minor >= 0 and payment.unidentified_minor >= 0, "I4: nothing is negative", payment)


def _refunded_minor(world: World, payment: Payment) -> int:
    """What all refunds that stand have taken, in the payment's own currency."""
    return sum(
        refund.amount_minor
        for refund in world.refunds.having(payment.id).values()
        if refund.status is RefundStatus.SUCCEEDED and refund.currency == payment.currency
    )


def _lost_minor(world: World, payment: Payment) -> int:
    """What all disputes that are lost have taken, in the payment's own currency."""
    return sum(
        dispute.amount_minor
        for dispute in world.disputes.having(payment.id).values()
        if dispute.applied_seq and dispute.currency == payment.currency
    )


def _check_consequences(world: World, payment: Payment) -> None:
    """What is before a person, and what people keep of money that is somebody's."""
    subject = payment_subject(payment.id)
    owned = payment.attribution.customer_id is not None
    unidentified = (BreakKind.UNIDENTIFIED_PAYMENT, subject) in world.breaks
    excess = (BreakKind.REFUND_EXCEEDS_PAYMENT, subject) in world.breaks
    disputes = world.disputes.having(payment.id).values()
    disputed = any(each.status in OPEN_DISPUTES for each in disputes)
    _must(unidentified == bool(payment.applied_seq and not owned), "money of nobody is shown", payment)
    _must(excess == bool(payment.suspense_minor), "suspense is shown", payment)
    _must(payment.disputed == disputed, "a payment is disputed while a dispute is open", payment)
    if payment.applied_seq and owned:
        _must((DocumentKind.RECEIPT, payment.id) in world.documents, "I5: a receipt is reserved", payment)
        _must((MailKind.PAYMENT_RECEIVED, payment.id) in world.mails, "I5: a mail is reserved", payment)


def _check_owner(world: World, payment: Payment, shares: dict[UUID, Share]) -> None:
    """Money lies with its owner, in its own currency."""
    lines = {line_id for line_id, share in shares.items() if any(share)}
    if lines:
        invoices = world.invoices.having(payment.group).values()
        mine = {line.id for invoice in invoices for line in invoice.lines}
        _must(lines <= mine, "money lies on its owner's lines", payment)
    owner = payment.attribution.customer_id
    held: Mapping[UUID | None, int] = world.sums.credits.get(payment.id, {})
    elsewhere = [customer_id for customer_id, minor in held.items() if minor and customer_id != owner]
    _must(not elsewhere, "credit is its owner's", payment)


def _is_contested(world: World, invoice: Invoice) -> bool:
    group = (invoice.customer_id, invoice.currency)
    disputed = [each.id for each in world.payments.having(group).values() if each.disputed]
    shares = world.shares(disputed)
    lines = {line.id for line in invoice.lines}
    return any(
        share.allocated_minor and line_id in lines
        for each in disputed
        for line_id, share in shares.get(each, {}).items()
    )


def _tax_taken_back(line: Line) -> int:
    taken_minor = line.refunded_minor + line.credited_minor
    return tax_part(taken_minor, gross_minor=line.gross_minor, tax_minor=line.tax_minor)
