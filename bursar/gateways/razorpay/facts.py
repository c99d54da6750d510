"""What a Razorpay event says about money, by the shape of `payload.<kind>.entity`. No SDK.

The entity is a snapshot taken when the event was *sent*, so it may be ahead of the event's type (an
`authorized` event of a captured payment), but never behind it. Amounts are ISO 4217 minor units already.
"""

from collections.abc import Callable
from typing import Any

from bursar.gateways.protocol import Document, Ignored, Reading, Unreadable
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.shapes import (
    find_customer,
    find_identifier,
    find_invoice,
    find_object,
    find_time,
    find_track,
    find_word,
    get_identifier,
)
from bursar.rules.facts import CheckoutFact, Claims, Fact, PaymentFact, RefundFact
from bursar.rules.money import AmountRefused, CurrencyRefused, checked_amount, checked_currency
from bursar.rules.states import CheckoutStatus, PaymentStatus, RefundStatus

_Reader = Callable[[Document], Reading]
_Statuses = frozenset[PaymentStatus]

_PAYMENT_AT = "payload.payment.entity"
_REFUND_AT = "payload.refund.entity"
_ORDER_AT = "payload.order.entity"
_NO_MONEY = Ignored(reason="no money")

_ORDER_WORDS = frozenset({"created", "attempted", "paid"})
_REFUND_WORDS = {
    "created": RefundStatus.PENDING,
    "pending": RefundStatus.PENDING,
    "processed": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
}


def read(event_type: str, document: Document) -> Reading:
    """Turn a stored event into facts. Raises Unreadable naming the field."""
    reader = _READERS.get(event_type)
    if reader is None:
        return Ignored(reason="unhandled type")
    return reader(document)


def _authorized(document: Document) -> Reading:
    return _payment_alone(document, frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.SUCCEEDED}))


def _captured(document: Document) -> Reading:
    return _payment_alone(document, frozenset({PaymentStatus.SUCCEEDED}))


def _failed(document: Document) -> Reading:
    """Late authorisation: what failed may meanwhile have been authorised, even captured."""
    return _payment_alone(
        document, frozenset({PaymentStatus.FAILED, PaymentStatus.AUTHORIZED, PaymentStatus.SUCCEEDED})
    )


def _payment_alone(document: Document, expected: _Statuses) -> Reading:
    payment = _payment_fact(document, _entity(document, "payment"), expected)
    return _NO_MONEY if payment is None else (payment,)


def _order_paid(document: Document) -> Reading:
    order = _entity(document, "order")
    order_id = get_identifier(order.get("id"), f"{_ORDER_AT}.id")
    word = order.get("status")
    if not isinstance(word, str) or word not in _ORDER_WORDS:
        raise Unreadable(f"{_ORDER_AT}.status is not an order status")
    entity = _entity(document, "payment")
    payment = _payment_fact(document, entity, frozenset({PaymentStatus.SUCCEEDED}), order)
    facts: tuple[Fact, ...] = () if payment is None else (payment,)
    if word == "paid":
        done = CheckoutFact(
            status=CheckoutStatus.COMPLETED,
            checkout=order_id,
            payment=get_identifier(entity.get("id"), f"{_PAYMENT_AT}.id"),
            occurred_at=created_at(document) or find_time(order.get("created_at")),
        )
        return (*facts, done)
    return facts or _NO_MONEY


def _payment_fact(
    document: Document, entity: dict[str, Any], expected: _Statuses, order: dict[str, Any] | None = None
) -> PaymentFact | None:
    """The payment's state, or None where no money moves (the registration of a mandate)."""
    status = _payment_status(entity)
    if status not in expected:
        raise Unreadable(f"{_PAYMENT_AT}.status is not what this type of event promises")
    if type(entity.get("amount")) is int and entity["amount"] == 0:
        return None
    failed = status is PaymentStatus.FAILED
    payment_id = get_identifier(entity.get("id"), f"{_PAYMENT_AT}.id")
    amount_minor, currency = _money(entity, _PAYMENT_AT)
    return PaymentFact(
        status=status,
        payment=payment_id,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=created_at(document) or find_time(entity.get("created_at")),
        claims=_claims(entity, order or {}),
        method=find_word(entity.get("method")),
        attempt=payment_id,
        # The reason is precise (`insufficient_funds`), the code nearly always BAD_REQUEST_ERROR.
        decline_code=(find_word(entity.get("error_reason")) or find_word(entity.get("error_code")))
        if failed
        else None,
    )


def _payment_status(entity: dict[str, Any]) -> PaymentStatus | None:
    """`captured` decides about money: a refunded payment was captured, unless it lapsed uncaptured."""
    captured = entity.get("captured")
    match entity.get("status"):
        case "captured":
            return PaymentStatus.SUCCEEDED
        case "authorized" | "refunded":
            return PaymentStatus.SUCCEEDED if captured is True else PaymentStatus.AUTHORIZED
        case "failed":
            return PaymentStatus.FAILED
        case _:
            return None


def _refund_changed(document: Document) -> Reading:
    return _refund(document, frozenset(_REFUND_WORDS.values()))


def _refund_processed(document: Document) -> Reading:
    """Banks return money: what was processed may meanwhile have failed."""
    return _refund(document, frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}))


def _refund_failed(document: Document) -> Reading:
    return _refund(document, frozenset({RefundStatus.FAILED}))


def _refund(document: Document, expected: frozenset[RefundStatus]) -> Reading:
    entity = _entity(document, "refund")
    payload = find_object(document.get("payload"))
    payment = find_object(find_object(payload.get("payment")).get("entity"))
    if payment.get("captured") is False:
        return Ignored(reason="authorization released")  # the payer's money was never ours
    word = entity.get("status")
    status = _REFUND_WORDS.get(word) if isinstance(word, str) else None
    if status is None or status not in expected:
        raise Unreadable(f"{_REFUND_AT}.status is not what this type of event promises")
    amount_minor, currency = _money(entity, _REFUND_AT)
    return (
        RefundFact(
            status=status,
            refund=get_identifier(entity.get("id"), f"{_REFUND_AT}.id"),
            payment=get_identifier(entity.get("payment_id"), f"{_REFUND_AT}.payment_id"),
            amount_minor=amount_minor,
            currency=currency,
            occurred_at=created_at(document) or find_time(entity.get("created_at")),
        ),
    )


def _claims(entity: dict[str, Any], order: dict[str, Any]) -> Claims:
    """From the payment's notes, then the order's: hosts write either. Empty notes arrive as a list."""
    notes = {**find_object(order.get("notes")), **find_object(entity.get("notes"))}
    order_id = find_identifier(entity.get("order_id")) or find_identifier(order.get("id"))
    return Claims(
        invoice=find_invoice(notes),
        customer=find_customer(notes),
        track=find_track(notes),
        checkouts=(order_id,) if order_id else (),
        gateway_customer=find_identifier(entity.get("customer_id")),
    )


def _entity(document: Document, kind: str) -> dict[str, Any]:
    found = find_object(find_object(find_object(document.get("payload")).get(kind)).get("entity"))
    if not found:
        raise Unreadable(f"payload.{kind}.entity must be an object")
    return found


def _money(entity: dict[str, Any], path: str) -> tuple[int, str]:
    try:
        return checked_amount(entity.get("amount"), f"{path}.amount"), checked_currency(
            entity.get("currency")
        )
    except AmountRefused as refused:
        raise Unreadable(str(refused)) from None
    except CurrencyRefused:
        raise Unreadable(f"{path}.currency must be three letters") from None


_READERS: dict[str, _Reader] = {
    "payment.authorized": _authorized,
    "payment.captured": _captured,
    "payment.failed": _failed,
    "order.paid": _order_paid,
    "refund.created": _refund_changed,
    "refund.processed": _refund_processed,
    "refund.failed": _refund_failed,
    "refund.speed_changed": _refund_changed,
}
HANDLED_TYPES = frozenset(_READERS)
