"""The lines of payouts: without the payout's own they sum to it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bursar.gateways.api.failures import GatewayAway, GatewayRefused
from bursar.gateways.api.protocol import Window
from bursar.gateways.stripe.api import StripeApi
from tests.gateways.stripe.calls.scripted import Answer, Script, told

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)
WEEK = Window(since=SINCE, until=UNTIL)


def listed(url: str, *things: dict[str, Any]) -> Answer:
    return told({"object": "list", "url": url, "has_more": False, "data": list(things)})


def payout(id_: str, amount: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "object": "payout",
        "amount": amount,
        "automatic": True,
        "currency": "eur",
        "reconciliation_status": "completed",
        "status": "paid",
        **changes,
    }


def row(id_: str, type_: str, amount: int, fee: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "object": "balance_transaction",
        "amount": amount,
        "created": 1_793_500_000,
        "currency": "eur",
        "fee": fee,
        "net": amount - fee,
        "reporting_category": type_,
        "source": f"source_of_{id_}",
        "type": type_,
        **changes,
    }


ROWS = [
    row("txn_payout", "payout", -8_750),
    row("txn_charge", "charge", 12_000, 350),
    row("txn_refund", "refund", -2_000),
    row("txn_dispute", "dispute", -1_000, 1_500, type="adjustment"),
    row("txn_won", "dispute_reversal", 1_000, -1_500, type="adjustment"),
    row("txn_billing", "fee", -400, type="stripe_fee"),
    row("txn_connect", "transfer", -300),
    row("txn_reserve", "risk_reserved_funds", -200, type="reserved_funds"),
    row("txn_again", "refund_failure", 0),
]


def test_every_line_is_told_with_what_it_settles(api: StripeApi, script: Script):
    script.say(listed("/v1/payouts", payout("po_1", 8_750)), listed("/v1/balance_transactions", *ROWS))

    lines = list(api.list_settled(WEEK))

    assert sum(line.net_minor for line in lines) == 8_750
    assert all(line.net_minor == line.gross_minor - line.fee_minor for line in lines)
    assert [line.kind for line in lines] == [
        "payment", "refund", "dispute", "dispute", "fee", "transfer", "adjustment", "refund",
    ]  # fmt: skip
    assert {line.settlement for line in lines} == {"po_1"}
    assert (lines[0].line, lines[0].about) == ("txn_charge", "source_of_txn_charge")
    assert (lines[0].gross_minor, lines[0].fee_minor, lines[0].currency) == (12_000, 350, "EUR")


def test_payouts_that_arrived_in_the_time_come_oldest_first(api: StripeApi, script: Script):
    script.say(
        listed("/v1/payouts", payout("po_2", 200), payout("po_1", 100)),
        listed("/v1/balance_transactions", row("txn_1", "charge", 100)),
        listed("/v1/balance_transactions", row("txn_2", "charge", 200)),
    )

    lines = list(api.list_settled(WEEK))

    asked = script.asked[0]
    assert [line.settlement for line in lines] == ["po_1", "po_2"]
    assert [each.params.get("payout") for each in script.asked[1:]] == [["po_1"], ["po_2"]]
    assert asked.params["status"] == ["paid"]
    assert asked.params["arrival_date[gte]"] == [str(int(SINCE.timestamp()))]
    assert asked.params["arrival_date[lte]"] == [str(int(UNTIL.timestamp()))]


def test_a_payout_ordered_by_hand_has_no_lines(api: StripeApi, script: Script):
    script.say(listed("/v1/payouts", payout("po_1", 100, automatic=False)))

    assert list(api.list_settled(WEEK)) == []


def test_a_payout_that_is_still_being_put_together_is_asked_for_later(api: StripeApi, script: Script):
    script.say(listed("/v1/payouts", payout("po_1", 100, reconciliation_status="in_progress")))

    with pytest.raises(GatewayAway):
        list(api.list_settled(WEEK))


def test_kronur_are_counted_as_the_books_count_them(api: StripeApi, script: Script):
    script.say(
        listed("/v1/payouts", payout("po_1", 50_000, currency="isk")),
        listed("/v1/balance_transactions", row("txn_1", "charge", 50_000, currency="isk")),
    )

    (line,) = api.list_settled(WEEK)

    assert (line.net_minor, line.currency) == (500, "ISK")


def test_a_line_that_cannot_be_read_names_the_field(api: StripeApi, script: Script):
    script.say(
        listed("/v1/payouts", payout("po_1", 100)),
        listed("/v1/balance_transactions", row("txn_1", "charge", 100) | {"amount": 1.5}),
    )

    with pytest.raises(GatewayRefused) as refused:
        list(api.list_settled(WEEK))

    assert "balance_transaction.amount" in refused.value.failure.message
