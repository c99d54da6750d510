"""What a payment intent says: the one object that stands for a payment through all its attempts."""

from typing import Any

from bursar.gateways.protocol import Reading
from bursar.gateways.shapes import find_object, find_reference, find_word, get_identifier
from bursar.gateways.stripe.amounts import iso_amount, iso_currency
from bursar.gateways.stripe.balance import balance_facts
from bursar.gateways.stripe.charges import method_of_charge
from bursar.gateways.stripe.claims import claims_of, only_method
from bursar.gateways.stripe.news import AT, NO_MONEY, News, entries, expect_word, is_zero
from bursar.rules.facts import ConversionFact, FeeFact, PaymentFact
from bursar.rules.states import PaymentStatus

_UNSUCCESSFUL = frozenset(
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
_PROMISED: dict[str, tuple[PaymentStatus, str, frozenset[str]]] = {
    "payment_intent.succeeded": (PaymentStatus.SUCCEEDED, "amount_received", frozenset({"succeeded"})),
    "payment_intent.processing": (PaymentStatus.PROCESSING, "amount", frozenset({"processing"})),
    "payment_intent.payment_failed": (PaymentStatus.FAILED, "amount", _UNSUCCESSFUL),
    "payment_intent.canceled": (PaymentStatus.CANCELED, "amount", frozenset({"canceled"})),
    "payment_intent.requires_action": (
        PaymentStatus.REQUIRES_ACTION,
        "amount",
        frozenset({"requires_action", "requires_source_action"}),
    ),
    "payment_intent.amount_capturable_updated": (
        PaymentStatus.AUTHORIZED,
        "amount_capturable",
        frozenset({"requires_capture"}),
    ),
    # Part of a bank transfer came; it waits at Stripe, and nothing is ours before all of it is there.
    "payment_intent.partially_funded": (PaymentStatus.PROCESSING, "amount", _UNSUCCESSFUL),
}
"""Our state, the field with its amount, and what the intent's own status must then be."""


def read_intent(news: News) -> Reading:
    """The payment an intent stands for, and of an expanded charge its fee and exchange."""
    intent = _with_received(news.thing)
    status, amount_field, words = _PROMISED[news.type]
    expect_word(intent, "status", words)
    if is_zero(intent.get(amount_field)):
        return NO_MONEY
    currency = iso_currency(intent, AT)
    error = find_object(intent.get("last_payment_error")) if status is PaymentStatus.FAILED else {}
    charges, method = _charges(intent)
    fact = PaymentFact(
        status=status,
        payment=get_identifier(intent.get("id"), f"{AT}.id"),
        aliases=charges,
        amount_minor=iso_amount(intent, amount_field, currency, AT),
        currency=currency,
        occurred_at=news.occurred_at,
        claims=claims_of(intent),
        method=find_word(find_object(error.get("payment_method")).get("type")) or method,
        attempt=find_reference(error.get("charge"))
        or find_reference(intent.get("latest_charge"))
        or (charges[0] if charges else None),
        decline_code=decline_of_error(error),
    )
    return (fact, *_balance(news, fact)) if status is PaymentStatus.SUCCEEDED else (fact,)


def decline_of_error(error: dict[str, Any]) -> str | None:
    """Why an attempt failed; the issuer's code says more than Stripe's family of errors."""
    return find_word(error.get("decline_code")) or find_word(error.get("code"))


def _with_received(intent: dict[str, Any]) -> dict[str, Any]:
    """An intent that says what it received: where an API does not tell, its one captured charge does."""
    if "amount_received" in intent:
        return intent
    charges = map(find_object, [intent.get("latest_charge"), *entries(intent.get("charges"))])
    captured = [each for each in charges if each.get("captured") is True]
    taken = {each.get("id"): each for each in captured if each.get("status") == "succeeded"}
    if len(taken) != 1:
        return intent  # nothing is guessed: the amount is missing, and its reader says so
    [charge] = taken.values()
    return {**intent, "amount_received": charge.get("amount_captured", charge.get("amount"))}


def _charges(intent: dict[str, Any]) -> tuple[tuple[str, ...], str | None]:
    """Every charge id of an intent, newest first, and the method of the newest.

    `charges.data[]` until 2022-08-01, `latest_charge` (bare or expanded) since.
    """
    candidates = [intent.get("latest_charge"), *entries(intent.get("charges"))]
    ids = tuple(dict.fromkeys(found for one in candidates if (found := find_reference(one))))
    for charge in candidates:
        if method := method_of_charge(find_object(charge)):
            return ids, method
    return ids, only_method(intent)


def _balance(news: News, fact: PaymentFact) -> tuple[FeeFact | ConversionFact, ...]:
    """Fee and exchange of the charge that took the money, where a fetch expanded both."""
    charge = find_object(news.thing.get("latest_charge"))
    return balance_facts(
        charge.get("balance_transaction"),
        about=fact.attempt or fact.payment,
        moved_minor=fact.amount_minor,
        currency=fact.currency,
        occurred_at=news.occurred_at,
        path=f"{AT}.latest_charge.balance_transaction",
    )
