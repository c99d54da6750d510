"""How a refund changes the books: it takes money from where it lies, and gives it back when it fails."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from bursar.ids import new_id
from bursar.rules.attribution import payment_subject
from bursar.rules.books import GroupKey, MailNote, Refund
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import MailKind
from bursar.rules.desk import Desk
from bursar.rules.facts import RefundFact
from bursar.rules.ledger import SUSPENSE, CauseType, EntryKind, Leg, entry, gateway_account
from bursar.rules.states import RefundStatus, refund_advances


def take_refund(desk: Desk, account: str, fact: RefundFact, seqs: Iterator[int]) -> GroupKey | None:
    """Join a fact into its refund and post what follows.

    Returns the group that must be replayed because money came back, if any.
    """
    refund = _known(desk, account, fact)
    if not refund_advances(refund.status, fact.status):
        if fact.status != refund.status:
            desk.audit("refund.stale", "refund", refund.id, state=refund.status, told=fact.status)
        return None
    desk.audit(f"refund.{fact.status}", "refund", refund.id)
    had_succeeded = refund.applied_seq is not None
    succeeds = fact.status is RefundStatus.SUCCEEDED
    refund = replace(
        refund,
        status=fact.status,
        applied_seq=next(seqs) if succeeds else None,
        occurred_at=fact.occurred_at or refund.occurred_at,
        reason=fact.reason or refund.reason,
    )
    desk.changes.refunds[account, fact.refund] = refund
    if succeeds:
        _post_taken(desk, refund)
    elif had_succeeded:
        return _post_returned(desk, refund)
    return None


def _known(desk: Desk, account: str, fact: RefundFact) -> Refund:
    """The refund as it is now; a new one starts as requested."""
    key = (account, fact.refund)
    known = desk.changes.refunds.get(key) or desk.books.refunds.get(key)
    if known:
        return known
    [payment_id, *_] = desk.find_payment_id(account, [fact.payment])
    refund = Refund(
        id=new_id(),
        account=account,
        gateway_id=fact.refund,
        payment_id=payment_id,
        status=RefundStatus.REQUESTED,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
    )
    desk.changes.refunds[key] = refund
    return refund


def _post_taken(desk: Desk, refund: Refund) -> None:
    if desk.foreign(refund):
        _post_foreign(desk, refund, 1)
        return
    payment = desk.payment(refund.payment_id)
    went = Leg(gateway_account(refund.account), -refund.amount_minor, refund.currency, None, None, payment.id)
    lot = desk.whole_lot(payment.id)
    before = lot.placement()
    desk.account_of(payment.group).take(lot, refund.amount_minor)
    cause = (CauseType.REFUND, refund.id, EntryKind.REFUNDED)
    desk.post(cause, payment.id, before, lot.placement(), [went])
    _count(desk, payment.id, refund.amount_minor)
    if lot.suspense_minor > before.suspense_minor:
        detail = f"refunds exceed what was captured by {lot.suspense_minor} minor units"
        desk.open_break(BreakKind.REFUND_EXCEEDS_PAYMENT, payment_subject(payment.id), detail)
    customer_id = payment.attribution.customer_id
    if customer_id:
        desk.changes.mails.append(MailNote(MailKind.REFUND_PROCESSED, refund.id, customer_id))


def _post_returned(desk: Desk, refund: Refund) -> GroupKey | None:
    """A refund failed after it had succeeded: the money is back as credit, and the group is replayed."""
    if desk.foreign(refund):
        _post_foreign(desk, refund, -1)
        return None
    payment = desk.payment(refund.payment_id)
    came = Leg(gateway_account(refund.account), refund.amount_minor, refund.currency, None, None, payment.id)
    before = desk.placement(payment.id)
    lot = desk.lot(payment.id)
    from_suspense = min(refund.amount_minor, lot.suspense_minor)
    lot.suspense_minor -= from_suspense
    if lot.customer_id is None:
        lot.unidentified_minor += refund.amount_minor - from_suspense
    else:
        lot.credit_minor += refund.amount_minor - from_suspense
    cause = (CauseType.REFUND, refund.id, EntryKind.REFUND_RETURNED)
    desk.post(cause, payment.id, before, lot.placement(), [came])
    _count(desk, payment.id, -refund.amount_minor)
    return payment.group


def _post_foreign(desk: Desk, refund: Refund, direction: int) -> None:
    """Another currency than the payment's: no exchange is assumed, a person must look."""
    amount_minor = direction * refund.amount_minor
    kind = EntryKind.REFUNDED if direction > 0 else EntryKind.REFUND_RETURNED
    legs = [
        Leg(SUSPENSE, amount_minor, refund.currency, None, None, refund.payment_id),
        Leg(gateway_account(refund.account), -amount_minor, refund.currency, None, None, refund.payment_id),
    ]
    desk.changes.entries.append(entry(CauseType.REFUND, refund.id, kind, legs))
    detail = f"refunded in {refund.currency}, another currency than it was paid in"
    desk.open_break(BreakKind.AMOUNT_MISMATCH, payment_subject(refund.payment_id), detail)


def _count(desk: Desk, payment_id: UUID, amount_minor: int) -> None:
    payment = desk.payment(payment_id)
    desk.keep_payment(replace(payment, refunded_minor=payment.refunded_minor + amount_minor))
