"""What a Stripe event says about money, by the shape of its object and for any API version. No SDK.

`data.object` is a snapshot taken when the event was made. An event whose object contradicts its type
(`payment_intent.succeeded` of an intent that did not) is refused: a person must look at it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bursar.gateways.protocol import Document, Ignored, Reading, Unreadable
from bursar.gateways.shapes import (
    find_claim,
    find_customer,
    find_invoice,
    find_object,
    find_reference,
    find_time,
    find_track,
    find_word,
    get_identifier,
)
from bursar.gateways.stripe.amounts import iso_amount, iso_currency
from bursar.gateways.stripe.envelope import THIN_EVENT
from bursar.rules.facts import CheckoutFact, Claims, PaymentFact, RefundFact, RefundWatermark
from bursar.rules.states import CheckoutStatus, PaymentStatus, RefundStatus

_AT = "data.object"
_NO_MONEY = Ignored(reason="no money")
_Reader = Callable[[dict[str, Any], datetime | None], Reading]

_UNSUCCESSFUL_INTENT_WORDS = frozenset(
    {
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
        "requires_capture",
        "processing",
        "canceled",
        "requires_source",  # before 2019-02-11
        "requires_source_action",
    }
)
_REFUND_WORDS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}
_SESSION_PAYMENTS = {"paid": PaymentStatus.SUCCEEDED, "unpaid": PaymentStatus.PROCESSING}
"""An unpaid session grants nothing, but it says whose money is on its way (bank debits, vouchers)."""
_SESSION_WORDS = frozenset({"paid", "unpaid", "no_payment_required"})


def read(event_type: str, document: Document) -> Reading:
    """Turn a stored event into facts. Raises Unreadable naming the field."""
    if document.get("object") == THIN_EVENT:
        return Ignored(reason="thin event")
    reader = _READERS.get(event_type)
    if reader is None:
        return Ignored(reason="unhandled type")
    thing = find_object(find_object(document.get("data")).get("object"))
    if not thing:
        raise Unreadable(f"{_AT} must be an object")
    return reader(thing, find_time(document.get("created")))


def _intent_succeeded(intent: dict[str, Any], occurred_at: datetime | None) -> Reading:
    _expect_word(intent, "status", frozenset({"succeeded"}))
    return _intent(intent, PaymentStatus.SUCCEEDED, "amount_received", occurred_at)


def _intent_processing(intent: dict[str, Any], occurred_at: datetime | None) -> Reading:
    _expect_word(intent, "status", frozenset({"processing"}))
    return _intent(intent, PaymentStatus.PROCESSING, "amount", occurred_at)


def _intent_failed(intent: dict[str, Any], occurred_at: datetime | None) -> Reading:
    _expect_word(intent, "status", _UNSUCCESSFUL_INTENT_WORDS)
    return _intent(intent, PaymentStatus.FAILED, "amount", occurred_at)


def _intent(
    intent: dict[str, Any], status: PaymentStatus, amount_field: str, occurred_at: datetime | None
) -> Reading:
    if _is_zero(intent.get(amount_field)):
        return _NO_MONEY
    currency = iso_currency(intent, _AT)
    error = find_object(intent.get("last_payment_error")) if status is PaymentStatus.FAILED else {}
    charges, method = _charges(intent)
    return (
        PaymentFact(
            status=status,
            payment=get_identifier(intent.get("id"), f"{_AT}.id"),
            aliases=charges,
            amount_minor=iso_amount(intent, amount_field, currency, _AT),
            currency=currency,
            occurred_at=occurred_at,
            claims=_claims(intent),
            method=find_word(find_object(error.get("payment_method")).get("type")) or method,
            attempt=find_reference(error.get("charge"))
            or find_reference(intent.get("latest_charge"))
            or (charges[0] if charges else None),
            decline_code=find_word(error.get("decline_code")) or find_word(error.get("code")),
        ),
    )


def _charges(intent: dict[str, Any]) -> tuple[tuple[str, ...], str | None]:
    """Every charge id of an intent, newest first, and the method of the newest.

    `charges.data[]` until 2022-08-01, `latest_charge` (bare or expanded) since.
    """
    listed = find_object(intent.get("charges")).get("data")
    candidates = [intent.get("latest_charge"), *(listed if isinstance(listed, list) else ())]
    ids = tuple(dict.fromkeys(found for one in candidates if (found := find_reference(one))))
    for charge in candidates:
        if method := find_word(find_object(find_object(charge).get("payment_method_details")).get("type")):
            return ids, method
    return ids, _only_method(intent)


def _charge_succeeded(charge: dict[str, Any], occurred_at: datetime | None) -> Reading:
    _expect_word(charge, "status", frozenset({"succeeded"}))
    captured = charge.get("captured")
    if not isinstance(captured, bool):
        raise Unreadable(f"{_AT}.captured must be true or false")
    # Part of an authorised amount can be captured; versions before 2020-08-27 do not tell how much.
    amount_field = "amount_captured" if captured and "amount_captured" in charge else "amount"
    if _is_zero(charge.get(amount_field)):
        return _NO_MONEY
    currency = iso_currency(charge, _AT)
    charge_id, payment = _charge_and_payment(charge)
    return (
        PaymentFact(
            status=PaymentStatus.SUCCEEDED if captured else PaymentStatus.AUTHORIZED,
            payment=payment,
            aliases=() if charge_id == payment else (charge_id,),
            amount_minor=iso_amount(charge, amount_field, currency, _AT),
            currency=currency,
            occurred_at=occurred_at,
            claims=_claims(charge),
            method=find_word(find_object(charge.get("payment_method_details")).get("type")),
            attempt=charge_id,
        ),
    )


def _charge_refunded(charge: dict[str, Any], occurred_at: datetime | None) -> Reading:
    if charge.get("captured") is False:
        return Ignored(reason="authorization released")
    _charge_id, payment = _charge_and_payment(charge)
    currency = iso_currency(charge, _AT)
    refunds = find_object(charge.get("refunds")).get("data")  # not sent since 2022-11-15
    return (
        RefundWatermark(
            payment=payment,
            refunded_minor=iso_amount(charge, "amount_refunded", currency, _AT),
            currency=currency,
            occurred_at=occurred_at,
        ),
        *(
            _refund_fact(find_object(refund), payment, occurred_at, f"{_AT}.refunds.data[{n}]")
            for n, refund in enumerate(refunds if isinstance(refunds, list) else ())
        ),
    )


def _refund_changed(refund: dict[str, Any], occurred_at: datetime | None) -> Reading:
    payment = find_reference(refund.get("payment_intent")) or find_reference(refund.get("charge"))
    if payment is None:
        raise Unreadable(f"{_AT} names neither a payment_intent nor a charge")
    return (_refund_fact(refund, payment, occurred_at, _AT),)


def _refund_failed(refund: dict[str, Any], occurred_at: datetime | None) -> Reading:
    _expect_word(refund, "status", frozenset({"failed", "canceled"}))
    return _refund_changed(refund, occurred_at)


def _refund_fact(refund: dict[str, Any], payment: str, occurred_at: datetime | None, path: str) -> RefundFact:
    word = refund.get("status")
    status = _REFUND_WORDS.get(word) if isinstance(word, str) else None
    if status is None:
        raise Unreadable(f"{path}.status is not a refund status")
    currency = iso_currency(refund, path)
    return RefundFact(
        status=status,
        refund=get_identifier(refund.get("id"), f"{path}.id"),
        payment=payment,
        amount_minor=iso_amount(refund, "amount", currency, path),
        currency=currency,
        occurred_at=occurred_at,
        reason=find_word(refund.get("failure_reason")) or find_word(refund.get("reason")),
    )


def _session_completed(session: dict[str, Any], occurred_at: datetime | None) -> Reading:
    if "payment_status" in session:  # absent before 2020: then only the intent's own events tell
        _expect_word(session, "payment_status", _SESSION_WORDS)
    done = _session_fact(session, CheckoutStatus.COMPLETED, occurred_at)
    free = session.get("payment_status") not in _SESSION_PAYMENTS or _is_zero(session.get("amount_total"))
    if free or done.payment is None:
        return (done,)  # nothing to pay, or paid through a gateway invoice that announces itself
    currency = iso_currency(session, _AT)
    payment = PaymentFact(
        status=_SESSION_PAYMENTS[session["payment_status"]],
        payment=done.payment,
        amount_minor=iso_amount(session, "amount_total", currency, _AT),
        currency=currency,
        occurred_at=occurred_at,
        claims=_claims(session, checkouts=(done.checkout,)),
        method=_only_method(session),
    )
    return (payment, done)


def _session_expired(session: dict[str, Any], occurred_at: datetime | None) -> Reading:
    return (_session_fact(session, CheckoutStatus.EXPIRED, occurred_at),)


def _session_fact(
    session: dict[str, Any], status: CheckoutStatus, occurred_at: datetime | None
) -> CheckoutFact:
    return CheckoutFact(
        status=status,
        checkout=get_identifier(session.get("id"), f"{_AT}.id"),
        payment=find_reference(session.get("payment_intent")),
        occurred_at=occurred_at,
    )


def _charge_and_payment(charge: dict[str, Any]) -> tuple[str, str]:
    """The charge's id, and the id its money is credited under: the intent's, where there is one."""
    charge_id = get_identifier(charge.get("id"), f"{_AT}.id")
    return charge_id, find_reference(charge.get("payment_intent")) or charge_id


def _claims(thing: dict[str, Any], checkouts: tuple[str, ...] = ()) -> Claims:
    metadata = find_object(thing.get("metadata"))
    return Claims(
        invoice=find_invoice(metadata) or find_claim(thing.get("client_reference_id")),
        customer=find_customer(metadata),
        track=find_track(metadata),
        checkouts=checkouts,
        gateway_customer=find_reference(thing.get("customer")),
    )


def _only_method(thing: dict[str, Any]) -> str | None:
    """The payment method where only one was allowed; with several, this object does not say."""
    match thing.get("payment_method_types"):
        case [only]:
            return find_word(only)
        case _:
            return None


def _expect_word(thing: dict[str, Any], field: str, words: frozenset[str]) -> None:
    word = thing.get(field)
    if not isinstance(word, str) or word not in words:
        raise Unreadable(f"{_AT}.{field} is not what this type of event promises")


def _is_zero(amount: object) -> bool:
    """Exactly the integer 0: a set-up without a charge. Anything else odd is refused by `iso_amount`."""
    return type(amount) is int and amount == 0


_READERS: dict[str, _Reader] = {
    "payment_intent.succeeded": _intent_succeeded,
    "payment_intent.processing": _intent_processing,
    "payment_intent.payment_failed": _intent_failed,
    "charge.succeeded": _charge_succeeded,
    "charge.refunded": _charge_refunded,
    "refund.created": _refund_changed,
    "refund.updated": _refund_changed,
    "refund.failed": _refund_failed,
    "charge.refund.updated": _refund_changed,
    "checkout.session.completed": _session_completed,
    "checkout.session.expired": _session_expired,
}
HANDLED_TYPES = frozenset(_READERS)
