"""PayPal's orders: made, approved by their payer, captured or authorised by us, lapsing if nobody comes."""

from typing import Any

from bursar.errors import Refused
from bursar.gateways.paypal.amounts import get_money
from bursar.sandbox.fake.paypal import captures, vault
from bursar.sandbox.fake.paypal.account import Account, Thing
from bursar.sandbox.fake.paypal.errors import PayPalError
from bursar.sandbox.fake.paypal.params import money_of
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.paypal_objects import link

KIND = "order"
LAPSES_AFTER_S = 3 * 3_600
"""Seconds until an order that nobody approved is gone: three hours by default (orders/v2, `links`)."""
PAYER = {
    "payer_id": "PAYERFAKE0001",
    "name": {"given_name": "Sample", "surname": "Learner"},
    "email_address": "sample.learner@example.com",
}
_OPEN = frozenset({"CREATED", "PAYER_ACTION_REQUIRED"})


def create(account: Account, params: dict[str, Any]) -> Thing:
    """An order; one with a saved way to pay is captured at once."""
    if len(params["purchase_units"]) > 1:
        raise PayPalError("MULTIPLE_UNITS", "The fake plays orders of one purchase unit.")
    unit = params["purchase_units"][0]
    money_of(unit, "amount")
    source = params.get("payment_source", {})
    saved = vault.saved_source(account, source)
    if saved and not account.key:
        raise PayPalError("PAYPAL_REQUEST_ID_REQUIRED", "A PayPal-Request-Id is required.", status=400)
    order = _made(account, params["intent"], unit)
    if saved:
        return shown(account, _pay(account, order, saved))
    context = source.get("paypal", {}).get("experience_context")
    if context is not None:
        order |= {"status": "PAYER_ACTION_REQUIRED", "payment_source": {"paypal": {}}}
        order["links"][1]["rel"] = "payer-action"
        account.behind[order["id"]] = context
    account.schedule(account.now_s() + LAPSES_AFTER_S, lambda: _lapse(account, order))
    return shown(account, order)


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One order."""
    order = account.get(KIND, id_)
    if account.behind.get(f"{id_}:lapsed"):
        raise PayPalError("INVALID_RESOURCE_ID", f"Resource {id_} does not exist.", status=404)
    return shown(account, order)


def capture(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Take the money of an approved order, or of one that is paid by a saved way to pay."""
    return _act(account, params, id_, "CAPTURE")


def authorize(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Hold the money of it."""
    return _act(account, params, id_, "AUTHORIZE")


def approve(account: Account, order_id: str, *, capture_as: str = "COMPLETED") -> Thing:
    """A payer agrees. `capture_as`: what will become of its capture. Raises NoSuchThing, Refused."""
    order = account.find(KIND, order_id)
    if order is None:
        raise NoSuchThing(f"there is no order {order_id}")
    if order["status"] not in _OPEN or account.behind.get(f"{order_id}:lapsed"):
        raise Refused(f"{order_id} is {order['status']}: it cannot be approved")
    account.behind[f"{order_id}:as"] = capture_as
    order |= {"status": "APPROVED", "payer": PAYER, "update_time": account.now_text()}
    order["payment_source"] = {"paypal": {"account_id": PAYER["payer_id"]}}
    account.emit("CHECKOUT.ORDER.APPROVED", "checkout-order", shown(account, order))
    return shown(account, order)


def shown(account: Account, order: Thing) -> Thing:
    """An order as the API shows it, with what was made of it. A reversal is not among its refunds."""
    found = {
        name: [captures.shown(each) for each in account.where(kind, of_order=order["id"])]
        for name, kind in (
            ("authorizations", captures.HELD),
            ("captures", captures.KIND),
            ("refunds", captures.REFUND),
        )
    }
    payments = {name: things for name, things in found.items() if things}
    unit = order["purchase_units"][0] | ({"payments": payments} if payments else {})
    return order | {"purchase_units": [unit]}


def _act(account: Account, params: dict[str, Any], id_: str, intent: str) -> Thing:
    order = account.get(KIND, id_)
    source = vault.saved_source(account, params.get("payment_source", {}))
    if order["intent"] != intent:
        raise PayPalError("ACTION_DOES_NOT_MATCH_INTENT", f"The intent of the order is {order['intent']}.")
    if order["status"] == "COMPLETED":
        done = "ORDER_ALREADY_CAPTURED" if intent == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED"
        raise PayPalError(done, "Order already captured." if intent == "CAPTURE" else "Already authorized.")
    if order["status"] != "APPROVED" and source is None:
        raise PayPalError("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.")
    return shown(account, _pay(account, order, source))


def _pay(account: Account, order: Thing, source: Thing | None) -> Thing:
    unit = order["purchase_units"][0]
    decline = account.take_decline()
    becomes = account.behind.get(f"{order['id']}:as", "COMPLETED")
    if decline or becomes == "DECLINED" or (source or {}).get("refused"):
        account.behind.pop(f"{order['id']}:as", None)
        if order["status"] == "APPROVED":
            order["status"] = "PAYER_ACTION_REQUIRED"
        captures.book_decline(account, unit)
        raise PayPalError("INSTRUMENT_DECLINED", "The instrument presented was declined by the bank.")
    amount_minor, currency = get_money(unit, "amount", "unit")
    if order["intent"] == "AUTHORIZE":
        captures.hold(account, order["id"], unit, amount_minor, currency)
    else:
        captures.make(account, order["id"], unit, amount_minor, currency, status=becomes)
    order |= {"status": "COMPLETED", "payer": PAYER, "update_time": account.now_text()}
    if order["intent"] == "CAPTURE":
        account.emit("CHECKOUT.ORDER.COMPLETED", "checkout-order", shown(account, order))
    return order


def _made(account: Account, intent: str, unit: Thing) -> Thing:
    order_id = account.new_id("O")
    order: Thing = {
        "id": order_id,
        "intent": intent,
        "status": "CREATED",
        "purchase_units": [{"reference_id": "default", **unit}],
        "create_time": account.now_text(),
        "update_time": account.now_text(),
        "links": [
            link("self", f"/v2/checkout/orders/{order_id}"),
            {"href": account.page_url(order_id), "rel": "approve", "method": "GET"},
        ],
    }
    return account.put(KIND, order)


def _lapse(account: Account, order: Thing) -> None:
    if order["status"] in _OPEN:
        account.behind[f"{order['id']}:lapsed"] = True
