"""What was settled, line by line."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bursar.gateways.api.failures import GatewayAway
from bursar.gateways.api.protocol import Window
from tests.gateways.contract import (
    AMOUNT_MINOR,
    FIRST_MINOR,
    KEY,
    paid,
    refund,
)
from tests.gateways.razorpay.calls.making import hours_around, intent
from tests.gateways.razorpay.calls.scripted import says

HOUR = timedelta(hours=1)


def test_the_lines_of_a_settlement_add_up_to_it(hand):
    payment = paid(hand)
    hand.api.perform(refund(payment, FIRST_MINOR, "INR"), KEY)
    hand.pay(hand.api.perform(intent(amount_minor=50_000, purpose=intent().purpose), KEY).payment)
    settlement = hand.control("settle")

    lines = list(hand.api.list_settled(hours_around(hand)))

    assert sum(line.net_minor for line in lines) == settlement["amount"]
    assert sum(line.fee_minor for line in lines) == settlement["fees"]
    assert {line.settlement for line in lines} == {settlement["id"]}
    assert all(line.gross_minor - line.fee_minor == line.net_minor for line in lines)
    assert [(line.kind, line.gross_minor) for line in lines] == [
        ("payment", AMOUNT_MINOR),
        ("payment", 50_000),
        ("refund", -FIRST_MINOR),
    ]
    assert lines[0].about == payment


def test_a_lost_dispute_leaves_with_the_next_settlement(hand):
    payment = paid(hand)
    dispute = hand.control("open_dispute", payment=payment, amount=1_000)["id"]
    hand.control("close_dispute", dispute=dispute, won=False)
    hand.control("settle")

    line = list(hand.api.list_settled(hours_around(hand)))[-1]

    assert (line.kind, line.about, line.gross_minor, line.fee_minor) == ("dispute", dispute, -1_000, 0)


def test_only_what_was_settled_in_the_window_is_listed(hand):
    paid(hand)
    hand.control("settle")
    window = hours_around(hand)

    assert list(hand.api.list_settled(Window(since=window.until, until=window.until + HOUR))) == []
    assert list(hand.api.list_settled(Window(since=window.since - HOUR, until=window.since))) == []


ROW = {
    "entity_id": "pay_1",
    "type": "payment",
    "debit": 0,
    "credit": 97_100,
    "amount": 100_000,
    "currency": "INR",
    "fee": 2_900,
    "tax": 400,
    "settled": True,
    "settled_at": 1_795_000_000,
    "settlement_id": "setl_1",
    "notes": "Tea, hot.",
}
THEN = datetime.fromtimestamp(1_795_000_000, UTC)
AROUND = Window(since=THEN - HOUR, until=THEN + HOUR)


@pytest.mark.parametrize(
    ("changes", "kind", "about", "amounts"),
    [
        ({}, "payment", "pay_1", (100_000, 2_900, 97_100)),
        (
            {"type": "refund", "debit": 242_500, "credit": 0, "fee": 0, "payment_id": "pay_0"},
            "refund",
            "pay_1",
            (-242_500, 0, -242_500),
        ),
        (
            {"type": "transfer", "debit": 100_296, "credit": 0, "fee": 296, "payment_id": "pay_0"},
            "transfer",
            "pay_0",
            (-100_000, 296, -100_296),
        ),
        (
            {"type": "adjustment", "debit": 1_012, "credit": 0, "fee": 0},
            "adjustment",
            None,
            (-1_012, 0, -1_012),
        ),
        ({"type": "something new", "fee": None}, "adjustment", None, (97_100, 0, 97_100)),
    ],
)
def test_rows_of_the_report_become_lines(api, server, changes, kind, about, amounts):
    server.answer(says(items=[ROW | changes]), says(items=[ROW | changes]), says(items=[]))

    (line,) = api.list_settled(AROUND)

    assert (line.kind, line.about) == (kind, about)
    assert (line.gross_minor, line.fee_minor, line.net_minor) == amounts
    assert line.occurred_at == THEN


@pytest.mark.parametrize("changes", [{"settled": False}, {"settlement_id": None}, {"settled_at": None}])
def test_a_row_that_waits_to_be_settled_is_no_line(api, server, changes):
    server.answer(*3 * [says(items=[ROW | changes])])

    assert list(api.list_settled(AROUND)) == []


@pytest.mark.parametrize("changes", [{"entity_id": None}, {"credit": None}, {"debit": "12"}])
def test_a_row_that_cannot_be_read_is_not_left_out(api, server, changes):
    server.answer(says(items=[ROW | changes]))

    with pytest.raises(GatewayAway, match="without entity_id, credit or debit"):
        list(api.list_settled(AROUND))


def test_the_report_is_asked_for_every_day_it_could_be_in_any_country(api, server):
    server.answer(*3 * [says(items=[])])

    list(
        api.list_settled(
            Window(since=datetime(2026, 3, 1, 3, tzinfo=UTC), until=datetime(2026, 3, 1, 22, tzinfo=UTC))
        )
    )

    days = [(asked.query["month"], asked.query["day"]) for asked in server.asked]
    assert days == [("2", "28"), ("3", "1"), ("3", "2")]


def test_the_published_report_is_read(api, server, corpus):
    """Razorpay's own example: its rows say 97100 = 100000 - 2900 and 100296 = 100000 + 296."""
    (file,) = (corpus / "razorpay_objects").glob("*settlements_recon_combined.json")
    rows = json.loads(file.read_bytes())["items"]
    server.answer(says(items=rows), *3 * [says(items=[])])
    moment = datetime.fromtimestamp(rows[0]["settled_at"], UTC)

    lines = list(api.list_settled(Window(since=moment - HOUR, until=moment + HOUR)))

    assert [line.net_minor for line in lines] == [row["credit"] - row["debit"] for row in rows]
    assert [line.gross_minor for line in lines][:3] == [100_000, -242_500, -100_000]
