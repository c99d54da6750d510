"""Which gateway is asked to take a payment, and which comes next when it is away. No I/O, no clock."""

import re
from collections.abc import Collection, Iterable, Mapping

from bursar.errors import Misconfigured, Refused, invariant
from bursar.rules.money import CurrencyRefused, checked_currency

Order = Mapping[str, tuple[str, ...]]
"""Currency, or EVERY_CURRENCY -> gateways in the order an operator wants."""
EVERY_CURRENCY = ""
VARIABLE = "BURSAR_GATEWAY_ORDER"
EXAMPLES = "razorpay,stripe or INR:razorpay>stripe;USD:stripe>paypal"

_AT_HOME = ("razorpay", "stripe", "paypal")
"""For rupees and for India: UPI, netbanking and domestic cards."""
_ABROAD = ("stripe", "paypal", "razorpay")

_VARIABLES = {
    "stripe": "STRIPE_SECRET_KEY",
    "razorpay": "RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET",
    "paypal": "PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET",
}
"""What makes a gateway one that can be asked."""

# Presentment currencies of https://docs.stripe.com/currencies, and the three-decimal ones of the same page.
_STRIPE = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF
CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG
HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK
MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND
VUV WST XAF XCD XOF XPF YER ZAR ZMW"""
# https://razorpay.com/docs/payments/international-payments/#supported-currencies; all but INR once enabled.
_RAZORPAY = """
AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CLP CNY COP CRC
CUP CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR
IQD ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR
MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SCR SEK SGD
SLL SOS SVC SZL THB TND TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV XAF XCD XOF XPF YER ZAR ZMW"""
# https://developer.paypal.com/docs/api/reference/currency-codes/; BRL, CNY and MYR inside their country only.
_PAYPAL = (
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN RUB SEK SGD THB TWD USD"
)
_CURRENCIES = {
    gateway: frozenset(codes.split())
    for gateway, codes in {"stripe": _STRIPE, "razorpay": _RAZORPAY, "paypal": _PAYPAL}.items()
}


class NoGateway(Refused):
    """No gateway that is configured can take this currency."""


def choose(
    candidates: Iterable[str],
    *,
    currency: str,
    country: str | None,
    order: Order,
    closed: Collection[str] = (),
    tried: Collection[str] = (),
) -> list[str]:
    """The accounts (`<gateway>:<mode>`) to ask for a payment, best first; never empty.

    `country`: the customer's, ISO 3166 alpha-2. `closed`: accounts whose circuit is open; they go last but
    stay, for a slow try is better than none. `tried`: accounts that did not answer; they are left out. A
    gateway that no table knows comes after those that are, and takes any currency.
    Raises NoGateway saying why each gateway was left out, and which variables to set.
    """
    configured = sorted(set(candidates))
    invariant(
        len({account.partition(":")[2] for account in configured}) <= 1,
        "accounts of test and of live mode are never asked together",
    )
    accounts = [
        account for account in configured if account not in tried and takes(gateway_of(account), currency)
    ]
    if not accounts:
        raise NoGateway(_why_none(configured, currency, tried), currency=currency)
    wanted = _wanted(currency, country, order)
    return sorted(accounts, key=lambda account: (account in closed, _place(account, wanted), account))


def gateway_of(account: str) -> str:
    """`stripe:test` is an account of stripe."""
    return account.partition(":")[0]


def takes(gateway: str, currency: str) -> bool:
    """Whether a gateway takes payments in this currency (ISO 4217, upper case)."""
    known = _CURRENCIES.get(gateway)
    return known is None or currency in known


def parse_order(text: str, gateways: Collection[str]) -> Order:
    """`razorpay,stripe` for every currency, `INR:razorpay>stripe;USD:stripe>paypal` by currency, or both.

    `gateways`: the names there are. Raises Misconfigured naming the variable, the part and the cure.
    """
    order: dict[str, tuple[str, ...]] = {}
    for group in filter(None, map(str.strip, text.split(";"))):
        currency, colon, names = group.rpartition(":")
        key = _currency(currency) if colon else EVERY_CURRENCY
        if key in order:
            raise _wrong(f"{key or 'every currency'} has two orders", "put its gateways into one")
        order[key] = tuple(name.strip() for name in re.split("[>,]", names))
        _check(order[key], key, gateways)
    return order


def _wanted(currency: str, country: str | None, order: Order) -> list[str]:
    """Gateways by what the operator said, then by what suits the customer; each once."""
    said = order.get(currency, order.get(EVERY_CURRENCY, ()))
    usual = _AT_HOME if currency == "INR" or country == "IN" else _ABROAD
    return list(dict.fromkeys([*said, *usual]))


def _place(account: str, wanted: list[str]) -> int:
    gateway = gateway_of(account)
    return wanted.index(gateway) if gateway in wanted else len(wanted)


def _why_none(configured: Collection[str], currency: str, tried: Collection[str]) -> str:
    accounts = {gateway_of(account): account for account in configured}
    reasons = [
        _why_not(gateway, accounts.get(gateway), currency, tried)
        for gateway in dict.fromkeys([*_ABROAD, *accounts])
    ]
    return f"no gateway can take {currency}: {'; '.join(reasons)}"


def _why_not(gateway: str, account: str | None, currency: str, tried: Collection[str]) -> str:
    if not takes(gateway, currency):
        return f"{gateway} does not take {currency}"
    if account is None:
        return f"{gateway} is not configured (set {_VARIABLES[gateway]})"
    invariant(account in tried, "a gateway that takes the currency is left out only after it was tried")
    return f"{gateway} was asked before and did not answer"


def _currency(text: str) -> str:
    try:
        return checked_currency(text.strip())
    except CurrencyRefused:
        raise _wrong(f"{text.strip()!r} is no currency", "write three letters before the colon") from None


def _check(names: tuple[str, ...], currency: str, gateways: Collection[str]) -> None:
    for name in names:
        if name not in gateways:
            raise _wrong(f"there is no gateway {name!r}", f"name {', '.join(sorted(gateways))}")
        if names.count(name) > 1:
            raise _wrong(f"{name} is named twice", "each gateway has one place")
        if currency and not takes(name, currency):
            raise _wrong(f"{name} does not take {currency}", "leave it out")


def _wrong(what: str, cure: str) -> Misconfigured:
    return Misconfigured(f"{VARIABLE}: {what}; {cure}, for example {EXAMPLES}")
