"""The events of a span of time, oldest first, each once."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.protocol import Window
from bursar.gateways.stripe.gateway import Stripe
from bursar.sandbox.fake.webhooks import Event, Fate
from tests.gateways.contract import paid
from tests.gateways.stripe.calls.played import StripeHand

SINCE = utc_now().replace(microsecond=0) - timedelta(days=2)
DAY = Window(since=SINCE, until=SINCE + timedelta(days=1))


def happened(hand: StripeHand, moments: Iterable[datetime], type_: str = "customer.updated") -> list[str]:
    """Put events of these moments into the fake's list; nobody was told of them."""
    events = [_event(n, at, type_) for n, at in enumerate(moments)]
    hand.gateways.webhooks.events.extend(events)
    return [event.id for event in events]


def _event(number: int, at: datetime, type_: str) -> Event:
    told: dict[str, Any] = {
        "id": f"evt_{type_.replace('.', '_')}_{number:05}",
        "object": "event",
        "type": type_,
        "created": int(at.timestamp()),
        "livemode": False,
        "data": {"object": {"id": "cus_1", "object": "customer"}},
    }
    return Event(
        gateway="stripe",
        id=told["id"],
        type=type_,
        body=json.dumps(told).encode(),
        created_s=told["created"],
        fate=Fate.LOST,
    )


def keys(hand: StripeHand, window: Window = DAY) -> list[str]:
    return [found.dedupe_key for found in hand.api.list_changes(window)]


@pytest.mark.parametrize(
    "moments",
    [
        [SINCE + timedelta(minutes=3 * n) for n in range(480)],
        [SINCE + timedelta(hours=5, seconds=n) for n in range(230)],
        [SINCE + timedelta(hours=5)] * 130,
        [SINCE, SINCE + timedelta(days=1)],
        [],
    ],
    ids=["all day long", "within minutes", "in one second", "at both ends", "never"],
)
def test_every_event_of_a_day_comes_once_and_oldest_first(hand: StripeHand, moments):
    happened(hand, [SINCE - timedelta(seconds=1), SINCE + timedelta(days=1, seconds=1)], "payout.paid")
    ids = happened(hand, moments)

    assert keys(hand) == ids


def test_what_we_do_not_read_is_passed_over(hand: StripeHand):
    happened(hand, [SINCE] * 3, "issuing_card.created")
    ids = happened(hand, [SINCE])

    assert keys(hand) == ids


def test_an_event_meets_its_webhook_in_the_inbox(hand: StripeHand):
    window = Window(since=utc_now() - timedelta(minutes=1), until=utc_now() + timedelta(minutes=1))
    paid(hand)

    found = {each.dedupe_key: each for each in hand.api.list_changes(window)}

    for sent in hand.gateways.webhooks.events:
        envelope = Stripe().envelope(json.loads(sent.body), sent.body, {})
        if each := found.pop(envelope.dedupe_key, None):
            assert (each.type, each.object_id) == (envelope.type, envelope.object_id)
            assert (each.occurred_at, each.livemode) == (envelope.occurred_at, envelope.livemode)
    assert found == {}
