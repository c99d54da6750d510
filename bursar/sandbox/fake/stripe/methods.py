"""Stripe's payment methods: a test card becomes a payment method of its own when it is used or saved."""

from typing import Any

from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.cards import Card, get_test_card, test_card
from bursar.sandbox.fake.stripe.declines import card_error
from bursar.sandbox.fake.stripe.errors import refused
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.stripe_accounts import payment_method
from bursar.sandbox.stripe_objects import told

KIND = "payment_method"


def method_of(account: Account, name: str, param: str = "payment_method") -> Thing:
    """The payment method with this id, or a new one of this test card. Raises StripeError."""
    known = account.find(KIND, name)
    if known:
        return known
    card = get_test_card(name, param)
    story = told({"method": account.new_id("pm"), "created": account.now_s()})
    method = payment_method(story, attached=False) | {"type": card.kind, "billing_details": {}}
    if card.kind == "card":
        method["card"] |= {"brand": card.brand, "display_brand": card.brand, "last4": card.last4}
    else:
        del method["card"]
        method[card.kind] = {"last4": card.last4}
    account.behind[method["id"]] = card
    return account.put(method)


def card_of(account: Account, method_id: str) -> Card:
    """What happens when this payment method is charged."""
    card: Card = account.behind[method_id]
    return card


def attach(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Save a payment method at a customer. A card that declines is refused, as Stripe's check would."""
    customer = account.get("customer", params.get("customer", ""), "customer")
    method = method_of(account, id_, "id")
    if method["customer"] not in (None, customer["id"]):
        raise refused(
            "The payment method you provided has already been attached to a customer.",
            "payment_method_unexpected_state",
        )
    card = card_of(account, method["id"])
    if card.refusal and not card.attaches:
        raise card_error(card.refusal, charge=None)
    method["customer"] = customer["id"]
    account.emit("payment_method.attached", method)
    return method


def detach(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """Take a payment method away from its customer; it cannot be used again."""
    method = account.get(KIND, id_)
    previous = {"customer": method["customer"]}
    method["customer"] = None
    account.emit("payment_method.detached", method, previous)
    return method


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One payment method; a test card by its name as well."""
    return method_of(account, id_, "id") if test_card(id_) else account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Payment methods of a customer, or of a kind."""
    return page(account.all(KIND), params, "/v1/payment_methods")
