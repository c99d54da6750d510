from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from bursar.rules.facts import DisputeFact, SettlementFact
from tests.sandbox.fake.conftest import Stage
from tests.sandbox.fake.razorpay_stage import RazorpayStage, staged

KEY = {"X-Refund-Idempotency": "refund-key-0001"}


@pytest.fixture
def fake(stage: Stage) -> Iterator[RazorpayStage]:
    made = staged(stage.gateways)
    yield made
    made.sdk.session.close()


def india(unix_s):
    return datetime.fromtimestamp(unix_s, timezone(timedelta(hours=5, minutes=30))).date()


def report(fake, day):
    return fake.sdk.settlement.report({"year": day.year, "month": day.month, "day": day.day})["items"]


@pytest.mark.parametrize(("won", "deducted"), [(True, 0), (False, 2_000)])
def test_a_dispute_is_deducted_only_when_it_is_lost(fake, won, deducted):
    payment = fake.paid()
    dispute = fake.control("open_dispute", payment=payment, amount=2_000)["id"]

    fake.control("close_dispute", dispute=dispute, won=won)

    word = "won" if won else "lost"
    assert fake.types()[3:] == ["payment.dispute.created", f"payment.dispute.{word}"]
    assert fake.sdk.dispute.fetch(dispute)["amount_deducted"] == deducted
    assert [fact.amount_minor for fact in fake.facts(DisputeFact)] == [2_000, 2_000]
    assert fake.control("settle")["amount"] == 50_000 - 1_180 - deducted


def test_everything_is_settled_once_and_the_rows_add_up(fake):
    payment = fake.paid(amount=500_000)
    fake.sdk.payment.refund(payment, {"amount": 100_000})
    first = fake.control("settle")
    fake.paid(amount=10_000)
    second = fake.control("settle")

    day = india(first["created_at"])
    rows = fake.sdk.settlement.report({"year": day.year, "month": day.month, "count": 1000})["items"]
    assert (first["amount"], first["fees"], first["tax"]) == (388_200, 11_800, 1_800)
    assert second["amount"] == 10_000 - 236
    assert [row["settlement_id"] for row in rows] == [first["id"], first["id"], second["id"]]
    assert sum(row["credit"] - row["debit"] for row in rows) == first["amount"] + second["amount"]
    assert len(fake.facts(SettlementFact)) == 2
    assert fake.gateways.book.sums()["razorpay.INR.payout.paid"] == first["amount"] + second["amount"]


def test_the_report_has_the_days_of_india_and_notes_as_text(fake):
    fake.control(
        "pay",
        checkout=fake.sdk.payment_link.create({"amount": 500, "currency": "INR", "notes": {"a": "b"}})["id"],
    )
    settled = fake.control("settle")
    day = india(settled["created_at"])

    days = {offset: report(fake, day + timedelta(days=offset)) for offset in (-1, 0, 1)}

    assert [len(days[offset]) for offset in (-1, 0, 1)] == [0, 1, 0]
    assert days[0][0]["notes"] == "b"


def test_there_is_nothing_to_settle_twice(fake, http):
    fake.paid()
    fake.control("settle")

    refused = http.post("/_fake/razorpay/settle", json={})

    assert (refused.status_code, "nothing to settle" in refused.text) == (400, True)


def test_a_refund_that_fails_after_it_was_settled_comes_back_with_the_next_settlement(fake):
    payment = fake.paid(amount=500_000)
    refund = fake.sdk.payment.refund(payment, {"amount": 100_000})["id"]
    fake.control("settle")

    fake.control("fail_refund", refund=refund)

    assert fake.control("settle")["amount"] == 100_000


def test_a_refund_that_fails_before_it_was_settled_costs_nothing(fake):
    payment = fake.paid(amount=500_000)
    refund = fake.sdk.payment.refund(payment, {"amount": 100_000})["id"]

    fake.control("fail_refund", refund=refund)

    assert fake.control("settle")["amount"] == 488_200
