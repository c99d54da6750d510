"""What webhooks should have told: every object that an event of the time names, once, as it is now."""

from datetime import UTC, datetime, timedelta

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import GatewayAway
from bursar.gateways.api.protocol import Window
from bursar.gateways.paypal.fetch import changes
from bursar.rules.facts import RefundFact, SubscriptionFact
from bursar.sandbox.fake.faults import FaultKind
from tests.gateways.contract import FIRST_MINOR, KEY, of, paid, refund
from tests.gateways.paypal.calls.making import subscribed
from tests.gateways.paypal.calls.played import PayPalHand
from tests.gateways.paypal.calls.scripted import error, says

HOUR = Window(since=datetime(2026, 11, 20, 12, tzinfo=UTC), until=datetime(2026, 11, 20, 13, tzinfo=UTC))


def today() -> Window:
    return Window(since=utc_now() - timedelta(minutes=1), until=utc_now() + timedelta(minutes=1))


def event(event_type: str, **resource: str) -> dict:
    return {"id": "WH-1", "event_type": event_type, "resource": resource}


def test_several_events_about_one_object_are_one_change(hand: PayPalHand):
    payment = paid(hand)
    hand.api.perform(refund(payment, FIRST_MINOR, "USD"), KEY)
    subscribed(hand)

    found = list(hand.api.list_changes(today()))

    types = [each.type for each in found]
    assert types == [
        "fetched.order",
        "fetched.capture",
        "fetched.refund",
        "fetched.subscription",
        "fetched.sale",
    ]
    assert of(RefundFact, hand.api, *found)
    assert of(SubscriptionFact, hand.api, *found)


def test_a_list_of_several_pages_is_read_to_its_end(hand: PayPalHand, monkeypatch):
    monkeypatch.setattr(changes, "PAGE", 2)
    paid(hand)

    assert [each.type for each in hand.api.list_changes(today())] == ["fetched.order", "fetched.capture"]


def test_the_next_page_is_asked_of_paypal_wherever_its_link_leads(api, server):
    link = {"rel": "next", "href": "https://elsewhere.example/v9/other?page=2&page_size=7"}
    server.answer(says(events=[], links=[link]), says(events=[]))

    assert list(api.list_changes(HOUR)) == []

    first, second = server.asked
    assert first.query == {
        "page_size": "100",
        "start_time": "2026-11-20T12:00:00Z",
        "end_time": "2026-11-20T13:00:00Z",
    }
    assert (second.path, second.query) == (changes.PATH, {"page": "2", "page_size": "7"})


def test_events_that_name_nothing_of_ours_are_passed_over(api, server):
    named = [
        event("INVOICING.INVOICE.PAID", id="INV-1"),
        event("fetched.capture", id="C1"),
        event("PAYMENT.CAPTURE.COMPLETED", id="not an id"),
        event("PAYMENT.CAPTURE.COMPLETED"),
        {"event_type": 7},
    ]
    server.answer(says(events=named))

    assert list(api.list_changes(HOUR)) == []


def test_an_object_that_is_gone_does_not_hide_the_others(api, server):
    named = [event("PAYMENT.CAPTURE.COMPLETED", id=id_) for id_ in ("C2", "C1")]
    server.answer(says(events=named), error(404, "INVALID_RESOURCE_ID"), says(id="C2"))

    assert [found.object_id for found in api.list_changes(HOUR)] == ["C2"]


def test_a_list_without_end_is_given_up(api, server, monkeypatch):
    monkeypatch.setattr(changes, "PAGES_MAX", 2)
    again = says(events=[], links=[{"rel": "next", "href": "https://api.paypal.com/x?page=2"}])
    server.answer(again, again, again)

    with pytest.raises(GatewayAway, match="shorter time"):
        list(api.list_changes(HOUR))


def test_a_gateway_that_is_away_says_so(hand: PayPalHand):
    hand.fail("events.list", FaultKind.BAD_GATEWAY)

    with pytest.raises(GatewayAway):
        list(hand.api.list_changes(today()))
