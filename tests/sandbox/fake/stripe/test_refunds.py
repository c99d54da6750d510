import pytest
import stripe

from bursar.errors import Refused
from bursar.rules.facts import RefundFact, RefundWatermark
from bursar.rules.states import RefundStatus
from bursar.sandbox.fake.book import Kind, Standing
from bursar.sandbox.fake.stripe.refunds import DECIDED_AFTER_S
from tests.sandbox.fake.stripe.asking import payment
from tests.sandbox.fake.stripe.facts import facts_of


def _refund(stage, paid, **more):
    return stage.v1.refunds.create({"payment_intent": paid.id, **more})


def test_a_refund_in_parts_adds_up_and_is_announced_each_time(stage):
    paid = payment(stage)
    first = _refund(stage, paid, amount=2_000, metadata={"request": "r1"})
    second = _refund(stage, paid)

    charge = stage.v1.charges.retrieve(paid.latest_charge, {"expand": ["refunds"]})
    assert (first.amount, second.amount) == (2_000, 3_000)
    assert (charge.amount_refunded, charge.refunded) == (5_000, True)
    assert [one.id for one in charge.refunds.data] == [second.id, first.id]
    assert stage.types().count("charge.refunded") == 2
    assert stage.types()[-4:] == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
    ]
    assert [fact.refunded_minor for fact in facts_of(stage, RefundWatermark)] == [2_000, 5_000]
    assert {(fact.refund, fact.amount_minor, fact.status) for fact in facts_of(stage, RefundFact)} == {
        (first.id, 2_000, RefundStatus.SUCCEEDED),
        (second.id, 3_000, RefundStatus.SUCCEEDED),
    }
    assert [one.id for one in stage.v1.refunds.list({"payment_intent": paid.id}).data] == [
        second.id,
        first.id,
    ]


def test_a_refund_by_charge_is_the_same(stage):
    paid = payment(stage)

    assert stage.v1.refunds.create({"charge": paid.latest_charge}).payment_intent == paid.id


def test_no_more_goes_back_than_came(stage):
    paid = payment(stage)
    with pytest.raises(
        stripe.InvalidRequestError, match=r"\$50.01.*greater than unrefunded.*\$50.00"
    ) as more:
        _refund(stage, paid, amount=5_001)
    _refund(stage, paid)
    with pytest.raises(stripe.InvalidRequestError) as again:
        _refund(stage, paid)

    assert more.value.param == "amount"
    assert again.value.code == "charge_already_refunded"
    assert [row.amount_minor for row in stage.book.rows(Kind.REFUND)] == [5_000]


def test_what_was_not_paid_cannot_be_refunded(stage):
    held = payment(stage, capture_method="manual")

    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        _refund(stage, held)
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        stage.v1.refunds.create({})


def test_a_pending_refund_is_accepted_a_day_later(stage):
    made = _refund(stage, payment(stage, "pm_card_pendingRefund"))
    assert made.status == "pending"

    stage.gateways.clock.advance(DECIDED_AFTER_S)

    assert stage.v1.refunds.retrieve(made.id).status == "succeeded"
    assert [row.standing for row in stage.book.rows(Kind.REFUND)] == [Standing.SUCCEEDED]


def test_a_refund_that_had_succeeded_fails_and_the_money_is_ours_again(stage):
    paid = payment(stage, "pm_card_refundFail")
    made = _refund(stage, paid, amount=2_000)
    assert made.status == "succeeded"

    stage.gateways.clock.advance(DECIDED_AFTER_S)

    failed = stage.v1.refunds.retrieve(made.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.amount == 2_000
    assert stage.v1.charges.retrieve(paid.latest_charge).amount_refunded == 0
    assert stage.book.sums()["stripe.USD.refund.failed"] == 2_000
    assert facts_of(stage, RefundFact)[-1].status is RefundStatus.FAILED
    assert "refund.failed" in stage.types()


def test_a_script_fails_a_refund_once(stage):
    made = _refund(stage, payment(stage))

    stage.control("fail_refund", refund=made.id, reason="lost_or_stolen_card")

    assert stage.v1.refunds.retrieve(made.id).failure_reason == "lost_or_stolen_card"
    with pytest.raises(Refused, match="already"):
        stage.control("fail_refund", refund=made.id)


def test_a_refund_from_the_dashboard_has_no_key(stage):
    paid = payment(stage)

    stage.control("refund", payment=paid.id, amount=500)

    (row,) = stage.book.rows(Kind.REFUND)
    assert (row.amount_minor, row.key) == (500, None)
