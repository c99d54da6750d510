"""Requests that several tests make of the fake."""

from dataclasses import replace
from datetime import timedelta

from bursar.gateways.api.protocol import Window
from bursar.gateways.api.requests import Charge, CreateIntent
from tests.gateways.contract import (
    AMOUNT_MINOR,
    PURPOSE,
    customer,
)
from tests.gateways.razorpay.calls.played import RazorpayHand

HOUR = timedelta(hours=1)


def hours_around(hand: RazorpayHand) -> Window:
    """An hour of the fake's clock on either side of now."""
    now = hand.gateways.clock.now()
    return Window(since=now - HOUR, until=now + HOUR)


def intent(**changes) -> CreateIntent:
    made = CreateIntent(
        checkout="0197f0c0-checkout",
        purpose=PURPOSE,
        amount_minor=AMOUNT_MINOR,
        currency="INR",
        description="Photography, spring term",
    )
    return replace(made, **changes)


def charge(hand: RazorpayHand, method: str = "card") -> Charge:
    payer = hand.api.perform(customer(), "payments-payer-0001").customer
    token = hand.control("save_token", customer=payer, method=method)
    return Charge(
        charge="0197f0c0-charge",
        purpose=PURPOSE,
        amount_minor=AMOUNT_MINOR,
        currency="INR",
        description="Photography, second instalment",
        customer=payer,
        payment_method=token["id"],
    )
