"""What Stripe says of contested payments: disputes, their money, and the warnings before them."""

from typing import Any

from bursar.gateways.protocol import Reading, Unreadable
from bursar.gateways.shapes import find_object, find_reference, find_time, find_word, get_identifier
from bursar.gateways.stripe.amounts import iso_amount, iso_currency, iso_signed_amount
from bursar.gateways.stripe.balance import balance_facts
from bursar.gateways.stripe.news import AT, NO_MONEY, News, entries, is_zero, state_of
from bursar.rules.facts import DisputeFact, DisputeFundsFact, Fact, FraudWarningFact
from bursar.rules.states import DisputeStatus, FraudWarningStatus, FundsDirection

_STATES = {
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
    "warning_closed": DisputeStatus.CLOSED,
    "prevented": DisputeStatus.CLOSED,
    "charge_refunded": DisputeStatus.CLOSED,
    "needs_response": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}


def read_dispute(news: News) -> Reading:
    """A dispute by its status, whatever event brought it, and every movement of its money so far."""
    dispute = news.thing
    if is_zero(dispute.get("amount")):
        return NO_MONEY
    currency = iso_currency(dispute, AT)
    details = find_object(dispute.get("evidence_details"))
    fact = DisputeFact(
        status=state_of(dispute, _STATES, "a dispute"),
        dispute=get_identifier(dispute.get("id"), f"{AT}.id"),
        payment=_payment(dispute),
        amount_minor=iso_amount(dispute, "amount", currency, AT),
        currency=currency,
        occurred_at=news.occurred_at,
        reason=find_word(dispute.get("reason")),
        respond_by=find_time(details.get("due_by")),
    )
    # Older disputes carry one transaction; newer ones list the withdrawal and what came back.
    listed = entries(dispute.get("balance_transactions"))
    paths = {f"{AT}.balance_transactions[{n}]": entry for n, entry in enumerate(listed)}
    paths = paths or {f"{AT}.balance_transaction": dispute.get("balance_transaction")}
    moved = (_moved(entry, fact, path) for path, entry in paths.items() if isinstance(entry, dict))
    return (fact, *(each for facts in moved for each in facts))


def read_fraud_warning(news: News) -> Reading:
    """The card network's suspicion; once a refund or a dispute has answered it, it is spent."""
    warning = news.thing
    actionable = warning.get("actionable")
    if not isinstance(actionable, bool):
        raise Unreadable(f"{AT}.actionable must be true or false")
    fact = FraudWarningFact(
        warning=get_identifier(warning.get("id"), f"{AT}.id"),
        status=FraudWarningStatus.ACTIONABLE if actionable else FraudWarningStatus.SPENT,
        payment=_payment(warning),
        occurred_at=news.occurred_at,
        reason=find_word(warning.get("fraud_type")),
    )
    return (fact,)


def _payment(thing: dict[str, Any]) -> str:
    payment = find_reference(thing.get("payment_intent")) or find_reference(thing.get("charge"))
    if payment is None:
        raise Unreadable(f"{AT} names neither a payment_intent nor a charge")
    return payment


def _moved(entry: dict[str, Any], dispute: DisputeFact, path: str) -> tuple[Fact, ...]:
    """One movement of contested money, and what the gateway took for it."""
    booked = iso_currency(entry, path)
    moved_minor = iso_signed_amount(entry, "amount", booked, path)
    if not moved_minor:  # a fee alone moves nothing contested
        return _booked(entry, dispute, 0, booked, path)
    if booked != dispute.currency:
        # Settled in another currency: what left the payment's own is what the dispute is about.
        moved_minor = dispute.amount_minor if moved_minor > 0 else -dispute.amount_minor
    funds = DisputeFundsFact(
        movement=get_identifier(entry.get("id"), f"{path}.id"),
        direction=FundsDirection.REINSTATED if moved_minor > 0 else FundsDirection.WITHDRAWN,
        dispute=dispute.dispute,
        payment=dispute.payment,
        amount_minor=abs(moved_minor),
        currency=dispute.currency,
        occurred_at=dispute.occurred_at,
    )
    return (funds, *_booked(entry, dispute, moved_minor, dispute.currency, path))


def _booked(
    entry: dict[str, Any], dispute: DisputeFact, moved_minor: int, currency: str, path: str
) -> tuple[Fact, ...]:
    return balance_facts(
        entry,
        about=dispute.dispute,
        moved_minor=moved_minor,
        currency=currency,
        occurred_at=dispute.occurred_at,
        path=path,
    )
