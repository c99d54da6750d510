"""What an invoice of Stripe's own billing says, and the payments that settled it. Twins say it twice.

Until 2025-03-31 an invoice names its one payment; since then `payments` lists several, expanded only by
a fetch, and `invoice_payment.paid` announces each.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from bursar.gateways.protocol import Ignored, Reading, Unreadable
from bursar.gateways.shapes import find_object, find_reference, find_time, get_identifier
from bursar.gateways.stripe.amounts import iso_amount, iso_currency, iso_signed_amount
from bursar.gateways.stripe.claims import claims_of_invoice
from bursar.gateways.stripe.news import AT, NO_MONEY, News, entries, expect_word, is_zero, state_of
from bursar.gateways.stripe.payments import decline_of_error
from bursar.rules.facts import NO_CLAIMS, Claims, GatewayInvoiceFact, PaymentFact
from bursar.rules.states import GatewayInvoiceStatus, PaymentStatus

_STATES = {
    "draft": GatewayInvoiceStatus.DRAFT,
    "open": GatewayInvoiceStatus.OPEN,
    "paid": GatewayInvoiceStatus.PAID,
    "void": GatewayInvoiceStatus.VOID,
    "uncollectible": GatewayInvoiceStatus.UNCOLLECTIBLE,
}
_PAID = frozenset({"paid"})
_OWED = frozenset({"draft", "open", "uncollectible", "void"})
_PROMISED: dict[str, tuple[GatewayInvoiceStatus, frozenset[str]]] = {
    "invoice.paid": (GatewayInvoiceStatus.PAID, _PAID),
    "invoice.payment_succeeded": (GatewayInvoiceStatus.PAID, _PAID),
    "invoice.overpaid": (GatewayInvoiceStatus.OVERPAID, _PAID),
    "invoice.payment_failed": (GatewayInvoiceStatus.PAYMENT_FAILED, _OWED),
    "invoice.payment_action_required": (GatewayInvoiceStatus.ACTION_REQUIRED, _OWED),
    "invoice.overdue": (GatewayInvoiceStatus.OVERDUE, frozenset({"open"})),
    "invoice.voided": (GatewayInvoiceStatus.VOID, frozenset({"void"})),
    "invoice.marked_uncollectible": (GatewayInvoiceStatus.UNCOLLECTIBLE, frozenset({"uncollectible"})),
}
"""What a type says that `status` does not, and what `status` must then be. Other types go by `status`."""
_SETTLED = frozenset({GatewayInvoiceStatus.PAID, GatewayInvoiceStatus.OVERPAID})
ATTEMPTS_MAX = 10_000
"""Attempts to collect one invoice; Stripe makes a handful. More is not a count."""
_OUTSIDE = Ignored(reason="paid outside the gateway")


class _Paid(NamedTuple):
    payment: str
    charge: str | None
    amount_minor: int


def read_invoice(news: News) -> Reading:
    """The invoice, and what its event tells of payments: those that settled it, or the one that failed."""
    invoice = news.thing
    status = _status(invoice, news.type)
    currency = iso_currency(invoice, AT)
    fact = _invoice_fact(invoice, status, currency, news.occurred_at, AT)
    if status in _SETTLED:
        return (fact, *_succeeded(invoice, currency, news.occurred_at))
    if status is GatewayInvoiceStatus.PAYMENT_FAILED:
        return (fact, *_failed(invoice, currency, news.occurred_at))
    return (fact,)


def read_invoice_payment(news: News) -> Reading:
    """One payment that was put to an invoice. It says nothing of the invoice unless that is expanded."""
    paid = news.thing
    expect_word(paid, "status", _PAID)
    payment, charge = _who_paid(paid)
    if payment is None:
        return _OUTSIDE  # a payment record: money that someone says came by another way
    if is_zero(paid.get("amount_paid")):
        return NO_MONEY
    currency = iso_currency(paid, AT)
    amount_minor = iso_amount(paid, "amount_paid", currency, AT)
    invoice = find_object(paid.get("invoice"))
    claims = claims_of_invoice(invoice) if invoice else NO_CLAIMS
    fact = _payment_fact(_Paid(payment, charge, amount_minor), currency, news.occurred_at, claims)
    if not invoice:
        return (fact,)
    path = f"{AT}.invoice"
    status = _status(invoice, news.type, path)
    billed = _invoice_fact(invoice, status, iso_currency(invoice, path), news.occurred_at, path)
    return (billed, fact)


def _status(invoice: dict[str, Any], event_type: str, path: str = AT) -> GatewayInvoiceStatus:
    if event_type not in _PROMISED:
        return _status_by_shape(invoice, path)
    promised, words = _PROMISED[event_type]
    if "status" in invoice:
        expect_word(invoice, "status", words)
    elif (invoice.get("paid") is True) is not (words == _PAID):
        raise Unreadable(f"{AT}.paid is not what this type of event promises")
    return _finer(promised, invoice)


def _status_by_shape(invoice: dict[str, Any], path: str) -> GatewayInvoiceStatus:
    if "status" in invoice:
        return _finer(state_of(invoice, _STATES, "an invoice", path), invoice)
    if invoice.get("paid") is True:  # before 2018-11-08 three flags stood for it
        return GatewayInvoiceStatus.PAID
    if invoice.get("forgiven") is True:
        return GatewayInvoiceStatus.UNCOLLECTIBLE
    if invoice.get("paid") is False:
        return GatewayInvoiceStatus.OPEN
    raise Unreadable(f"{path}.status is not an invoice status")


def _finer(status: GatewayInvoiceStatus, invoice: dict[str, Any]) -> GatewayInvoiceStatus:
    """Amounts say what `paid` and `open` leave out."""
    if status is GatewayInvoiceStatus.PAID and _is_positive(invoice.get("amount_overpaid")):
        return GatewayInvoiceStatus.OVERPAID
    if status is GatewayInvoiceStatus.OPEN and _is_positive(invoice.get("amount_paid")):
        return GatewayInvoiceStatus.PARTIALLY_PAID
    return status


def _invoice_fact(
    invoice: dict[str, Any],
    status: GatewayInvoiceStatus,
    currency: str,
    occurred_at: datetime | None,
    path: str,
) -> GatewayInvoiceFact:
    attempts = invoice.get("attempt_count")
    return GatewayInvoiceFact(
        invoice=get_identifier(invoice.get("id"), f"{path}.id"),
        status=status,
        occurred_at=occurred_at,
        subscription=_subscription(invoice),
        payment=_payment(invoice),
        gateway_customer=find_reference(invoice.get("customer")),
        due_minor=_find_amount(invoice, "amount_due", currency, path),
        paid_minor=_find_amount(invoice, "amount_paid", currency, path),
        currency=currency,
        attempts=attempts if type(attempts) is int and 0 <= attempts <= ATTEMPTS_MAX else None,
        next_attempt_at=find_time(invoice.get("next_payment_attempt")),
    )


def _subscription(invoice: dict[str, Any]) -> str | None:
    details = find_object(find_object(invoice.get("parent")).get("subscription_details"))
    return find_reference(invoice.get("subscription")) or find_reference(details.get("subscription"))


def _payment(invoice: dict[str, Any]) -> str | None:
    """The one payment an old invoice names; of a newer one the default among those it lists."""
    named = find_reference(invoice.get("payment_intent")) or find_reference(invoice.get("charge"))
    if named:
        return named
    listed = [find_object(entry) for entry in entries(invoice.get("payments"))]
    listed.sort(key=lambda entry: (entry.get("status") != "paid", entry.get("is_default") is not True))
    return next((found for entry in listed if (found := _who_paid(entry)[0])), None)


def _who_paid(entry: dict[str, Any]) -> tuple[str | None, str | None]:
    """The ids of payment and charge behind an invoice payment; neither for a payment record."""
    payment = find_object(entry.get("payment"))
    charge = find_reference(payment.get("charge"))
    return find_reference(payment.get("payment_intent")) or charge, charge


def _succeeded(invoice: dict[str, Any], currency: str, occurred_at: datetime | None) -> Iterator[PaymentFact]:
    claims = claims_of_invoice(invoice)
    for paid in _paid(invoice, currency):
        yield _payment_fact(paid, currency, occurred_at, claims)


def _paid(invoice: dict[str, Any], currency: str) -> Iterator[_Paid]:
    """Every payment through Stripe that a paid invoice names, with its amount.

    An invoice marked as paid elsewhere may still name the intent that nobody completed.
    """
    listed = entries(invoice.get("payments"))
    for n, entry in enumerate(listed):
        paid = find_object(entry)
        payment, charge = _who_paid(paid)
        if payment and paid.get("status") == "paid" and not is_zero(paid.get("amount_paid")):
            path = f"{AT}.payments.data[{n}]"
            yield _Paid(payment, charge, iso_amount(paid, "amount_paid", currency, path))
    charge = find_reference(invoice.get("charge"))
    payment = find_reference(invoice.get("payment_intent")) or charge
    if listed or payment is None or invoice.get("paid_out_of_band") is True:
        return
    # Before 2018 an invoice had no `amount_paid`: it was paid in full or not at all.
    field = "amount_paid" if "amount_paid" in invoice else "amount_due"
    if not is_zero(invoice.get(field)):
        yield _Paid(payment, charge, iso_amount(invoice, field, currency, AT))


def _payment_fact(paid: _Paid, currency: str, occurred_at: datetime | None, claims: Claims) -> PaymentFact:
    return PaymentFact(
        status=PaymentStatus.SUCCEEDED,
        payment=paid.payment,
        aliases=(paid.charge,) if paid.charge and paid.charge != paid.payment else (),
        amount_minor=paid.amount_minor,
        currency=currency,
        occurred_at=occurred_at,
        claims=claims,
        attempt=paid.charge,
    )


def _failed(invoice: dict[str, Any], currency: str, occurred_at: datetime | None) -> tuple[PaymentFact, ...]:
    """The attempt that failed, where its intent is named. A bare charge announces its own failure."""
    intent = invoice.get("payment_intent") or _open_intent(invoice)
    payment = find_reference(intent)
    field = "amount_remaining" if "amount_remaining" in invoice else "amount_due"
    if payment is None or is_zero(invoice.get(field)):
        return ()
    charge = find_reference(invoice.get("charge"))
    fact = PaymentFact(
        status=PaymentStatus.FAILED,
        payment=payment,
        aliases=(charge,) if charge else (),
        amount_minor=iso_amount(invoice, field, currency, AT),
        currency=currency,
        occurred_at=occurred_at,
        claims=claims_of_invoice(invoice),
        attempt=charge,
        decline_code=decline_of_error(find_object(find_object(intent).get("last_payment_error"))),
    )
    return (fact,)


def _open_intent(invoice: dict[str, Any]) -> object:
    """The intent still trying to pay a newer invoice: Stripe keeps one default among those it lists."""
    for entry in entries(invoice.get("payments")):
        trial = find_object(entry)
        if trial.get("is_default") is True and trial.get("status") == "open":
            return find_object(trial.get("payment")).get("payment_intent")
    return None


def _find_amount(invoice: dict[str, Any], field: str, currency: str, path: str) -> int | None:
    """An amount that old versions lack. Below 0 it would be no debt: then it says nothing."""
    if invoice.get(field) is None:
        return None
    amount_minor = iso_signed_amount(invoice, field, currency, path)
    return amount_minor if amount_minor >= 0 else None


def _is_positive(amount: object) -> bool:
    return type(amount) is int and amount > 0
