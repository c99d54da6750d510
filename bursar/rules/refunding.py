"""How a refund changes the books: it takes money from where it lies, and gives it back when it fails."""

from collections.abc import Iterator
from uuid import UUID

from bursar.ids import new_id
from bursar.rules.attribution import payment_subject
from bursar.rules.books import Refund
from bursar.rules.breaks import BreakKind
from bursar.rules.changes import MailNote
from bursar.rules.consequences import MailKind
from bursar.rules.desk import Desk
from bursar.rules.facts import RefundFact, RefundWatermark
from bursar.rules.facts.refunds import TAKEN_BACK
from bursar.rules.ledger import SUSPENSE, CauseType, EntryKind, Leg, entry, gateway_account
from bursar.rules.posting import Cause, rebook
from bursar.rules.states import RefundEffect, RefundStatus, refund_advances


def take_refund(desk: Desk, account: str, fact: RefundFact, seqs: Iterator[int]) -> None:
    """Join a fact into its refund and post what follows."""
    refund = _reopened(desk, _known(desk, account, fact), fact)
    if not refund_advances(refund.status, fact.status):
        if fact.status != refund.status:
            desk.audit("refund.stale", "refund", refund.id, state=refund.status, told=fact.status)
        return
    desk.audit(f"refund.{fact.status}", "refund", refund.id)
    had_succeeded = refund.applied_seq is not None
    succeeds = fact.status is RefundStatus.SUCCEEDED
    refund = refund._replace(
        status=fact.status,
        applied_seq=next(seqs) if succeeds else None,
        occurred_at=fact.occurred_at or refund.occurred_at,
        reason=fact.reason or refund.reason,
    )
    desk.keep_refund(refund)
    if succeeds:
        _post(desk, refund, EntryKind.REFUNDED, 1)
        _tell(desk, refund)
    elif had_succeeded:
        _post(desk, refund, EntryKind.REFUND_RETURNED, -1)


def raise_watermark(desk: Desk, account: str, fact: RefundWatermark) -> None:
    """Remember the most that was ever said to be refunded in all; it posts nothing."""
    payment = desk.payment(desk.aliases[account, fact.payment])
    if fact.refunded_minor > payment.watermark_minor and fact.currency == payment.currency:
        desk.keep_payment(payment._replace(watermark_minor=fact.refunded_minor))


def note_overdrawn(desk: Desk, payment_id: UUID) -> None:
    """Put before a person that more was taken back than came in, or that it no longer is so."""
    payment = desk.payment(payment_id)
    subject = payment_subject(payment.id)
    if payment.suspense_minor and payment.applied_seq:
        detail = f"more was taken back than was captured, by {payment.suspense_minor} minor units"
        desk.open_break(BreakKind.REFUND_EXCEEDS_PAYMENT, subject, detail)
    elif payment.suspense_minor:
        detail = "was taken back before anybody told us that it was captured"
        desk.open_break(BreakKind.REFUND_EXCEEDS_PAYMENT, subject, detail)
    else:
        desk.heal(BreakKind.REFUND_EXCEEDS_PAYMENT, subject)


def _known(desk: Desk, account: str, fact: RefundFact) -> Refund:
    """The refund as it is now; a new one starts as requested."""
    known = desk.refund((account, fact.refund))
    if known:
        return known
    refund = Refund(
        id=new_id(),
        account=account,
        gateway_id=fact.refund,
        payment_id=desk.aliases[account, fact.payment],
        status=RefundStatus.REQUESTED,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
    )
    desk.keep_refund(refund)
    return refund


def _reopened(desk: Desk, refund: Refund, fact: RefundFact) -> Refund:
    """The refund with its effect. One word that it leaves the charge owed is enough, whenever it comes."""
    if fact.effect is not RefundEffect.REOPEN or refund.effect is RefundEffect.REOPEN:
        return refund
    refund = refund._replace(effect=RefundEffect.REOPEN)
    desk.keep_refund(refund)
    if refund.applied_seq is not None and not desk.foreign(refund):
        rebook(desk, desk.payment(refund.payment_id).group)
    return refund


def _post(desk: Desk, refund: Refund, kind: EntryKind, direction: int) -> None:
    """Book money that went back (1) or returned to us (-1)."""
    amount_minor = direction * refund.amount_minor
    gateway = gateway_account(refund.account)
    went = Leg(gateway, -amount_minor, refund.currency, None, None, refund.payment_id)
    if desk.foreign(refund):
        apart = Leg(SUSPENSE, amount_minor, refund.currency, None, None, refund.payment_id)
        desk.changes.entries.append(entry(CauseType.REFUND, refund.id, kind, [apart, went]))
        detail = f"refunded in {refund.currency}, another currency than it was paid in"
        desk.open_break(BreakKind.AMOUNT_MISMATCH, payment_subject(refund.payment_id), detail)
        return
    payment = desk.payment(refund.payment_id)
    payment = payment._replace(refunded_minor=payment.refunded_minor + amount_minor)
    desk.keep_payment(payment)
    rebook(desk, payment.group, Cause(payment.id, CauseType.REFUND, refund.id, kind, (went,)))
    note_overdrawn(desk, payment.id)


def _tell(desk: Desk, refund: Refund) -> None:
    """Write to whoever gets the money; what a bank took back, nobody gets."""
    customer_id = desk.payment(refund.payment_id).attribution.customer_id
    if customer_id and not desk.foreign(refund) and refund.reason != TAKEN_BACK:
        desk.changes.mails.append(MailNote(MailKind.REFUND_PROCESSED, refund.id, customer_id))
