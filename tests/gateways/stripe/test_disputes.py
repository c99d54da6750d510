from datetime import UTC, datetime

import pytest

from bursar.gateways.protocol import Ignored
from bursar.rules.facts import ConversionFact, DisputeFact, DisputeFundsFact, FeeFact, FraudWarningFact
from bursar.rules.states import DisputeStatus, FraudWarningStatus, FundsDirection
from tests.gateways.stripe.reading import AT, of, only, reading

TYPES = [
    f"charge.dispute.{verb}"
    for verb in ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"]
]


def test_a_dispute_is_a_register_of_its_payment():
    assert only(reading("charge.dispute.created")) == DisputeFact(
        status=DisputeStatus.NEEDS_RESPONSE,
        dispute="dp_demo_0001",
        payment="pi_demo_0001",
        amount_minor=120_000,
        currency="USD",
        occurred_at=AT,
        reason="fraudulent",
        respond_by=datetime(2026, 11, 27, 11, 6, 40, tzinfo=UTC),
    )


@pytest.mark.parametrize("event_type", TYPES)
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("warning_needs_response", DisputeStatus.INQUIRY),
        ("warning_under_review", DisputeStatus.INQUIRY),
        ("warning_closed", DisputeStatus.CLOSED),
        ("prevented", DisputeStatus.CLOSED),
        ("charge_refunded", DisputeStatus.CLOSED),
        ("needs_response", DisputeStatus.NEEDS_RESPONSE),
        ("under_review", DisputeStatus.UNDER_REVIEW),
        ("won", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
    ],
)
def test_a_dispute_stands_where_its_object_says_whatever_event_brought_it(event_type, word, status):
    (fact,) = of(DisputeFact, reading(event_type, {"status": word}))

    assert fact.status is status


def test_a_dispute_of_a_bare_charge_names_the_charge():
    assert only(reading("charge.dispute.created", {"payment_intent": ...})).payment == "ch_demo_0001"


def test_withdrawn_money_and_the_fee_for_it_are_told_with_the_dispute():
    facts = reading("charge.dispute.funds_withdrawn")

    assert of(DisputeFundsFact, facts) == [
        DisputeFundsFact(
            movement="txn_dp_demo_0001_1",
            direction=FundsDirection.WITHDRAWN,
            dispute="dp_demo_0001",
            payment="pi_demo_0001",
            amount_minor=120_000,
            currency="USD",
            occurred_at=AT,
        )
    ]
    (fee,) = of(FeeFact, facts)
    assert (fee.source, fee.about, fee.fee_minor) == ("txn_dp_demo_0001_1", "dp_demo_0001", 1_500)


def test_money_given_back_is_a_second_movement_of_the_same_dispute():
    withdrawn, reinstated = of(DisputeFundsFact, reading("charge.dispute.funds_reinstated"))

    assert (withdrawn.direction, reinstated.direction) == (
        FundsDirection.WITHDRAWN,
        FundsDirection.REINSTATED,
    )
    assert withdrawn.movement != reinstated.movement


def test_part_of_the_contested_money_may_come_back():
    entry = {"id": "txn_2", "amount": 50_000, "currency": "usd", "fee": 0}
    facts = reading("charge.dispute.funds_reinstated", {"balance_transactions": [entry]})

    assert [funds.amount_minor for funds in of(DisputeFundsFact, facts)] == [50_000]


def test_contested_money_settled_in_another_currency_is_exchanged_both_ways():
    facts = reading("charge.dispute.funds_reinstated", settled_currency="EUR", settled_minor=110_000)

    assert {(funds.amount_minor, funds.currency) for funds in of(DisputeFundsFact, facts)} == {
        (120_000, "USD")
    }
    assert [(each.sold_minor, each.bought_minor) for each in of(ConversionFact, facts)] == [
        (-120_000, -110_000),
        (120_000, 110_000),
    ]
    assert {each.about for each in of(ConversionFact, facts)} == {"dp_demo_0001"}


def test_an_old_dispute_carries_one_transaction():
    entry = {"id": "txn_1", "amount": -120_000, "currency": "usd", "fee": 1_500, "fee_details": []}
    changes = {"balance_transactions": ..., "balance_transaction": entry}
    facts = reading("charge.dispute.created", changes)

    assert [funds.movement for funds in of(DisputeFundsFact, facts)] == ["txn_1"]


@pytest.mark.parametrize("entries", [["txn_1"], [], None, "txn_1"])
def test_transactions_that_are_only_named_say_nothing(entries):
    assert isinstance(only(reading("charge.dispute.created", {"balance_transactions": entries})), DisputeFact)


@pytest.mark.parametrize("currency", ["usd", "eur"])
def test_a_fee_that_moves_no_contested_money_is_only_a_fee(currency):
    entry = {"id": "txn_3", "amount": 0, "currency": currency, "fee": -1_500, "fee_details": []}
    facts = reading("charge.dispute.closed", {"balance_transactions": [entry]})

    assert of(DisputeFundsFact, facts) == []
    assert of(ConversionFact, facts) == []
    assert [(fee.fee_minor, fee.currency) for fee in of(FeeFact, facts)] == [(-1_500, currency.upper())]


def test_a_dispute_over_nothing_is_no_money():
    assert reading("charge.dispute.created", {"amount": 0}) == Ignored(reason="no money")


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        ("radar.early_fraud_warning.created", FraudWarningStatus.ACTIONABLE),
        ("radar.early_fraud_warning.updated", FraudWarningStatus.SPENT),
    ],
)
def test_a_fraud_warning_says_whether_a_refund_still_helps(event_type, status):
    assert only(reading(event_type)) == FraudWarningFact(
        warning="issfr_demo_0001",
        status=status,
        payment="pi_demo_0001",
        occurred_at=AT,
        reason="unauthorized_use_of_card",
    )


def test_an_older_fraud_warning_names_only_the_charge():
    fact = only(reading("radar.early_fraud_warning.created", {"payment_intent": ...}))

    assert fact.payment == "ch_demo_0001"
