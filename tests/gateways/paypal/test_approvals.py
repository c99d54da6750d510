import pytest

from bursar.gateways.api.requests import Capture
from bursar.gateways.paypal.approvals import find_capture
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.protocol import Unreadable
from tests.gateways.paypal.reading import found, usd

ORDER = Kind.ORDER.fetched_type
APPROVED = {"status": "APPROVED"}


def test_an_approved_order_wants_to_be_captured_with_its_own_amount():
    order = found(Kind.ORDER, APPROVED, checkout="O1", amount_minor=4_900, currency="EUR")

    assert find_capture(ORDER, order) == Capture(payment="O1", amount_minor=4_900, currency="EUR")


@pytest.mark.parametrize(
    ("event_type", "changes"),
    [
        (ORDER, {"status": "CREATED"}),
        (ORDER, {"status": "COMPLETED"}),
        (ORDER, {"status": "PAYER_ACTION_REQUIRED"}),
        (ORDER, {"status": "APPROVED", "intent": "AUTHORIZE"}),
        (ORDER, {"status": None}),
        (Kind.CAPTURE.fetched_type, APPROVED),
        ("CHECKOUT.ORDER.APPROVED", APPROVED),
    ],
)
def test_nothing_else_does(event_type, changes):
    assert find_capture(event_type, found(Kind.ORDER, changes)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"purchase_units": None},
        {"purchase_units": []},
        {"purchase_units": [{"amount": usd("1.00")}] * 2},
        {"purchase_units": [{"amount": usd("0.001")}]},
        {"purchase_units": ["unit"]},
        {"id": "../O1"},
    ],
)
def test_an_order_that_is_none_of_ours_is_refused_by_field(changes):
    with pytest.raises(Unreadable, match=r"order\."):
        find_capture(ORDER, found(Kind.ORDER, APPROVED | changes))
