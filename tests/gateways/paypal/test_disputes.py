from datetime import UTC, datetime

import pytest

from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.protocol import Unreadable
from bursar.rules.facts import DisputeFact, DisputeFundsFact, FeeFact
from bursar.rules.states import DisputeStatus
from tests.gateways.paypal.reading import facts_of, read_found, the, usd

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


def _movement(reason, value, party="SELLER", kind="DEBIT", currency="USD"):
    amount = {"currency_code": currency, "value": value}
    return {"affected_party": party, "amount": amount, "type": kind, "reason": reason}


def test_a_dispute_contests_the_payment_of_our_side():
    assert read_found(Kind.DISPUTE, {"status": "OPEN"}) == (
        DisputeFact(
            status=DisputeStatus.NEEDS_RESPONSE,
            dispute="PP-D-5DEMO0001",
            payment="5DEMO0001",
            amount_minor=49_900,
            currency="USD",
            occurred_at=AT,
            reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
            respond_by=datetime(2026, 11, 28, 11, 6, 40, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("word", "stage", "outcome", "status"),
    [
        ("OPEN", "CHARGEBACK", None, DisputeStatus.NEEDS_RESPONSE),
        ("WAITING_FOR_SELLER_RESPONSE", "CHARGEBACK", None, DisputeStatus.NEEDS_RESPONSE),
        ("WAITING_FOR_BUYER_RESPONSE", "CHARGEBACK", None, DisputeStatus.UNDER_REVIEW),
        ("UNDER_REVIEW", "PRE_ARBITRATION", None, DisputeStatus.UNDER_REVIEW),
        ("OTHER", "ARBITRATION", None, DisputeStatus.UNDER_REVIEW),
        ("OPEN", "INQUIRY", None, DisputeStatus.INQUIRY),
        ("UNDER_REVIEW", "INQUIRY", None, DisputeStatus.INQUIRY),
        ("RESOLVED", "CHARGEBACK", "RESOLVED_SELLER_FAVOUR", DisputeStatus.WON),
        ("RESOLVED", "CHARGEBACK", "RESOLVED_WITH_PAYOUT", DisputeStatus.CLOSED),
        ("RESOLVED", "INQUIRY", "CANCELED_BY_BUYER", DisputeStatus.CLOSED),
        ("RESOLVED", "CHARGEBACK", "RESOLVED_BUYER_FAVOUR", DisputeStatus.CLOSED),
        ("RESOLVED", "CHARGEBACK", None, DisputeStatus.CLOSED),
        ("OPEN", "CHARGEBACK", "RESOLVED_SELLER_FAVOUR", DisputeStatus.NEEDS_RESPONSE),
    ],
)
def test_a_dispute_stands_where_status_stage_and_outcome_say(word, stage, outcome, status):
    fields = {"status": word, "dispute_life_cycle_stage": stage, "dispute_outcome": {"outcome_code": outcome}}

    assert the(DisputeFact, read_found(Kind.DISPUTE, fields)).status is status


def test_a_dispute_moves_no_money_for_the_refund_or_reversal_of_its_payment_does():
    movements = [
        _movement("DISPUTE_SETTLEMENT", "499.00", party="BUYER", kind="CREDIT"),
        _movement("DISPUTE_SETTLEMENT", "480.00"),
    ]
    fields = {"status": "RESOLVED", "money_movements": movements}
    reading = read_found(
        Kind.DISPUTE, fields | {"dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"}}
    )

    assert facts_of(DisputeFundsFact, reading) == facts_of(FeeFact, reading) == []
    assert the(DisputeFact, reading).status is not DisputeStatus.LOST


def test_the_fees_of_a_dispute_are_one_sum_under_its_id():
    movements = [
        _movement("DISPUTE_SETTLEMENT_FEE", "15.00"),
        _movement("DISPUTE_FEE", "0.49"),
        _movement("DISPUTE_FEE", "5.00", kind="CREDIT"),
        _movement("DISPUTE_FEE", "7.00", party="BUYER"),
        _movement(None, "7.00"),
        None,
    ]
    fee = the(FeeFact, read_found(Kind.DISPUTE, {"money_movements": movements}))

    assert (fee.source, fee.about, fee.fee_minor) == ("PP-D-5DEMO0001:fee", "PP-D-5DEMO0001", 1_049)


def test_a_fee_that_was_given_back_is_none():
    movements = [_movement("DISPUTE_FEE", "15.00"), _movement("DISPUTE_FEE", "15.00", kind="CREDIT")]

    assert facts_of(FeeFact, read_found(Kind.DISPUTE, {"money_movements": movements})) == []


def test_a_due_date_without_a_zone_means_utc():
    fact = the(DisputeFact, read_found(Kind.DISPUTE, {"seller_response_due_date": "2026-12-10T20:38:52.000"}))

    assert fact.respond_by == datetime(2026, 12, 10, 20, 38, 52, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"dispute_id": None}, r"dispute_id must be"),
        ({"status": "UNHEARD_OF"}, r"status is not"),
        ({"dispute_amount": usd("0.00")}, r"dispute_amount must be above 0"),
        ({"disputed_transactions": None}, r"disputed_transactions must name exactly one"),
        ({"disputed_transactions": []}, r"disputed_transactions must name exactly one"),
        ({"disputed_transactions": [{}, {}]}, r"disputed_transactions must name exactly one"),
        ({"disputed_transactions": [{}]}, r"disputed_transactions\[0\]\.seller_transaction_id must be"),
        (
            {"money_movements": [_movement("A_FEE", "1.00"), _movement("A_FEE", "1.00", currency="EUR")]},
            r"money_movements\[\]\.amount must have one currency",
        ),
        ({"money_movements": [_movement("A_FEE", "1.001")]}, r"money_movements\[\]\.amount\.value has more"),
    ],
)
def test_a_dispute_that_makes_no_sense_is_unreadable_and_names_the_field(fields, reason):
    with pytest.raises(Unreadable, match=rf"^dispute\.{reason}"):
        read_found(Kind.DISPUTE, fields)
