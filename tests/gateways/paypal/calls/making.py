"""The requests that the tests of PayPal's calls make, and what they make first."""

from dataclasses import replace

from bursar.gateways.api.requests import Capture, Charge, CreateIntent, CreateSubscription, Purpose
from bursar.gateways.api.results import PaymentAnswer
from tests.gateways.contract import AMOUNT_MINOR, KEY, PURPOSE
from tests.gateways.paypal.calls.played import PayPalHand

RETURN_URL = "https://school.example/paid"


def intent(**changes) -> CreateIntent:
    made = CreateIntent(
        checkout="0197f0c0-intent",
        purpose=PURPOSE,
        amount_minor=AMOUNT_MINOR,
        currency="USD",
        description="Photography, spring term",
    )
    return replace(made, **changes)


def charge(hand: PayPalHand, source: str = "paypal", **changes) -> Charge:
    token = hand.control("save_token", customer="cus-1", source=source)
    made = Charge(
        charge="0197f0c0-charge",
        purpose=PURPOSE,
        amount_minor=AMOUNT_MINOR,
        currency="USD",
        description="Photography, second instalment",
        customer="cus-1",
        payment_method=token["id"],
    )
    return replace(made, **changes)


def captured(hand: PayPalHand, order: str, key: str = KEY) -> PaymentAnswer:
    return hand.api.perform(Capture(payment=order, amount_minor=AMOUNT_MINOR, currency="USD"), key)


def charge_of_nobody() -> Charge:
    return Charge(
        charge="c-1",
        purpose=Purpose(),
        amount_minor=500,
        currency="USD",
        description="A lesson",
        customer="cus-1",
        payment_method="v1",
    )


def subscription(plan: str, **changes) -> CreateSubscription:
    made = CreateSubscription(
        subscription="0197f0c0-sub",
        purpose=PURPOSE,
        customer=None,
        price=plan,
        return_url="https://school.example/subscribed",
    )
    return replace(made, **changes)


def subscribed(hand: PayPalHand) -> tuple[str, str]:
    """A running subscription of one paid month, and its plan."""
    plan = hand.control("make_plan")["id"]
    made = hand.api.perform(subscription(plan), "subscribed-key-0001")
    hand.control("approve_subscription", subscription=made.subscription)
    return made.subscription, plan
