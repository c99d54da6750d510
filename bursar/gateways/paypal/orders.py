"""What a fetched order says: that a checkout ended, and the captures that were made of it."""

from bursar.gateways.paypal.claims import Context
from bursar.gateways.paypal.payments import payment_facts
from bursar.gateways.paypal.things import Thing, changed_at, find_id, get_id, get_state
from bursar.gateways.protocol import Ignored, Reading, Unreadable
from bursar.gateways.shapes import find_object
from bursar.rules.facts import CheckoutFact, Fact, PaymentFact
from bursar.rules.states import CheckoutStatus

_STATES = {
    "CREATED": CheckoutStatus.OPEN,
    "SAVED": CheckoutStatus.OPEN,
    "PAYER_ACTION_REQUIRED": CheckoutStatus.OPEN,
    "APPROVED": CheckoutStatus.OPEN,
    "COMPLETED": CheckoutStatus.COMPLETED,
    "VOIDED": CheckoutStatus.EXPIRED,
}
UNITS_MAX = 10
"""Purchase units; PayPal's own limit of one order."""
CAPTURES_MAX = 100
"""Of one purchase unit; more is no order of ours."""


def read_order(order: Thing) -> Reading:
    """Every capture of an order, and its end. An approved order has moved no money: it must be captured."""
    order_id = get_id(order, "id", "order")
    status = get_state(order, _STATES, "order")
    facts = _captures(order, order_id)
    if status is CheckoutStatus.OPEN:
        return facts or Ignored(reason="nothing captured")
    paid = next((fact.payment for fact in facts if isinstance(fact, PaymentFact)), None)
    done = CheckoutFact(status=status, checkout=order_id, payment=paid, occurred_at=changed_at(order))
    return (*facts, done)


def _captures(order: Thing, order_id: str) -> tuple[Fact, ...]:
    """The captures say themselves whether they were paid: a completed order may hold a declined one."""
    payer = find_id(find_object(order.get("payer")).get("payer_id"))
    facts: list[Fact] = []
    for n, unit in enumerate(_listed(order.get("purchase_units"), UNITS_MAX, "order.purchase_units")):
        path = f"order.purchase_units[{n}].payments.captures"
        captures = find_object(find_object(unit).get("payments")).get("captures")
        context = Context(unit=find_object(unit), order=order_id, payer=payer)
        for m, capture in enumerate(_listed(captures, CAPTURES_MAX, path)):
            facts.extend(payment_facts(find_object(capture), context, f"{path}[{m}]"))
    return tuple(facts)


def _listed(value: object, length_max: int, path: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > length_max:
        raise Unreadable(f"{path} must be a list of at most {length_max}")
    return value
