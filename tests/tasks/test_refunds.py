"""Refunds from here: asked for, decided once, sent once; never more than is left of the payment."""

import pytest

from bursar.errors import Refused
from bursar.gateways.api.failures import FailureCode
from bursar.gateways.api.requests import Refund
from bursar.gateways.health.buckets import RateLimited
from bursar.rules.states import RefundEffect
from models.queries import refund_requests
from models.queries.refund_requests import PaymentUnknown, RequestDecided, RequestUnknown
from models.session import transaction
from tasks.payments import reconcile, refund
from tasks.refunds import NotRefundable, RefundWish, approve_refund, reject_refund, request_refund
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.support.toy.api import away, lost, refused
from tests.support.toy.told import toy_event
from tests.tasks.steps import broken, hurry, open_breaks, tell, twice, work_off

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def payment(toy):
    invoice = make_invoice(make_customer(), [600_00, 400_00])
    tell(
        toy_event("payment.succeeded", payment="toy_pay", amount=1000_00, invoice=str(invoice)), gateway="toy"
    )
    work_off()
    return value("SELECT id FROM payments")


def wish(payment_id, amount_minor=None, **more):
    said = {"reason": "moved away", "requested_by": "desk", **more}
    return request_refund(RefundWish(payment_id=payment_id, amount_minor=amount_minor, **said))


def statuses():
    return rows("SELECT status FROM refund_requests ORDER BY created_at")


def test_a_refund_is_sent_once_it_is_approved_and_taken_out_of_the_books(toy, payment):
    request_id = wish(payment, 400_00)
    reconcile()
    assert toy.sent == []

    approve_refund(request_id, "head")
    twice(refund)
    tell()

    [(_, sent)] = toy.sent
    assert sent == Refund(
        refund=str(request_id),
        payment="toy_pay",
        amount_minor=400_00,
        currency="INR",
        effect=RefundEffect.CANCEL,
    )
    assert rows("SELECT amount_minor, status FROM refunds") == [(400_00, "succeeded")]
    assert value("SELECT refunded_minor FROM payments") == 400_00
    with transaction() as session:
        assert refund_requests.get(session, request_id).status == "succeeded"
    work_off()
    assert broken() == []


def test_all_that_is_left_is_given_back_by_default(toy, payment):
    approve_refund(wish(payment, 999_00), "head")
    refund()
    tell()

    approve_refund(wish(payment), "head")
    refund()
    tell()

    assert value("SELECT refunded_minor FROM payments") == 1000_00
    with pytest.raises(NotRefundable, match="in full"):
        wish(payment)


def test_wishes_that_are_not_decided_count_as_spoken_for(payment):
    wish(payment, 700_00)

    with pytest.raises(NotRefundable, match=r"300\.00 left"):
        wish(payment, 300_01)
    wish(payment, 300_00)


def test_what_the_gateway_gave_back_by_itself_counts_too(toy, payment):
    event = toy_event("refund.succeeded", payment="toy_pay", refund="toy_re_0", amount=900_00)
    tell(event, gateway="toy")

    with pytest.raises(NotRefundable, match=r"100\.00 left"):
        wish(payment, 100_01)


def test_a_refund_that_was_told_before_it_was_answered_is_the_same_refund(toy, payment):
    request_id = approve_and_lose(toy, payment)
    event = toy_event("refund.succeeded", payment="toy_pay", refund="toy_re_1", amount=400_00)
    tell(event, gateway="toy")

    hurry("gateway_calls")
    reconcile()
    tell()

    assert rows("SELECT gateway_refund_id, amount_minor FROM refunds") == [("toy_re_1", 400_00)]
    assert rows("SELECT gateway_refund_id FROM refund_requests") == [("toy_re_1",)]
    assert value("SELECT refunded_minor FROM payments") == 400_00
    assert len(toy.sent) == 1
    assert request_id == value("SELECT id FROM refund_requests")


def approve_and_lose(toy, payment):
    request_id = wish(payment, 400_00)
    approve_refund(request_id, "head")
    toy.after = [lost()]
    refund()
    return request_id


def test_a_rejected_wish_gives_nothing_back_and_frees_what_it_spoke_for(toy, payment):
    request_id = wish(payment)

    reject_refund(request_id, "head", "outside the terms")
    reconcile()

    assert toy.sent == []
    assert rows("SELECT status, decision FROM refund_requests") == [("rejected", "outside the terms")]
    assert wish(payment) != request_id


@pytest.mark.parametrize("first", ["approve", "reject"])
@pytest.mark.parametrize("second", ["approve", "reject"])
def test_a_wish_is_decided_once(payment, first, second):
    decide = {
        "approve": lambda request_id: approve_refund(request_id, "head"),
        "reject": lambda request_id: reject_refund(request_id, "head", "no"),
    }
    request_id = wish(payment)
    decide[first](request_id)

    with pytest.raises(RequestDecided):
        decide[second](request_id)


def test_a_refund_that_the_gateway_refuses_waits_for_a_person(toy, payment):
    approve_refund(wish(payment), "head")
    toy.before = [refused(FailureCode.INVALID)]

    refund()

    assert statuses() == [("failed",)]
    assert open_breaks() == ["call_refused"]
    assert wish(payment)


def test_a_gateway_that_is_away_is_asked_again_until_it_answers(toy, payment):
    approve_refund(wish(payment), "head")
    toy.before = [away(), away()]

    for _ in range(3):
        refund()
        hurry("gateway_calls")

    assert len({key for key, _ in toy.sent}) == 1
    assert statuses() == [("pending",)]


def test_every_step_is_audited_with_who_did_it(payment):
    approve_refund(wish(payment), "head")

    assert rows("SELECT actor, action FROM audit_log WHERE subject_type = 'refund_request' ORDER BY id") == [
        ("desk", "refund_request.requested"),
        ("head", "refund_request.approved"),
    ]


@pytest.mark.parametrize("amount_minor", [0, -1, 1000_01])
def test_an_amount_that_is_not_left_is_refused(payment, amount_minor):
    with pytest.raises(NotRefundable):
        wish(payment, amount_minor)


def test_a_customer_for_whom_too_much_is_asked_back_at_once_has_to_wait(payment, slow_customers):
    wish(payment, 1_00)

    with pytest.raises(RateLimited, match="this customer asks too often: wait"):
        wish(payment, 1_00)

    assert statuses() == [("requested",)]


def test_a_reason_is_needed(payment):
    with pytest.raises(NotRefundable, match="reason"):
        wish(payment, reason="  ")


def test_a_payment_that_was_not_captured_cannot_be_given_back(toy):
    tell(toy_event("payment.processing", payment="toy_pay", amount=5), gateway="toy")

    with pytest.raises(NotRefundable, match="processing"):
        wish(value("SELECT id FROM payments"))


def test_what_does_not_exist_is_refused(toy):
    with pytest.raises(PaymentUnknown):
        wish(NOBODY)
    with pytest.raises(RequestUnknown):
        approve_refund(NOBODY, "head")
    assert issubclass(RequestUnknown, Refused)
