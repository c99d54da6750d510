"""What a charge says: one attempt to take money, and since 2019 a part of some intent."""

from typing import Any

from bursar.gateways.protocol import Ignored, Reading, Unreadable
from bursar.gateways.shapes import find_object, find_reference, find_word, get_identifier
from bursar.gateways.stripe.amounts import iso_amount, iso_currency
from bursar.gateways.stripe.balance import balance_facts
from bursar.gateways.stripe.claims import claims_of
from bursar.gateways.stripe.news import AT, NO_MONEY, News, entries, is_zero
from bursar.gateways.stripe.refunds import refund_facts
from bursar.rules.facts import ConversionFact, FeeFact, PaymentFact, RefundFact, RefundWatermark
from bursar.rules.states import PaymentStatus

_SUCCEEDED, _PENDING, _FAILED = "succeeded", "pending", "failed"
_PROMISED = {
    "charge.succeeded": _SUCCEEDED,
    "charge.captured": _SUCCEEDED,
    "charge.pending": _PENDING,
    "charge.failed": _FAILED,
}
_STATES = {_PENDING: PaymentStatus.PROCESSING, _FAILED: PaymentStatus.FAILED}


def read_charge(news: News) -> Reading:
    """A charge by its status; `charge.updated` promises none, and often brings the balance transaction."""
    charge = news.thing
    word = _status_word(charge)
    if word != _PROMISED.get(news.type, word):
        raise Unreadable(f"{AT}.status is not what this type of event promises")
    if word != _SUCCEEDED:
        return _payment(news, _STATES[word], "amount")
    captured = charge.get("captured")
    if not isinstance(captured, bool):
        raise Unreadable(f"{AT}.captured must be true or false")
    if not captured:
        return _uncaptured(news)
    # Part of an authorised amount can be captured; versions before 2020-08-27 do not tell how much.
    return _payment(
        news, PaymentStatus.SUCCEEDED, "amount_captured" if "amount_captured" in charge else "amount"
    )


def read_charge_expired(news: News) -> Reading:
    """An authorization that nobody captured in time: its money was never ours."""
    if news.thing.get("captured") is not False:
        raise Unreadable(f"{AT}.captured is not what this type of event promises")
    return _payment(news, PaymentStatus.CANCELED, "amount")


def read_charge_refunded(news: News) -> Reading:
    """How much of a charge went back in all; until 2022-08-01 also every refund of it."""
    if news.thing.get("captured") is False:
        return Ignored(reason="authorization released")
    return _refunded(news)


def charge_and_payment(charge: dict[str, Any]) -> tuple[str, str]:
    """The charge's id, and the id its money is credited under: the intent's, where there is one."""
    charge_id = get_identifier(charge.get("id"), f"{AT}.id")
    return charge_id, find_reference(charge.get("payment_intent")) or charge_id


def method_of_charge(charge: dict[str, Any]) -> str | None:
    """`payment_method_details` since 2019; before it the card, bank account or source itself."""
    method = find_word(find_object(charge.get("payment_method_details")).get("type"))
    if method:
        return method
    source = find_object(charge.get("source")) or find_object(charge.get("card"))
    kind = find_word(source.get("object"))
    return find_word(source.get("type")) if kind == "source" else kind


def decline_of_charge(charge: dict[str, Any]) -> str | None:
    """Why the bank refused: the outcome's reason is the decline code, `failure_code` only its family."""
    outcome = find_object(charge.get("outcome"))
    return find_word(outcome.get("reason")) or find_word(charge.get("failure_code"))


def _status_word(charge: dict[str, Any]) -> str:
    """Charges older than `status` have only `paid`; "paid" was also its first word for success."""
    word = charge.get("status")
    if word in (_SUCCEEDED, _PENDING, _FAILED):
        return str(word)
    if word == "paid" or (word is None and charge.get("paid") is True):
        return _SUCCEEDED
    if word is None and charge.get("paid") is False:
        return _FAILED
    raise Unreadable(f"{AT}.status is not what this type of event promises")


def _uncaptured(news: News) -> Reading:
    if news.type == "charge.captured":
        raise Unreadable(f"{AT}.captured is not what this type of event promises")
    if news.thing.get("refunded") is True:  # how Stripe writes an authorization that was let go
        return _payment(news, PaymentStatus.CANCELED, "amount")
    return _payment(news, PaymentStatus.AUTHORIZED, "amount")


def _refunded(news: News) -> tuple[RefundWatermark | RefundFact | FeeFact | ConversionFact, ...]:
    """What a charge says of its refunds: their sum, and each where they are listed."""
    charge = news.thing
    _charge_id, payment = charge_and_payment(charge)
    currency = iso_currency(charge, AT)
    refunded_minor = iso_amount(charge, "amount_refunded", currency, AT)
    if type(charge.get("amount_captured")) is int and charge["amount_captured"] > 0:
        # What was authorised but never captured counts as refunded at Stripe; it was never ours.
        refunded_minor = min(refunded_minor, iso_amount(charge, "amount_captured", currency, AT))
    watermark = RefundWatermark(
        payment=payment, refunded_minor=refunded_minor, currency=currency, occurred_at=news.occurred_at
    )
    refunds = entries(charge.get("refunds"))  # not sent since 2022-11-15
    return (
        watermark,
        *(
            fact
            for n, refund in enumerate(refunds)
            for fact in refund_facts(
                find_object(refund), payment, news.occurred_at, f"{AT}.refunds.data[{n}]"
            )
        ),
    )


def _payment(news: News, status: PaymentStatus, amount_field: str) -> Reading:
    charge = news.thing
    if is_zero(charge.get(amount_field)):
        return NO_MONEY
    currency = iso_currency(charge, AT)
    amount_minor = iso_amount(charge, amount_field, currency, AT)
    charge_id, payment = charge_and_payment(charge)
    fact = PaymentFact(
        status=status,
        payment=payment,
        aliases=() if charge_id == payment else (charge_id,),
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=news.occurred_at,
        claims=claims_of(charge),
        method=method_of_charge(charge),
        attempt=charge_id,
        decline_code=decline_of_charge(charge) if status is PaymentStatus.FAILED else None,
    )
    if status is not PaymentStatus.SUCCEEDED:
        return (fact,)
    balance = balance_facts(
        charge.get("balance_transaction"),
        about=charge_id,
        moved_minor=amount_minor,
        currency=currency,
        occurred_at=news.occurred_at,
        path=f"{AT}.balance_transaction",
    )
    return (fact, *balance, *(_refunded(news) if charge.get("amount_refunded") else ()))
