"""Money back: of a capture (v2), or of a sale, which is how subscriptions are paid (v1)."""

from bursar.gateways.api.failures import GatewayRefused
from bursar.gateways.api.money import check_charge
from bursar.gateways.api.protocol import Window
from bursar.gateways.api.requests import Refund
from bursar.gateways.api.results import RefundAnswer
from bursar.gateways.paypal.amounts import paypal_text
from bursar.gateways.paypal.calls import failures, texts
from bursar.gateways.paypal.calls.answers import find_fact, found, get_id
from bursar.gateways.paypal.calls.asking import Lost
from bursar.gateways.paypal.calls.client import Client, path_id
from bursar.gateways.paypal.calls.orders import find_made, money, order_of, order_path
from bursar.gateways.paypal.calls.reports import find_marked
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.things import Thing
from bursar.rules.facts import RefundFact
from bursar.rules.states import RefundStatus

CAPTURES, SALES = "/v2/payments/captures", "/v1/payments/sale"


def refund(client: Client, request: Refund, key: str) -> RefundAnswer:
    """Refund some or all of a payment. The ids of captures and sales look alike: a capture is tried first."""
    payment = path_id(request.payment, "payment")
    data = {
        "amount": money(request.amount_minor, request.currency),
        "invoice_id": texts.own_id(request.refund),
        "custom_id": request.effect.value,
    }
    try:
        made = client.post(f"{CAPTURES}/{payment}/refund", data, key)
    except GatewayRefused as error:
        if not failures.is_not_found(error):
            raise
        return _stands(client, Kind.SALE_REFUND, _refund_sale(client, payment, request, key))
    return _stands(client, Kind.REFUND, made)


def find(client: Client, request: Refund, lost: Lost) -> RefundAnswer | None:
    """Look for our id among the refunds of the payment's order; without one, in the report."""
    capture = client.find(f"{CAPTURES}/{path_id(request.payment, 'payment')}")
    if capture is None:
        return _find_reported(client, Kind.SALE_REFUND, request, lost)
    order_id = order_of(capture)
    order = client.find(order_path(order_id)) if order_id else None
    if order is None:
        return _find_reported(client, Kind.REFUND, request, lost)
    mark = texts.own_id(request.refund)
    made = next((each for each in find_made(order, "refunds") if each.get("invoice_id") == mark), None)
    return _stands(client, Kind.REFUND, made) if made else None


def _refund_sale(client: Client, sale: str, request: Refund, key: str) -> Thing:
    check_charge("paypal", request.amount_minor, request.currency)
    total = paypal_text(request.amount_minor, request.currency)
    data = {
        "amount": {"total": total, "currency": request.currency},
        "invoice_number": texts.own_id(request.refund),
    }
    return client.post(f"{SALES}/{sale}/refund", data, key)


def _find_reported(client: Client, kind: Kind, request: Refund, lost: Lost) -> RefundAnswer | None:
    window = Window(since=lost.since, until=lost.until)
    refund_id = find_marked(client, texts.own_id(request.refund), window)
    if refund_id is None:
        return None
    version = "v1/payments/refund" if kind is Kind.SALE_REFUND else "v2/payments/refunds"
    made = client.find(f"/{version}/{refund_id}")
    if made is None:
        raise failures.too_early("the refund that the report names")
    return _stands(client, kind, made)


def _stands(client: Client, kind: Kind, made: Thing) -> RefundAnswer:
    fact = find_fact(kind, made, RefundFact)
    status = fact.status if fact else RefundStatus.PENDING
    return RefundAnswer(refund=get_id(made), status=status, found=(found(client, kind, made),))
