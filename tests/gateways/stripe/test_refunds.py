import pytest

from bursar.gateways.protocol import Ignored
from bursar.rules.facts import ConversionFact, FeeFact, RefundFact, RefundWatermark
from bursar.rules.states import RefundEffect, RefundStatus
from tests.gateways.stripe.reading import AT, of, only, reading

REFUND_TYPES = ["refund.created", "refund.updated", "charge.refund.updated"]


def test_a_refunded_charge_tells_how_much_went_back_in_all():
    assert only(reading("charge.refunded", refund_minor=30_000)) == RefundWatermark(
        payment="pi_demo_0001", refunded_minor=30_000, currency="USD", occurred_at=AT
    )


def test_versions_that_list_refunds_tell_each_of_them():
    refunds = {
        "object": "list",
        "data": [
            {"id": "re_2", "amount": 200, "currency": "usd", "status": "pending", "reason": None},
            {"id": "re_1", "amount": 100, "currency": "usd", "status": "succeeded", "reason": "duplicate"},
        ],
    }
    watermark, second, first = reading("charge.refunded", {"refunds": refunds}, refund_minor=300)

    assert watermark.refunded_minor == 300
    assert (second.refund, second.status, second.payment) == ("re_2", RefundStatus.PENDING, "pi_demo_0001")
    assert (first.refund, first.status, first.reason) == ("re_1", RefundStatus.SUCCEEDED, "duplicate")


def test_a_charge_that_is_asked_for_tells_its_refunds_as_well():
    refund = {"id": "re_1", "amount": 100, "currency": "usd", "status": "succeeded"}
    changes = {"amount_refunded": 100, "refunds": {"data": [refund]}}
    payment, watermark, told = reading("charge.updated", changes)

    assert (payment.payment, payment.amount_minor) == ("pi_demo_0001", 120_000)
    assert (watermark.payment, watermark.refunded_minor) == ("pi_demo_0001", 100)
    assert (told.refund, told.payment, told.amount_minor) == ("re_1", "pi_demo_0001", 100)


def test_releasing_an_authorization_refunds_nothing():
    assert reading("charge.refunded", {"captured": False}) == Ignored(reason="authorization released")


@pytest.mark.parametrize("event_type", REFUND_TYPES)
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.CANCELED),
    ],
)
def test_a_refund_has_the_state_its_object_says(event_type, word, status):
    assert only(reading(event_type, {"status": word}, refund_minor=500)) == RefundFact(
        status=status,
        refund="re_demo_0001",
        payment="pi_demo_0001",
        amount_minor=500,
        currency="USD",
        occurred_at=AT,
        reason="requested_by_customer",
    )


@pytest.mark.parametrize(
    ("word", "status"), [("failed", RefundStatus.FAILED), ("canceled", RefundStatus.CANCELED)]
)
def test_a_failed_refund_says_why(word, status):
    fact = only(reading("refund.failed", {"status": word}))

    assert (fact.status, fact.reason) == (status, "expired_or_canceled_card")


def test_a_refund_of_a_bare_charge_names_the_charge():
    assert only(reading("refund.updated", {"payment_intent": None})).payment == "ch_demo_0001"


def test_before_2014_a_charge_listed_its_refunds_in_a_bare_array():
    refunds = [{"id": "re_1", "amount": 100, "currency": "usd", "status": "succeeded"}]
    facts = reading("charge.refunded", {"refunds": refunds}, refund_minor=100)

    assert [refund.refund for refund in of(RefundFact, facts)] == ["re_1"]


def test_what_was_authorised_but_never_captured_is_no_refund():
    changes = {"amount_captured": 70_000, "amount_refunded": 120_000}

    assert only(reading("charge.refunded", changes)).refunded_minor == 70_000


def test_before_2020_a_charge_did_not_tell_how_much_was_captured():
    changes = {"amount_captured": ..., "amount_refunded": 120_000}

    assert only(reading("charge.refunded", changes)).refunded_minor == 120_000


@pytest.mark.parametrize(
    "changes",
    [
        {"charge": {"id": "ch_1", "captured": False}},
        {"payment_intent": {"id": "pi_1", "status": "canceled", "amount_received": 0}},
    ],
)
@pytest.mark.parametrize("event_type", REFUND_TYPES)
def test_a_refund_of_held_money_gives_nothing_back(event_type, changes):
    assert reading(event_type, changes) == Ignored(reason="authorization released")


@pytest.mark.parametrize(
    "changes",
    [
        {"charge": {"id": "ch_1", "captured": True}},
        {"payment_intent": {"id": "pi_demo_0001", "status": "succeeded", "amount_received": 120_000}},
    ],
)
def test_a_refund_of_taken_money_is_one_whatever_is_expanded(changes):
    assert only(reading("refund.updated", changes)).payment == "pi_demo_0001"


def test_a_refund_out_of_another_currency_tells_the_exchange_and_the_fee():
    taken = {"id": "txn_1", "amount": -1_100, "currency": "eur", "fee": 25, "fee_details": []}
    facts = reading("refund.updated", {"balance_transaction": taken}, refund_minor=1_200)

    (conversion,) = of(ConversionFact, facts)
    assert (conversion.sold_minor, conversion.bought_minor) == (-1_200, -1_100)
    assert [(fee.about, fee.fee_minor) for fee in of(FeeFact, facts)] == [("re_demo_0001", 25)]


def test_a_refund_that_failed_comes_back_through_the_same_exchange():
    taken = {"id": "txn_1", "amount": -1_100, "currency": "eur", "fee": 0}
    given_back = {"id": "txn_2", "amount": 1_090, "currency": "eur", "fee": 0}
    changes = {"balance_transaction": taken, "failure_balance_transaction": given_back}
    facts = reading("refund.failed", changes, refund_minor=1_200)

    assert [(each.source, each.sold_minor, each.bought_minor) for each in of(ConversionFact, facts)] == [
        ("txn_1", -1_200, -1_100),
        ("txn_2", 1_200, 1_090),
    ]


@pytest.mark.parametrize(
    ("metadata", "effect"),
    [
        ({"bursar_effect": "reopen"}, RefundEffect.REOPEN),
        ({"bursar_effect": "cancel"}, RefundEffect.CANCEL),
        ({"bursar_effect": "else"}, RefundEffect.CANCEL),
        ({}, RefundEffect.CANCEL),
        (None, RefundEffect.CANCEL),
    ],
)
def test_a_refund_that_was_asked_for_here_says_what_it_means_for_what_is_owed(metadata, effect):
    [fact] = of(RefundFact, reading("refund.updated", {"metadata": metadata}))

    assert fact.effect is effect
