"""What Stripe's records of a customer say: that there is one, and what can be charged. Names stay there."""

from typing import Any

from bursar.gateways.protocol import Reading
from bursar.gateways.shapes import find_customer, find_object, find_reference, find_word, get_identifier
from bursar.gateways.stripe.news import AT, News
from bursar.rules.facts import CustomerFact, PaymentMethodFact
from bursar.rules.states import GatewayCustomerStatus, PaymentMethodStatus

_DETACHED = frozenset({"payment_method.detached", "customer.source.deleted"})
_CUSTOMER_GONE = "customer.deleted"
_LAST_DIGITS = 4
_MONTHS = range(1, 13)
_YEARS = range(1970, 10_000)
_OLD_BRANDS = {"american express": "amex", "diners club": "diners"}
"""Cards saved before payment methods spell their brand for people."""


def read_customer(news: News) -> Reading:
    """A customer record, there or gone."""
    customer = news.thing
    gone = news.type == _CUSTOMER_GONE or customer.get("deleted") is True
    settings = find_object(customer.get("invoice_settings"))
    fact = CustomerFact(
        gateway_customer=get_identifier(customer.get("id"), f"{AT}.id"),
        status=GatewayCustomerStatus.DELETED if gone else GatewayCustomerStatus.ACTIVE,
        occurred_at=news.occurred_at,
        customer=find_customer(find_object(customer.get("metadata"))),
        default_method=find_reference(settings.get("default_payment_method"))
        or find_reference(customer.get("default_source")),
    )
    return (fact,)


def read_payment_method(news: News) -> Reading:
    """A saved way to pay."""
    return (payment_method_fact(news),)


def payment_method_fact(news: News) -> PaymentMethodFact:
    """A payment method, or what came before it: a card, bank account or source. Without its number."""
    method = news.thing
    kind = _kind(method)
    # A payment method and a source keep their details under their type's name; a card is its own.
    details = find_object(method.get(kind)) if kind else {}
    details = details or method
    return PaymentMethodFact(
        method=get_identifier(method.get("id"), f"{AT}.id"),
        status=PaymentMethodStatus.DETACHED if news.type in _DETACHED else PaymentMethodStatus.ATTACHED,
        occurred_at=news.occurred_at,
        # Once detached it belongs to nobody; whose it was is among what changed.
        gateway_customer=find_reference(method.get("customer"))
        or find_reference(news.previous.get("customer")),
        type=kind,
        brand=_brand(details.get("brand")),
        last4=_last4(details.get("last4")),
        expires=_expires(details),
        fingerprint=find_word(details.get("fingerprint")),
    )


def _kind(method: dict[str, Any]) -> str | None:
    told = find_word(method.get("object"))
    return find_word(method.get("type")) if told in ("payment_method", "source") else told


def _brand(brand: object) -> str | None:
    if not isinstance(brand, str):
        return None
    word = brand.lower()
    return find_word(_OLD_BRANDS.get(word, word))


def _last4(digits: object) -> str | None:
    """Exactly four digits: anything longer could be a whole number of a card."""
    if isinstance(digits, str) and len(digits) == _LAST_DIGITS and digits.isascii() and digits.isdigit():
        return digits
    return None


def _expires(details: dict[str, Any]) -> tuple[int, int] | None:
    year, month = details.get("exp_year"), details.get("exp_month")
    if type(year) is int and type(month) is int and year in _YEARS and month in _MONTHS:
        return year, month
    return None
