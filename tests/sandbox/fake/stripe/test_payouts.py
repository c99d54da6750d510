import pytest

from bursar.errors import Refused
from bursar.rules.facts import SettlementFact
from bursar.rules.states import SettlementStatus
from bursar.sandbox.fake.book import Kind, Standing
from tests.sandbox.fake.stripe.asking import payment
from tests.sandbox.fake.stripe.facts import facts_of


def test_a_payout_is_the_sum_of_what_it_is_made_of(stage):
    paid = payment(stage)
    stage.v1.refunds.create({"payment_intent": paid.id, "amount": 1_000})
    opened = stage.control("open_dispute", payment=payment(stage, amount=9_000).id)
    stage.control("close_dispute", dispute=opened["id"], won=True)

    (made,) = stage.control("pay_out")

    entries = stage.v1.balance_transactions.list({"payout": made["id"], "limit": 100}).data
    parts = [entry for entry in entries if entry.type != "payout"]
    assert sum(entry.net for entry in parts) == made["amount"]
    assert all(entry.net == entry.amount - entry.fee for entry in entries)
    assert sum(entry.amount for entry in parts) == 5_000 - 1_000 + 9_000
    assert {entry.reporting_category for entry in parts} == {
        "charge",
        "refund",
        "dispute",
        "dispute_reversal",
    }
    assert stage.types()[-3:] == ["payout.created", "payout.paid", "payout.reconciliation_completed"]
    assert stage.book.sums()["stripe.USD.payout.paid"] == made["amount"]
    last = facts_of(stage, SettlementFact)[-1]
    assert (last.status, last.amount_minor) == (SettlementStatus.PAID, made["amount"])


def test_each_currency_is_paid_out_by_itself_and_once(stage):
    payment(stage)
    payment(stage, currency="eur", amount=2_000)

    made = stage.control("pay_out")

    assert {one["currency"] for one in made} == {"usd", "eur"}
    assert stage.control("pay_out") == []
    assert {one.id for one in stage.v1.payouts.list().data} == {one["id"] for one in made}


def test_a_balance_below_nothing_stays(stage):
    paid = payment(stage)
    stage.control("pay_out")
    stage.v1.refunds.create({"payment_intent": paid.id})

    assert stage.control("pay_out") == []
    payment(stage, amount=20_000)
    (made,) = stage.control("pay_out")
    assert made["amount"] == 20_000 - 610 - 5_000


def test_a_payout_that_fails_is_on_the_balance_again(stage):
    payment(stage)
    (made,) = stage.control("pay_out")

    stage.control("fail_payout", payout=made["id"])

    (row,) = stage.book.rows(Kind.PAYOUT)
    assert row.standing is Standing.FAILED
    assert facts_of(stage, SettlementFact)[-1].status is SettlementStatus.FAILED
    (again,) = stage.control("pay_out")
    assert again["amount"] == made["amount"]
    with pytest.raises(Refused, match="already"):
        stage.control("fail_payout", payout=made["id"])


def test_transactions_are_found_by_their_source(stage):
    paid = payment(stage)

    (entry,) = stage.v1.balance_transactions.list({"source": paid.latest_charge}).data

    assert stage.v1.balance_transactions.retrieve(entry.id).fee == 175
    assert stage.v1.charges.retrieve(paid.latest_charge).balance_transaction == entry.id
