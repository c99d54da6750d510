"""A payment that the host's page begins: an order, its confirmation by a saved way to pay, its capture."""

from bursar.gateways.api.requests import Capture, ConfirmIntent, CreateIntent
from bursar.gateways.api.results import PaymentAnswer
from bursar.gateways.paypal.amounts import get_money
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.calls.answers import find_fact, found, get_id
from bursar.gateways.paypal.calls.asking import Lost
from bursar.gateways.paypal.calls.client import Client, path_id
from bursar.gateways.paypal.calls.orders import (
    PATH,
    fetch_order,
    find_made,
    money,
    order_data,
    order_of,
    order_path,
    stands,
)
from bursar.gateways.paypal.calls.wallets import source_of
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.things import Thing, find_id
from bursar.gateways.shapes import find_object
from bursar.rules.facts import PaymentFact
from bursar.rules.states import PaymentStatus

AUTHORIZATIONS = "/v2/payments/authorizations"
_HOLDS = "AUTHORIZE"
"""The intent of an order that only holds the money."""


def create(client: Client, request: CreateIntent, key: str) -> PaymentAnswer:
    """Make the order. The host's page opens it by its id; there is no other secret."""
    data = order_data(
        own_id=request.checkout,
        purpose=request.purpose,
        amount_minor=request.amount_minor,
        currency=request.currency,
        description=request.description,
        capture=request.capture,
    )
    return stands(client, client.post(PATH, data, key))


def confirm(client: Client, request: ConfirmIntent, key: str) -> PaymentAnswer:
    """Take the money, or hold it, from a saved way to pay."""
    order = fetch_order(client, request.payment)
    source = source_of(client, request.payment_method, return_url=request.return_url)
    action = "authorize" if order.get("intent") == _HOLDS else "capture"
    return stands(client, client.post(f"{PATH}/{request.payment}/{action}", {"payment_source": source}, key))


def find_confirmed(client: Client, request: ConfirmIntent, lost: Lost) -> PaymentAnswer | None:  # noqa: ARG001
    """Whether the order has money, or a promise of it, by now."""
    order = fetch_order(client, request.payment)
    return stands(client, order) if find_made(order, "captures") or _authorization(order) else None


def capture(client: Client, request: Capture, key: str) -> PaymentAnswer:
    """Take what was approved or authorised: `payment` is an order or an authorisation.

    Their ids look alike, so the order is asked for first. Raises GatewayRefused for another amount than the
    order's: PayPal would take all of it.
    """
    order = client.find(order_path(request.payment))
    if order is None:
        return _capture_held(client, path_id(request.payment, "payment"), request, key)
    _check_amount(order, request)
    if order.get("intent") == _HOLDS:
        return _capture_held(
            client, _authorization(order) or _hold(client, request.payment, key), request, key
        )
    return stands(client, client.post(f"{PATH}/{request.payment}/capture", {}, key))


def find_captured(client: Client, request: Capture, lost: Lost) -> PaymentAnswer | None:  # noqa: ARG001
    """Whether its order has a capture by now; an authorisation leads to its order."""
    order = client.find(order_path(request.payment))
    if order is None:
        held = client.get(f"{AUTHORIZATIONS}/{path_id(request.payment, 'payment')}")
        order_id = order_of(held)
        if order_id is None:
            raise failures.garbled("has no order of the authorization", write=False)
        order = client.find(order_path(order_id))
        if order is None:
            raise failures.garbled("names an order that is not there", write=False)
    return stands(client, order) if find_made(order, "captures") else None


def _hold(client: Client, order_id: str, key: str) -> str:
    """Authorise what the payer approved, under a key of its own: the other one is the capture's."""
    held = client.post(f"{PATH}/{order_id}/authorize", {}, f"{key}-hold")
    authorization = _authorization(held)
    if authorization is None:
        raise failures.garbled("has no authorization", write=True)
    return authorization


def _capture_held(client: Client, authorization: str, request: Capture, key: str) -> PaymentAnswer:
    data = {"amount": money(request.amount_minor, request.currency), "final_capture": True}
    taken = client.post(f"{AUTHORIZATIONS}/{authorization}/capture", data, key)
    fact = find_fact(Kind.CAPTURE, taken, PaymentFact)
    if fact is not None and fact.status is PaymentStatus.FAILED:
        raise failures.declined(fact.payment, fact.decline_code)
    return PaymentAnswer(
        payment=get_id(taken),
        status=fact.status if fact else PaymentStatus.PROCESSING,
        found=(found(client, Kind.CAPTURE, taken),),
    )


def _check_amount(order: Thing, request: Capture) -> None:
    """An order of ours has one purchase unit."""
    units = order.get("purchase_units")
    unit = find_object(units[0]) if isinstance(units, list) and units else {}
    amount = get_money(unit, "amount", "order.purchase_units[0]")
    if order.get("intent") != _HOLDS and amount != (request.amount_minor, request.currency):
        raise failures.refused(
            f"amount_minor: PayPal takes an order as a whole, {amount[0]} {amount[1]}: capture that, and "
            "refund what is too much"
        )


def _authorization(order: Thing) -> str | None:
    held = find_made(order, "authorizations")
    return find_id(held[0].get("id")) if held else None
