"""PayPal's amounts and ours: decimals as text, ISO 4217 minor units. No float comes between.

Three shapes of the same: v2 `{currency_code, value}`, v1 `{currency, value}` and v1 `{currency, total}`.
HUF and TWD have two decimals in ISO 4217 and none at PayPal, like JPY
(developer.paypal.com/reference/currency-codes).
"""

import re

from bursar.gateways.paypal.things import Thing
from bursar.gateways.protocol import Unreadable
from bursar.gateways.shapes import find_object
from bursar.rules.money import AMOUNT_MINOR_MAX, CurrencyRefused, checked_currency, exponent

TEXT_LENGTH_MAX = 32
"""Characters; PayPal's own limit of an amount."""
_WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
_DECIMAL = re.compile(r"(-?)([0-9]*)(?:\.([0-9]+))?")
_SHAPES = (("value", "currency_code"), ("value", "currency"), ("total", "currency"))


def get_money(thing: Thing, field: str, path: str) -> tuple[int, str]:
    """Minor units above 0, and their currency. Raises Unreadable naming the field."""
    minor, currency = get_signed_money(thing, field, path)
    if minor <= 0:
        raise Unreadable(f"{path}.{field} must be above 0")
    return minor, currency


def get_signed_money(thing: Thing, field: str, path: str) -> tuple[int, str]:
    """Minor units and their currency; v1 writes refunds below 0. Raises Unreadable naming the field."""
    amount, path = find_object(thing.get(field)), f"{path}.{field}"
    for number, code in _SHAPES:
        if number in amount and code in amount:
            currency = _currency(amount[code], f"{path}.{code}")
            return _minor(amount[number], currency, f"{path}.{number}"), currency
    raise Unreadable(f"{path} must be an object with a value and a currency")


def paypal_text(amount_minor: int, currency: str) -> str:
    """Minor units as PayPal writes them; the inverse of reading a v2 amount."""
    decimals = exponent(currency)
    digits = str(abs(amount_minor)).rjust(decimals + 1, "0")
    whole, rest = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    if currency in _WITHOUT_DECIMALS:
        if rest.strip("0"):
            raise Unreadable(f"PayPal has no decimals in {currency}")
        rest = ""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def _currency(value: object, path: str) -> str:
    try:
        return checked_currency(value)
    except CurrencyRefused:
        raise Unreadable(f"{path} must be three letters") from None


def _minor(value: object, currency: str, path: str) -> int:
    """Exactly what is written, or nothing: an amount that would have to be rounded is not believed."""
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) and len(value) <= TEXT_LENGTH_MAX else None
    if match is None or not (match[2] or match[3]):
        raise Unreadable(f"{path} must be a decimal number as text")
    sign, whole, decimals = match[1], match[2], (match[3] or "").rstrip("0")
    places = exponent(currency)
    if len(decimals) > (0 if currency in _WITHOUT_DECIMALS else places):
        raise Unreadable(f"{path} has more decimals than PayPal gives {currency}")
    minor = int((whole or "0") + decimals.ljust(places, "0"))
    if minor > AMOUNT_MINOR_MAX:
        raise Unreadable(f"{path} must be at most 10^13 minor units")
    return -minor if sign else minor
