"""What payers saved, without what identifies them."""

import pytest

from bursar.gateways.api.failures import GatewayAway, GatewayRefused
from bursar.gateways.paypal.fetch import payment_methods
from tests.gateways.paypal.calls.played import PayPalHand


def test_saved_ways_to_pay_are_told_by_what_a_person_recognises(hand: PayPalHand):
    for source in ("paypal", "card", "bank"):
        hand.control("save_token", customer="cus-1", source=source)
    hand.control("save_token", customer="cus-2")

    wallet, card = hand.api.list_payment_methods("cus-1")

    assert (wallet.kind, wallet.label, wallet.expires) == ("paypal", "PayPal", None)
    assert (card.kind, card.label, card.expires) == ("card", "visa •••• 4242", "2031-04")
    assert "example.com" not in f"{wallet}{card}"


def test_every_page_is_read_and_a_list_without_end_given_up(hand: PayPalHand, monkeypatch):
    for _ in range(5):
        hand.control("save_token", customer="cus-1")
    monkeypatch.setattr(payment_methods, "PAGE", 2)

    assert len(hand.api.list_payment_methods("cus-1")) == 5

    monkeypatch.setattr(payment_methods, "PAGES_MAX", 2)
    with pytest.raises(GatewayAway, match="saved ways to pay"):
        hand.api.list_payment_methods("cus-1")


def test_a_customer_that_is_no_id_is_refused(hand: PayPalHand):
    with pytest.raises(GatewayRefused, match="customer must be an id"):
        hand.api.list_payment_methods("ada@example.com")
