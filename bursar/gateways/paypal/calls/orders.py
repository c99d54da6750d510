"""PayPal's order: what checkouts, intents and charges are made of, and how one stands as a payment."""

from bursar.gateways.api.money import check_charge
from bursar.gateways.api.requests import Purpose
from bursar.gateways.api.results import PaymentAnswer
from bursar.gateways.paypal.amounts import paypal_text
from bursar.gateways.paypal.calls import failures, texts
from bursar.gateways.paypal.calls.answers import facts_of, find_link, found, get_id
from bursar.gateways.paypal.calls.client import Client, path_id
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.things import Thing, find_id
from bursar.gateways.shapes import find_object
from bursar.rules.facts import PaymentFact
from bursar.rules.states import PAYMENT_RANK, PaymentStatus

PATH = "/v2/checkout/orders"
UNITS_MAX, MADE_MAX = 10, 1_000
"""Looked at in one order: PayPal's limit of purchase units, and more than is ever made of one."""
_STATES = {
    "CREATED": PaymentStatus.CREATED,
    "SAVED": PaymentStatus.CREATED,
    "PAYER_ACTION_REQUIRED": PaymentStatus.REQUIRES_ACTION,
    "VOIDED": PaymentStatus.CANCELED,
}
"""Of an order without a capture; one that is approved waits for us."""
_GO_AND_PAY = ("payer-action", "approve")


def order_data(
    *, own_id: str, purpose: Purpose, amount_minor: int, currency: str, description: str, capture: bool = True
) -> Thing:
    """The order for one payment. Raises GatewayRefused for what PayPal could not keep or take exactly."""
    return {
        "intent": "CAPTURE" if capture else "AUTHORIZE",
        "purchase_units": [
            {
                "amount": money(amount_minor, currency),
                "description": texts.description(description),
                "invoice_id": texts.own_id(own_id),
                **texts.custom_id(purpose),
            }
        ],
    }


def money(amount_minor: int, currency: str) -> dict[str, str]:
    """An amount in v2's form. Raises GatewayRefused for one between PayPal's steps."""
    check_charge("paypal", amount_minor, currency)
    return {"currency_code": currency, "value": paypal_text(amount_minor, currency)}


def fetch_order(client: Client, order_id: str) -> Thing:
    """An order as it is now."""
    return client.get(order_path(order_id))


def order_path(order_id: str) -> str:
    """Where it is. Raises GatewayRefused for what is no id."""
    return f"{PATH}/{path_id(order_id, 'order')}"


def order_of(thing: Thing) -> str | None:
    """The order of a capture or authorization."""
    related = find_object(find_object(thing.get("supplementary_data")).get("related_ids"))
    return find_id(related.get("order_id"))


def page_of(order: Thing) -> str | None:
    """Where its payer approves it."""
    return find_link(order, *_GO_AND_PAY)


def stands(client: Client, order: Thing) -> PaymentAnswer:
    """How an order stands as a payment. Raises GatewayRefused (declined, with the capture's id)."""
    captures = [fact for fact in facts_of(Kind.ORDER, order) if isinstance(fact, PaymentFact)]
    best = max(captures, key=lambda fact: PAYMENT_RANK[fact.status], default=None)
    told = (found(client, Kind.ORDER, order),)
    if best is None:
        return PaymentAnswer(
            payment=get_id(order), status=_status(order), action_url=page_of(order), found=told
        )
    if best.status is PaymentStatus.FAILED:
        raise failures.declined(best.payment, best.decline_code)
    return PaymentAnswer(payment=best.payment, status=best.status, found=told)


def find_made(order: Thing, what: str) -> list[Thing]:
    """The captures, authorizations or refunds of an order, whether our readers understand them or not."""
    units = order.get("purchase_units")
    return [
        find_object(each)
        for unit in map(find_object, units[:UNITS_MAX] if isinstance(units, list) else ())
        for each in _listed(find_object(unit.get("payments")).get(what))
    ]


def _listed(value: object) -> list[object]:
    return value[:MADE_MAX] if isinstance(value, list) else []


def _status(order: Thing) -> PaymentStatus:
    word = order.get("status")
    if order.get("intent") == "AUTHORIZE" and word == "COMPLETED":
        return PaymentStatus.AUTHORIZED
    return _STATES.get(word, PaymentStatus.PROCESSING) if isinstance(word, str) else PaymentStatus.PROCESSING
