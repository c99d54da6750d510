"""What reached the bank, out of PayPal's report of transactions."""

from datetime import UTC, datetime, timedelta

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import GatewayAway, GatewayRefused
from bursar.gateways.api.protocol import Window
from bursar.gateways.paypal.calls import reports
from tests.gateways.contract import paid
from tests.gateways.paypal.calls.played import PayPalHand
from tests.gateways.paypal.calls.scripted import error, says

DAY_S = 86_400
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def lately() -> Window:
    return Window(since=utc_now() - timedelta(hours=1), until=utc_now() + timedelta(days=2))


def withdrawal(**changes) -> dict:
    info = {
        "transaction_id": "W1",
        "transaction_event_code": "T0400",
        "transaction_updated_date": "2026-11-20T12:00:00+0000",
        "transaction_amount": {"currency_code": "USD", "value": "-100.00"},
        "transaction_status": "S",
    }
    return {"transaction_info": info | changes}


def page(*details: dict, **more) -> dict:
    return {"transaction_details": list(details), "total_pages": 1, **more}


def test_a_withdrawal_is_what_reached_the_bank_and_its_fee_is_on_top(hand: PayPalHand):
    paid(hand)
    sent = hand.control("withdraw", amount=10_000, fee=25)
    hand.advance(DAY_S)

    (line,) = hand.api.list_settled(lately())

    assert (line.settlement, line.line, line.kind) == (
        sent["transaction_id"],
        sent["transaction_id"],
        "transfer",
    )
    assert (line.gross_minor, line.fee_minor, line.net_minor) == (10_025, 25, 10_000)
    assert (line.currency, line.about) == ("USD", None)


def test_what_the_bank_sent_back_undoes_its_withdrawal(hand: PayPalHand):
    paid(hand)
    sent = hand.control("withdraw")
    hand.control("return_withdrawal", withdrawal=sent["transaction_id"])
    hand.advance(DAY_S)

    out, back = hand.api.list_settled(lately())

    assert out.settlement == back.settlement == sent["transaction_id"]
    assert out.line != back.line
    assert out.net_minor + back.net_minor == 0


def test_a_withdrawal_of_the_last_hours_is_not_in_the_report_yet(hand: PayPalHand):
    paid(hand)
    hand.control("withdraw")
    hand.advance(3_600)

    assert list(hand.api.list_settled(lately())) == []


@pytest.mark.parametrize(
    ("changes", "settled"),
    [
        ({}, 1),
        ({"transaction_event_code": "T0006"}, 0),
        ({"transaction_event_code": "T0401"}, 1),
        ({"transaction_event_code": None}, 0),
        ({"transaction_status": "P"}, 0),
        ({"transaction_updated_date": "2026-11-20T10:59:59Z"}, 0),
        ({"transaction_updated_date": None}, 0),
        ({"fee_amount": {}}, 1),
    ],
)
def test_only_what_was_completed_in_the_time_counts(api, server, changes, settled):
    server.answer(says(**page(withdrawal(**changes))))
    window = Window(since=NOON - timedelta(hours=1), until=NOON)

    assert len(list(api.list_settled(window))) == settled


def test_a_line_without_an_amount_is_refused_by_name(api, server):
    server.answer(says(**page(withdrawal(transaction_amount={"value": "1"}))))

    with pytest.raises(GatewayRefused, match=r"transaction_info\.transaction_amount"):
        list(api.list_settled(Window(since=NOON, until=NOON)))


def test_a_long_time_is_asked_for_by_the_month(api, server):
    server.answer(*[says(**page())] * 3)
    window = Window(since=NOON - timedelta(days=60), until=NOON)

    assert list(api.list_settled(window)) == []

    spans = [(each.query["start_date"], each.query["end_date"]) for each in server.asked]
    assert spans == [
        ("2026-09-07T12:00:00Z", "2026-10-08T12:00:00Z"),
        ("2026-10-08T12:00:01Z", "2026-11-08T12:00:01Z"),
        ("2026-11-08T12:00:02Z", "2026-11-20T12:00:00Z"),
    ]


def test_a_time_with_too_many_transactions_is_halved(api, server):
    server.answer(error(400, "RESULTSET_TOO_LARGE"), says(**page()), says(**page(withdrawal())))
    window = Window(since=NOON, until=NOON)

    assert [line.line for line in api.list_settled(window)] == ["W1"]

    halves = [(each.query["start_date"], each.query["end_date"]) for each in server.asked[1:]]
    assert halves == [
        ("2026-11-06T12:00:00Z", "2026-11-13T12:00:00Z"),
        ("2026-11-13T12:00:01Z", "2026-11-20T12:00:00Z"),
    ]


def test_every_page_is_read(api, server):
    first, second = page(withdrawal(), total_pages=2), page(withdrawal(transaction_id="W2"))
    server.answer(says(**first), says(**second))

    assert [line.line for line in api.list_settled(Window(since=NOON, until=NOON))] == ["W1", "W2"]
    assert [each.query["page"] for each in server.asked] == ["1", "2"]


def test_a_report_that_does_not_end_is_given_up(api, server):
    server.answer(says(**page(total_pages=reports.PAGES_MAX + 1)))

    with pytest.raises(GatewayAway, match="pages of transactions"):
        list(api.list_settled(Window(since=NOON, until=NOON)))
