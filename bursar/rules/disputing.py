"""How a dispute changes the books: it suspends, and when it is lost it takes money like a refund.

Contested money that the gateway withdraws meanwhile is a movement of its own (`movements`): it lies on
`contested` until the dispute is won (reinstated) or lost.
"""

from collections.abc import Iterator

from bursar.ids import new_id
from bursar.rules.attribution import payment_subject
from bursar.rules.books import Dispute
from bursar.rules.breaks import BreakKind
from bursar.rules.changes import MailNote
from bursar.rules.consequences import MailKind, Precondition
from bursar.rules.desk import Desk
from bursar.rules.facts import DisputeFact, FraudWarningFact
from bursar.rules.ledger import CONTESTED, SUSPENSE, CauseType, EntryKind, Leg, entry
from bursar.rules.posting import Cause, rebook, require_whole
from bursar.rules.refunding import note_overdrawn
from bursar.rules.registers import stamp
from bursar.rules.states import OPEN_DISPUTES, DisputeStatus, FraudWarningStatus

TURNS_WITH_NAMES = 2
"""Lost, restored: these two have natural keys. Further turns of one dispute are acts of their own."""


def join_dispute(desk: Desk, account: str, fact: DisputeFact, key: str, seqs: Iterator[int]) -> None:
    """Let the latest word about a dispute count, and post what follows. `key`: of its event."""
    said = stamp(fact.occurred_at, fact.status, key)
    known = desk.dispute((account, fact.dispute))
    if known and said[:2] == known.stamp[:2] and fact.amount_minor != known.amount_minor:
        detail = f"a dispute of {known.amount_minor} and of {fact.amount_minor} minor units, told at one time"
        desk.open_break(BreakKind.AMOUNT_MISMATCH, payment_subject(known.payment_id), detail)
    if known and said <= known.stamp:
        if fact.status != known.status:
            desk.audit("dispute.stale", "dispute", known.id, state=known.status, told=fact.status)
        return
    was_lost = known is not None and known.status is DisputeStatus.LOST
    dispute = Dispute(
        id=known.id if known else new_id(),
        account=account,
        gateway_id=fact.dispute,
        payment_id=known.payment_id if known else desk.aliases[account, fact.payment],
        status=fact.status,
        amount_minor=known.amount_minor if known and was_lost else fact.amount_minor,
        currency=known.currency if known and was_lost else fact.currency,
        stamp=said,
        applied_seq=known.applied_seq if known else None,
        turns=known.turns if known else 0,
        reason=fact.reason or (known.reason if known else None),
        respond_by=fact.respond_by or (known.respond_by if known else None),
    )
    desk.keep_dispute(dispute)
    if known is None or known.status != dispute.status:
        desk.audit(f"dispute.{dispute.status}", "dispute", dispute.id)
    if was_lost != (dispute.status is DisputeStatus.LOST):
        _turn(desk, dispute, seqs)
    _suspend_or_restore(desk, dispute)


def warn_of_fraud(desk: Desk, account: str, fact: FraudWarningFact) -> None:
    """Put a suspected payment before a person while a refund could still prevent the dispute."""
    subject = payment_subject(desk.aliases[account, fact.payment])
    if fact.status is FraudWarningStatus.ACTIONABLE:
        detail = f"the card network suspects fraud ({fact.reason or 'no reason given'}); consider a refund"
        desk.open_break(BreakKind.FRAUD_WARNING, subject, detail)
    else:
        desk.heal(BreakKind.FRAUD_WARNING, subject)


def _turn(desk: Desk, dispute: Dispute, seqs: Iterator[int]) -> None:
    """Post a loss, or take it back."""
    lost = dispute.status is DisputeStatus.LOST
    dispute = dispute._replace(applied_seq=next(seqs) if lost else None, turns=dispute.turns + 1)
    desk.keep_dispute(dispute)
    amount_minor = dispute.amount_minor if lost else -dispute.amount_minor
    kind = EntryKind.DISPUTE_LOST if lost else EntryKind.DISPUTE_RESTORED
    named = dispute.turns <= TURNS_WITH_NAMES
    cause_type, cause_id = (CauseType.DISPUTE, dispute.id) if named else (CauseType.ACTION, new_id())
    payment_id, currency = dispute.payment_id, dispute.currency
    settled = Leg(CONTESTED, -amount_minor, currency, None, None, payment_id, dispute.id)
    if desk.foreign(dispute):
        apart = Leg(SUSPENSE, amount_minor, currency, None, None, payment_id)
        desk.changes.entries.append(entry(cause_type, cause_id, kind, [apart, settled]))
        detail = f"disputed in {currency}, another currency than it was paid in"
        desk.open_break(BreakKind.AMOUNT_MISMATCH, payment_subject(payment_id), detail)
        return
    payment = desk.payment(payment_id)
    payment = payment._replace(lost_minor=payment.lost_minor + amount_minor)
    desk.keep_payment(payment)
    rebook(desk, payment.group, Cause(payment_id, cause_type, cause_id, kind, (settled,)))
    note_overdrawn(desk, payment_id)


def _suspend_or_restore(desk: Desk, dispute: Dispute) -> None:
    """While a dispute is open, what the money paid for is suspended, and a person should answer the bank."""
    payment = desk.payment(dispute.payment_id)
    disputed = desk.is_disputed(payment.id)
    if disputed != payment.disputed:
        require_whole(desk, payment.group, [payment])  # its other disputes may be known under a former owner
        desk.keep_payment(payment._replace(disputed=disputed))
        rebook(desk, payment.group)
    subject = f"dispute:{dispute.id}"
    if dispute.status in OPEN_DISPUTES:
        detail = f"{dispute.amount_minor} {dispute.currency} minor units are disputed; answer the bank"
        desk.open_break(BreakKind.DISPUTE_OPEN, subject, detail)
        alert = MailNote(MailKind.DISPUTE_ALERT, dispute.id, None, precondition=Precondition.DISPUTE_OPEN)
        desk.changes.mails.append(alert)
    else:
        desk.heal(BreakKind.DISPUTE_OPEN, subject)
