from datetime import UTC, datetime

import pytest

from bursar.gateways.protocol import Unreadable
from bursar.gateways.razorpay.facts import read
from bursar.rules.facts import DisputeFact, DisputeFundsFact, PaymentFact
from bursar.rules.states import DisputeStatus, FundsDirection
from tests.gateways.razorpay.reading import document_of, facts_of, read_event, the

AT = datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)
WITHDRAWN, REINSTATED = FundsDirection.WITHDRAWN, FundsDirection.REINSTATED


def _dispute(word, **fields):
    return read_event(f"payment.dispute.{word}", {"dispute": fields})


def test_a_new_dispute_contests_a_payment_and_moves_no_money():
    reading = _dispute("created")

    assert the(PaymentFact, reading).payment == "pay_demo0001"
    assert facts_of(DisputeFundsFact, reading) == []
    assert the(DisputeFact, reading) == DisputeFact(
        status=DisputeStatus.NEEDS_RESPONSE,
        dispute="disp_demo0001",
        payment="pay_demo0001",
        amount_minor=6_100_000,
        currency="INR",
        occurred_at=AT,
        reason="goods_or_services_not_received_or_partially_received",
        respond_by=datetime(2026, 11, 25, 11, 6, 40, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("word", "entity", "status"),
    [
        ("created", {"status": "open"}, DisputeStatus.NEEDS_RESPONSE),
        ("created", {"status": "lost"}, DisputeStatus.LOST),
        ("action_required", {"status": "open"}, DisputeStatus.NEEDS_RESPONSE),
        ("under_review", {"status": "under_review"}, DisputeStatus.UNDER_REVIEW),
        ("under_review", {"status": "won"}, DisputeStatus.WON),
        ("closed", {"status": "closed"}, DisputeStatus.CLOSED),
        ("created", {"status": "open", "phase": "retrieval"}, DisputeStatus.INQUIRY),
        ("under_review", {"status": "under_review", "phase": "retrieval"}, DisputeStatus.INQUIRY),
        ("closed", {"status": "closed", "phase": "retrieval"}, DisputeStatus.CLOSED),
        ("created", {"status": "open", "phase": "pre_arbitration"}, DisputeStatus.NEEDS_RESPONSE),
        ("created", {"status": "open", "phase": ["retrieval"]}, DisputeStatus.NEEDS_RESPONSE),
    ],
)
def test_a_dispute_stands_where_its_entity_says(word, entity, status):
    assert the(DisputeFact, _dispute(word, **entity)).status is status


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("created", DisputeStatus.NEEDS_RESPONSE),
        ("action_required", DisputeStatus.NEEDS_RESPONSE),
        ("under_review", DisputeStatus.UNDER_REVIEW),
        ("won", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
        ("closed", DisputeStatus.CLOSED),
    ],
)
def test_where_the_entity_says_nothing_the_type_does(word, status):
    assert the(DisputeFact, _dispute(word, status=None)).status is status


@pytest.mark.parametrize(
    ("word", "deducted", "moved"),
    [
        ("created", 0, []),
        ("created", None, []),
        ("created", 500, [(WITHDRAWN, 500)]),
        ("under_review", 500, [(WITHDRAWN, 500)]),
        ("lost", 500, [(WITHDRAWN, 500)]),
        ("lost", 0, [(WITHDRAWN, 6_100_000)]),
        ("lost", None, [(WITHDRAWN, 6_100_000)]),
        ("won", 0, []),
        ("won", 500, [(WITHDRAWN, 500), (REINSTATED, 500)]),
        ("closed", 0, []),
        ("closed", 500, [(WITHDRAWN, 500), (REINSTATED, 500)]),
    ],
)
def test_what_was_deducted_left_us_and_what_was_won_came_back(word, deducted, moved):
    funds = facts_of(DisputeFundsFact, _dispute(word, amount_deducted=deducted))

    assert [(each.direction, each.amount_minor) for each in funds] == moved
    assert [each.movement for each in funds] == [f"disp_demo0001:{direction}" for direction, _ in moved]
    assert all((each.dispute, each.payment) == ("disp_demo0001", "pay_demo0001") for each in funds)


def test_a_dispute_without_its_payment_beside_it_is_still_a_dispute():
    document = document_of("payment.dispute.created")
    del document["payload"]["payment"]
    (dispute,) = read("payment.dispute.created", document)

    assert dispute.payment == "pay_demo0001"


def test_the_beginning_of_a_dispute_is_not_the_time_of_its_news():
    document = document_of("payment.dispute.created") | {"created_at": None}
    dispute = the(DisputeFact, read("payment.dispute.created", document))

    assert dispute.occurred_at is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None}, "id must be"),
        ({"payment_id": ""}, "payment_id must be"),
        ({"status": "unheard_of"}, "status is not"),
        ({"status": {}}, "status is not"),
        ({"amount": 0}, "amount must be"),
        ({"amount_deducted": "500"}, "amount_deducted must be"),
        ({"amount_deducted": -1}, "amount_deducted must be"),
        ({"amount_deducted": False}, "amount_deducted must be"),
        ({"currency": None}, "currency must be"),
    ],
)
def test_a_dispute_that_makes_no_sense_is_unreadable_and_names_the_field(fields, reason):
    with pytest.raises(Unreadable, match=rf"payload\.dispute\.entity\.{reason}"):
        _dispute("lost", **fields)
