"""What a fetched dispute says. It suspends; the money goes by the refund or reversal of the payment.

PayPal tells the same loss twice: `money_movements` of the dispute, and a refund or reversal of the capture,
which does not name the dispute. Only the second has an id that counts once, so a dispute never loses money
by itself. What it alone tells is the fee PayPal takes for settling it.
"""

from bursar.gateways.paypal.amounts import get_money
from bursar.gateways.paypal.things import Thing, changed_at, find_moment, get_id, get_state
from bursar.gateways.protocol import Reading, Unreadable
from bursar.gateways.shapes import find_object, find_word
from bursar.rules.facts import DisputeFact, FeeFact
from bursar.rules.states import OPEN_DISPUTES, DisputeStatus

_STATES = {
    "OPEN": DisputeStatus.NEEDS_RESPONSE,
    "WAITING_FOR_SELLER_RESPONSE": DisputeStatus.NEEDS_RESPONSE,
    "WAITING_FOR_BUYER_RESPONSE": DisputeStatus.UNDER_REVIEW,
    "UNDER_REVIEW": DisputeStatus.UNDER_REVIEW,
    "OTHER": DisputeStatus.UNDER_REVIEW,
    "RESOLVED": DisputeStatus.CLOSED,
}
_OUR_FAVOUR = "RESOLVED_SELLER_FAVOUR"
_BETWEEN_THE_TWO = "INQUIRY"
"""The stage in which payer and seller talk, before PayPal or a bank decides anything."""
MOVEMENTS_MAX = 100
"""Money movements of one dispute; PayPal writes a handful."""


def read_dispute(dispute: Thing) -> Reading:
    """Where a dispute stands, and what settling it cost."""
    amount_minor, currency = get_money(dispute, "dispute_amount", "dispute")
    fact = DisputeFact(
        status=_status(dispute),
        dispute=get_id(dispute, "dispute_id", "dispute"),
        payment=_payment(dispute),
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=changed_at(dispute),
        reason=find_word(dispute.get("reason")),
        respond_by=find_moment(dispute.get("seller_response_due_date")),
    )
    return (fact, *_fee(dispute, fact))


def _status(dispute: Thing) -> DisputeStatus:
    status = get_state(dispute, _STATES, "dispute")
    if status in OPEN_DISPUTES and dispute.get("dispute_life_cycle_stage") == _BETWEEN_THE_TWO:
        return DisputeStatus.INQUIRY
    outcome = find_object(dispute.get("dispute_outcome")).get("outcome_code")
    if status is DisputeStatus.CLOSED and outcome == _OUR_FAVOUR:
        return DisputeStatus.WON
    return status


def _payment(dispute: Thing) -> str:
    """Our side's id of the transaction is the capture's or sale's."""
    match dispute.get("disputed_transactions"):
        case [dict(transaction)]:
            return get_id(transaction, "seller_transaction_id", "dispute.disputed_transactions[0]")
        case _:
            raise Unreadable("dispute.disputed_transactions must name exactly one transaction")


def _fee(dispute: Thing, fact: DisputeFact) -> tuple[FeeFact, ...]:
    """All dispute fees in one sum: the movements have no ids, and a later sum posts the difference."""
    movements = dispute.get("money_movements")
    listed = movements[:MOVEMENTS_MAX] if isinstance(movements, list) else []
    path, total_minor, currency = "dispute.money_movements[]", 0, fact.currency
    for movement in map(find_object, listed):
        reason, ours = movement.get("reason"), movement.get("affected_party") == "SELLER"
        if not ours or not isinstance(reason, str) or not reason.endswith("_FEE"):
            continue
        fee_minor, told_in = get_money(movement, "amount", path)
        if total_minor and told_in != currency:
            raise Unreadable(f"{path}.amount must have one currency for all fees")
        currency = told_in
        total_minor += -fee_minor if movement.get("type") == "CREDIT" else fee_minor
    if not total_minor:
        return ()
    fee = FeeFact(
        source=f"{fact.dispute}:fee",
        about=fact.dispute,
        fee_minor=total_minor,
        currency=currency,
        occurred_at=fact.occurred_at,
    )
    return (fee,)
