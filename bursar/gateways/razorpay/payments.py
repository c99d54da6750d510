"""One payment, whatever event carries it: its state, its fee and its exchange, all keyed by the `pay_` id.

The entity is a snapshot taken when the event was *sent*, so it may be ahead of the event's type (an
`authorized` event of a captured payment), but never behind it.
"""

from datetime import datetime

from bursar.gateways.protocol import Document, Reading, Unreadable
from bursar.gateways.razorpay.claims import ALONE, Context, claims_of
from bursar.gateways.razorpay.entities import NO_MONEY, Entity, find_entity, get_entity, get_id, get_money
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.razorpay.fees import balance_facts
from bursar.gateways.shapes import find_time, find_word
from bursar.rules.facts import Fact, PaymentFact
from bursar.rules.states import PaymentStatus

_Statuses = frozenset[PaymentStatus]

PAID: _Statuses = frozenset({PaymentStatus.SUCCEEDED})
"""What an event promises that exists only because somebody paid."""
_AUTHORIZED = PAID | {PaymentStatus.AUTHORIZED}
_FAILED = _AUTHORIZED | {PaymentStatus.FAILED}
_TRUE = (True, "1")
"""Subscriptions write booleans as strings."""
_FALSE = (False, "0")


def authorized(document: Document) -> Reading:
    """`payment.authorized`: the bank has promised the money, or it is already ours."""
    return payment_facts(document, _AUTHORIZED) or NO_MONEY


def captured(document: Document) -> Reading:
    """`payment.captured`: the money is ours."""
    return payment_facts(document, PAID) or NO_MONEY


def failed(document: Document) -> Reading:
    """`payment.failed`; what failed may meanwhile have been authorised late, even captured."""
    return payment_facts(document, _FAILED) or NO_MONEY


def payment_facts(document: Document, expected: _Statuses, context: Context = ALONE) -> tuple[Fact, ...]:
    """The payment an event is about; nothing where no money moves (the registration of a mandate).

    Raises Unreadable, also for a state that is behind what the type of the event promises.
    """
    entity = get_entity(document, "payment")
    status = _status(entity)
    if status is None or status not in expected:
        raise Unreadable("payload.payment.entity.status is not what this type of event promises")
    times = [time for time in (created_at(document), find_time(entity.get("created_at"))) if time]
    # The envelope of a payment link carries the time of the link, which is before the payment.
    return _facts(document, entity, status, context, max(times, default=None))


def payment_beside(document: Document, context: Context = ALONE) -> tuple[Fact, ...]:
    """The payment as it stood when an event about something else was sent; nothing if that is unreadable.

    It lets a refund or dispute that is told before its payment find it.
    """
    entity = find_entity(document, "payment")
    status = _status(entity)
    if status is None:
        return ()
    try:
        # The envelope's time is the other thing's: nobody paid at the moment of a refund.
        happened_at = find_time(entity.get("created_at")) or created_at(document)
        return _facts(document, entity, status, context, happened_at)
    except Unreadable:
        return ()


def was_never_ours(document: Document) -> bool:
    """Whether the payment beside was never captured: what goes back to the payer was never our money."""
    return find_entity(document, "payment").get("captured") in _FALSE


def _facts(
    document: Document, entity: Entity, status: PaymentStatus, context: Context, happened_at: datetime | None
) -> tuple[Fact, ...]:
    if type(entity.get("amount")) is int and entity["amount"] == 0:
        return ()
    payment_id = get_id(entity, "payment")
    amount_minor, currency = get_money(entity, "payment")
    payment = PaymentFact(
        status=status,
        payment=payment_id,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=happened_at,
        claims=claims_of(entity, context),
        method=find_word(entity.get("method")),
        attempt=payment_id,
        decline_code=_decline_code(entity) if status is PaymentStatus.FAILED else None,
    )
    if status is PaymentStatus.SUCCEEDED:
        return (payment, *balance_facts(payment, entity, created_at(document)))
    return (payment,)


def _decline_code(entity: Entity) -> str | None:
    """The reason is precise (`insufficient_funds`), the code nearly always BAD_REQUEST_ERROR."""
    return find_word(entity.get("error_reason")) or find_word(entity.get("error_code"))


def _status(entity: Entity) -> PaymentStatus | None:
    """`captured` decides about money: a refunded payment was captured, unless it lapsed uncaptured."""
    match entity.get("status"):
        case "captured":
            return PaymentStatus.SUCCEEDED
        case "authorized" | "refunded":
            paid = entity.get("captured") in _TRUE
            return PaymentStatus.SUCCEEDED if paid else PaymentStatus.AUTHORIZED
        case "failed":
            return PaymentStatus.FAILED
        case _:
            return None
