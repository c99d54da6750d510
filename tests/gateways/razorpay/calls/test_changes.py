"""What changed in a time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.clock import utc_now
from bursar.gateways.api.failures import GatewayAway
from bursar.gateways.api.protocol import Credentials, Window
from bursar.gateways.razorpay.calls import listing
from bursar.gateways.razorpay.calls.client import Client
from bursar.gateways.razorpay.fetch import changes
from bursar.rules.facts import (
    PaymentFact,
    RefundFact,
    SettlementFact,
)
from bursar.rules.states import PaymentStatus, RefundStatus, SettlementStatus
from tests.gateways.contract import (
    FIRST_MINOR,
    KEY,
    OTHER_KEY,
    facts_of,
    of,
    paid,
    refund,
)
from tests.gateways.razorpay.calls.making import hours_around, intent
from tests.gateways.razorpay.calls.scripted import says

DAY_S = 86_400


def test_everything_that_happened_is_told_each_kind_oldest_first(hand):
    payments = [hand.pay(hand.api.perform(intent(checkout=f"c-{n}"), f"{KEY}-{n}").payment) for n in range(3)]
    hand.control("decline", checkout=hand.api.perform(intent(checkout="c-9"), f"{KEY}-9").payment)
    made = hand.api.perform(refund(payments[0], FIRST_MINOR, "INR"), OTHER_KEY)
    dispute = hand.control("open_dispute", payment=payments[1])["id"]
    settlement = hand.control("settle")["id"]

    found = list(hand.api.list_changes(hours_around(hand)))

    assert [each.object_id for each in found] == [
        *(each["id"] for each in hand.all("payment")),
        made.refund,
        dispute,
        settlement,
    ]
    (refunded,) = of(RefundFact, hand.api, *found)
    (settled,) = of(SettlementFact, hand.api, *found)
    assert refunded.status is RefundStatus.SUCCEEDED
    assert settled.status is SettlementStatus.PAID


def test_a_payment_that_was_authorised_late_is_found_days_after_it_was_made(hand):
    order = hand.api.perform(intent(), KEY).payment
    failed = hand.control("decline", checkout=order)["id"]
    hand.gateways.clock.advance(3 * DAY_S)
    hand.control("authorize_late", payment=failed)

    found = list(hand.api.list_changes(hours_around(hand)))

    (fact,) = of(PaymentFact, hand.api, *found)
    assert (fact.payment, fact.status) == (failed, PaymentStatus.SUCCEEDED)


def test_a_refund_made_on_the_gateways_site_is_found_with_its_payment(hand):
    payment = paid(hand)
    hand.control("refund", payment=payment, amount=FIRST_MINOR)

    (_, found) = hand.api.list_changes(hours_around(hand))

    assert [type(fact) for fact in facts_of(hand.api, found)][::2] == [PaymentFact, RefundFact]


def test_more_than_a_page_is_told_whole_and_once(hand, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 3)
    for n in range(10):
        hand.pay(hand.api.perform(intent(checkout=f"c-{n}"), f"{KEY}-{n}").payment)
        hand.gateways.clock.advance(n)

    found = list(hand.api.list_changes(hours_around(hand)))

    assert [each.object_id for each in found] == [each["id"] for each in hand.all("payment")]


def test_a_list_that_does_not_end_is_given_up(hand, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 1)
    monkeypatch.setattr(listing, "PAGES_MAX", 2)
    for n in range(3):
        hand.pay(hand.api.perform(intent(), f"{KEY}-{n}").payment)

    with pytest.raises(GatewayAway, match="more than 2 entities"):
        hand.api.ask(intent(), "another-key-0001", utc_now())


def test_what_moves_down_a_page_while_it_is_listed_is_told_once(api, server):
    rows = [{"id": f"order_{n}", "notes": []} for n in range(listing.PAGE + 1)]
    server.answer(says(items=rows[:-1]), says(items=rows[listing.PAGE - 1 :]))

    listed = list(listing.entities(api._client, api._client.sdk.order.all))

    assert [each["id"] for each in listed] == [row["id"] for row in rows]
    assert [asked.query["skip"] for asked in server.asked] == ["0", str(listing.PAGE)]


def test_a_list_that_does_not_heed_times_is_given_up_at_once(api, server):
    rows = [{"id": f"pay_{n}", "created_at": 1_795_000_000} for n in range(listing.PAGE)]
    server.answer(says(items=rows))
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)

    with pytest.raises(GatewayAway, match="does not heed the times"):
        list(api.list_changes(Window(since=long_ago, until=long_ago)))

    assert len(server.asked) == 1


LATER = 1_000_000_000
"""Any time after the year 2000, before which Razorpay takes none."""


@given(st.lists(st.integers(0, 40), max_size=40), st.integers(0, 40), st.integers(0, 40), st.booleans())
def test_every_span_is_told_whole_once_and_in_order(times, first, last, inclusive):
    """Whether the ends of a span belong to it, and however many were made in one second."""
    rows = [{"id": f"pay_{n}", "created_at": LATER + made} for n, made in enumerate(sorted(times))]

    def listed(query):
        since, until = query["from"] - inclusive, query["to"] + inclusive
        found = [row for row in reversed(rows) if since < row["created_at"] < until]
        return {"items": found[query.get("skip", 0) :][: query["count"]]}

    client = Client(Credentials(account="razorpay:test", key_id="rzp_test_1", secret="s"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "PAGE", 3)
        told = list(changes._made(client, listed, changes._Span(LATER + first, LATER + last)))

    assert told == [row for row in rows if LATER + first <= row["created_at"] <= LATER + last]
