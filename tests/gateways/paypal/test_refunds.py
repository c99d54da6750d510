from datetime import UTC, datetime

import pytest

from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.protocol import Unreadable
from bursar.rules.facts import DisputeFact, DisputeFundsFact, FeeFact, RefundFact
from bursar.rules.states import DisputeStatus, FundsDirection, RefundStatus
from tests.gateways.paypal.reading import facts_of, read_found, the, usd

AT = datetime(2026, 11, 18, 11, 7, 40, tzinfo=UTC)
REFUNDS = pytest.mark.parametrize("kind", [Kind.REFUND, Kind.SALE_REFUND])
REVERSALS = pytest.mark.parametrize("kind", [Kind.REVERSAL, Kind.SALE_REVERSAL])
ALL = pytest.mark.parametrize("kind", [Kind.REFUND, Kind.SALE_REFUND, Kind.REVERSAL, Kind.SALE_REVERSAL])
UP = "https://api-m.paypal.com/v2/payments/captures/9ABC"


@REFUNDS
def test_a_refund_takes_money_from_the_payment_it_points_up_to(kind):
    assert read_found(kind, refund_minor=1_000) == (
        RefundFact(
            status=RefundStatus.SUCCEEDED,
            refund="5DEMO0001-R",
            payment="5DEMO0001",
            amount_minor=1_000,
            currency="USD",
            occurred_at=AT,
        ),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("COMPLETED", RefundStatus.SUCCEEDED),
        ("PENDING", RefundStatus.PENDING),
        ("FAILED", RefundStatus.FAILED),
        ("CANCELLED", RefundStatus.CANCELED),
    ],
)
def test_a_refund_stands_where_its_status_says(word, status):
    sale = read_found(Kind.SALE_REFUND, {"state": word.lower()})

    assert the(RefundFact, read_found(Kind.REFUND, {"status": word})).status is status
    assert the(RefundFact, sale).status is status


@pytest.mark.parametrize(
    "links",
    [
        [{"rel": "up", "href": UP}],
        [{"rel": "up", "href": "https://api.sandbox.paypal.com/v2/payments/captures/9ABC"}],
        [{"rel": "capture", "href": "https://api.paypal.com/v1/payments/capture/9ABC"}],
        [{"rel": "sale", "href": "https://api.paypal.com/v1/payments/sale/9ABC"}],
        [
            None,
            {"rel": "self", "href": "https://api.paypal.com/v2/payments/captures/1"},
            {"rel": "up", "href": UP},
        ],
        [{"rel": ["up"], "href": UP}, {"rel": "up", "href": 7}, {"rel": "up", "href": UP}],
    ],
)
def test_the_link_up_names_the_payment(links):
    assert the(RefundFact, read_found(Kind.REFUND, {"links": links})).payment == "9ABC"


@pytest.mark.parametrize("field", ["capture_id", "sale_id"])
def test_v1_names_the_payment_itself(field):
    fact = the(RefundFact, read_found(Kind.SALE_REFUND, {"sale_id": None, "links": None, field: "9ABC"}))

    assert fact.payment == "9ABC"


@ALL
@pytest.mark.parametrize(
    "links",
    [
        None,
        [],
        "up",
        [{"rel": "up", "href": "https://api.paypal.com/v2/checkout/orders/9ABC"}],
        [{"rel": "up", "href": f"{UP}/refund"}],
        [{"rel": "up", "href": f"{UP}?x=1"}],
        [{"rel": "refund", "href": UP}],
        [{"rel": "self", "href": UP}] * 50 + [{"rel": "up", "href": UP}],
    ],
)
def test_what_points_up_to_nothing_is_unreadable(kind, links):
    with pytest.raises(Unreadable, match=r"^re(fund|versal)\.links must lead up to a capture or sale$"):
        read_found(kind, {"links": links, "sale_id": None})


def test_what_comes_back_of_the_fee_is_a_fee_below_0():
    breakdown = {"gross_amount": usd("10.00"), "paypal_fee": usd("0.30"), "net_amount": usd("9.70")}
    fee = the(FeeFact, read_found(Kind.REFUND, {"seller_payable_breakdown": breakdown}))
    old = read_found(Kind.SALE_REFUND, {"refund_from_transaction_fee": {"currency": "USD", "value": "0.30"}})

    assert (fee.source, fee.about, fee.fee_minor, fee.currency) == ("5DEMO0001-R", "5DEMO0001-R", -30, "USD")
    assert the(FeeFact, old) == fee


def test_a_refund_on_its_way_gives_no_fee_back_yet():
    breakdown = {"paypal_fee": usd("0.30")}
    reading = read_found(Kind.REFUND, {"status": "PENDING", "seller_payable_breakdown": breakdown})

    assert facts_of(FeeFact, reading) == []


@REVERSALS
def test_a_reversal_is_a_dispute_that_is_lost_with_its_money(kind):
    dispute, funds = read_found(kind, refund_minor=1_000)

    assert dispute == DisputeFact(
        status=DisputeStatus.LOST,
        dispute="5DEMO0001-R",
        payment="5DEMO0001",
        amount_minor=1_000,
        currency="USD",
        occurred_at=AT,
    )
    assert funds == DisputeFundsFact(
        movement="5DEMO0001-R:withdrawn",
        direction=FundsDirection.WITHDRAWN,
        dispute="5DEMO0001-R",
        payment="5DEMO0001",
        amount_minor=1_000,
        currency="USD",
        occurred_at=AT,
    )


@pytest.mark.parametrize(
    ("word", "status", "moved"),
    [
        ("PENDING", DisputeStatus.UNDER_REVIEW, []),
        ("FAILED", DisputeStatus.CLOSED, [FundsDirection.WITHDRAWN, FundsDirection.REINSTATED]),
        ("CANCELLED", DisputeStatus.CLOSED, [FundsDirection.WITHDRAWN, FundsDirection.REINSTATED]),
    ],
)
def test_a_reversal_that_came_to_nothing_moved_nothing_on_balance(word, status, moved):
    reading = read_found(Kind.REVERSAL, {"status": word})

    assert the(DisputeFact, reading).status is status
    assert [each.direction for each in facts_of(DisputeFundsFact, reading)] == moved


@ALL
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": ""}, r"id must be"),
        ({"amount": usd("0.00")}, r"amount must not be 0"),
        ({"status": "UNHEARD_OF"}, r"status is not"),
        ({"amount": None}, r"amount must be an object"),
    ],
)
def test_a_refund_that_makes_no_sense_is_unreadable_and_names_the_field(kind, fields, reason):
    with pytest.raises(Unreadable, match=rf"^re(fund|versal)\.{reason}"):
        read_found(kind, fields)
