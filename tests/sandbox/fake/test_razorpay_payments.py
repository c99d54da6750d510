from collections.abc import Iterator

import pytest
import requests

from bursar.rules.facts import CheckoutFact, FeeFact, PaymentFact, RefundFact
from bursar.rules.states import PaymentStatus, RefundStatus
from bursar.sandbox.fake.book import Kind, Standing
from bursar.sandbox.fake.faults import FaultKind
from tests.sandbox.fake.conftest import Stage
from tests.sandbox.fake.razorpay_stage import DAY_S, RazorpayStage, staged

KEY = {"X-Refund-Idempotency": "refund-key-0001"}


@pytest.fixture
def fake(stage: Stage) -> Iterator[RazorpayStage]:
    made = staged(stage.gateways)
    yield made
    made.sdk.session.close()


def test_one_paid_order_is_told_three_times_and_is_one_payment(fake):
    payment = fake.paid()

    assert fake.types() == ["payment.authorized", "payment.captured", "order.paid"]
    assert {fact.payment for fact in fake.facts(PaymentFact)} == {payment}
    assert [fact.status for fact in fake.facts(PaymentFact)] == [
        PaymentStatus.AUTHORIZED,
        PaymentStatus.SUCCEEDED,
        PaymentStatus.SUCCEEDED,
    ]
    assert len(fake.facts(CheckoutFact)) == 1


def test_fee_and_tax_are_null_until_a_payment_is_captured(fake):
    fake.paid(amount=500_000)

    before = fake.entity("payment.authorized", "payment")
    after = fake.entity("payment.captured", "payment")
    assert (before["fee"], before["tax"], before["captured"]) == (None, None, False)
    assert (after["fee"], after["tax"], after["captured"]) == (11_800, 1_800, True)
    assert {(fact.fee_minor, fact.tax_minor) for fact in fake.facts(FeeFact)} == {(11_800, 1_800)}


@pytest.mark.parametrize("notes", [{}, {"invoice": "INV-7"}])
def test_empty_notes_are_a_list(fake, notes):
    order = fake.order(notes=notes)

    assert fake.sdk.order.fetch(order)["notes"] == (notes or [])


def test_a_declined_payment_can_be_authorised_late(fake):
    order = fake.order()
    failed = fake.control("decline", checkout=order, reason="payment_timed_out")["id"]
    assert fake.sdk.order.fetch(order)["status"] == "attempted"

    fake.control("authorize_late", payment=failed)

    assert fake.types() == ["payment.failed", "payment.authorized", "payment.captured", "order.paid"]
    assert fake.entity("payment.failed", "payment")["error_reason"] == "payment_timed_out"
    assert fake.sdk.payment.fetch(failed)["error_reason"] is None
    assert fake.gateways.book.captured() == {failed: 50_000}


def test_what_is_never_captured_goes_back_after_five_days(fake):
    payment = fake.paid(payment_capture=False)
    assert fake.sdk.payment.fetch(payment)["status"] == "authorized"

    fake.advance(5 * DAY_S)

    assert fake.types() == ["payment.authorized", "refund.processed"]
    assert fake.sdk.payment.fetch(payment)["captured"] is False
    assert fake.facts(RefundFact) == []
    assert [row.standing for row in fake.gateways.book.rows()] == [Standing.RELEASED]


def test_a_payment_in_another_currency_is_exchanged(fake):
    order = fake.sdk.order.create({"amount": 2_000, "currency": "USD"})["id"]
    fake.control("pay", checkout=order)

    told = fake.entity("payment.captured", "payment")
    assert (told["base_amount"], told["base_currency"], told["international"]) == (160_000, "INR", True)


# -- refunds


def test_the_same_key_and_body_is_one_refund(fake):
    payment = fake.paid()
    first, again = (fake.sdk.payment.refund(payment, {"amount": 100}, headers=dict(KEY)) for _ in range(2))

    assert first == again
    assert len(fake.gateways.book.rows(Kind.REFUND)) == 1
    assert fake.gateways.book.rows(Kind.REFUND)[0].key == "refund-key-0001"


def test_without_a_key_the_same_request_is_two_refunds(fake):
    payment = fake.paid()
    for _ in range(2):
        fake.sdk.payment.refund(payment, {"amount": 100})

    assert fake.sdk.payment.fetch(payment)["amount_refunded"] == 200


def test_a_key_of_another_amount_and_one_that_is_too_short_are_refused(fake):
    payment = fake.paid()
    fake.sdk.payment.refund(payment, {"amount": 100}, headers=dict(KEY))

    other = fake.error(fake.sdk.payment.refund, payment, {"amount": 200}, headers=dict(KEY))
    short = fake.error(
        fake.sdk.payment.refund, payment, {"amount": 200}, headers={"X-Refund-Idempotency": "short"}
    )

    assert other["status"] == short["status"] == 400
    assert other["description"].startswith("Different request with the same idempotency key")
    assert "at least 10" in short["description"]


def test_a_refund_is_told_with_its_payment_and_may_fail_after_it_was_processed(fake):
    payment = fake.paid()
    refund = fake.sdk.payment.refund(payment, {"amount": 50_000})["id"]
    assert fake.sdk.payment.fetch(payment)["status"] == "refunded"

    fake.control("fail_refund", refund=refund)

    assert fake.types()[3:] == ["refund.created", "refund.processed", "refund.failed"]
    assert [fact.status for fact in fake.facts(RefundFact)] == [
        RefundStatus.PENDING,
        RefundStatus.SUCCEEDED,
        RefundStatus.FAILED,
    ]
    assert fake.sdk.payment.fetch(payment)["status"] == "captured"
    assert fake.gateways.book.sums()["razorpay.INR.refund.failed"] == 50_000


def test_a_refund_on_the_gateways_site_has_no_notes(fake):
    payment = fake.paid()

    fake.control("refund", payment=payment, amount=700)

    (refund,) = fake.sdk.payment.fetch_multiple_refund(payment)["items"]
    assert (refund["amount"], refund["notes"]) == (700, [])


# -- charges of a token


def test_a_token_is_charged_at_once_or_after_its_notice(fake):
    customer = fake.sdk.customer.create({"name": "Ada Learner", "email": "ada@example.com"})["id"]
    for method, at_once in (("card", True), ("upi", False)):
        token = fake.control("save_token", customer=customer, method=method)["id"]
        order = fake.order()
        answer = fake.sdk.payment.createRecurring(_recurring(fake, customer, token, order))
        payment = fake.sdk.payment.fetch(answer["razorpay_payment_id"])

        assert (payment["status"] == "captured") is at_once
    fake.advance(2 * DAY_S)
    assert sum(fake.gateways.book.captured().values()) == 100_000


def test_a_scripted_decline_is_a_failed_payment_and_an_error_that_names_it(fake):
    customer = fake.sdk.customer.create({"name": "Ada Learner", "email": "ada@example.com"})["id"]
    token = fake.control("save_token", customer=customer)["id"]
    fake.fail("payments.recurring", FaultKind.DECLINE, decline_code="insufficient_funds")

    refused = fake.error(fake.sdk.payment.createRecurring, _recurring(fake, customer, token, fake.order()))

    assert (refused["status"], refused["reason"], refused["source"]) == (400, "insufficient_funds", "bank")
    assert fake.entity("payment.failed", "payment")["id"] == refused["metadata"]["payment_id"]


def _recurring(fake, customer, token, order):
    return {
        "email": "ada@example.com",
        "contact": "+910000000000",
        "amount": 50_000,
        "currency": "INR",
        "order_id": order,
        "customer_id": customer,
        "token": token,
        "recurring": "1",
    }


# -- what is refused


REFUSED = [
    ({"amount": 99, "currency": "INR"}, "amount"),
    ({"amount": 10**14, "currency": "INR"}, "amount"),
    ({"amount": "500", "currency": "INR"}, "amount"),
    ({"amount": True, "currency": "INR"}, "amount"),
    ({"amount": 5.5, "currency": "INR"}, "amount"),
    ({"currency": "INR"}, "amount"),
    ({"amount": 500}, "currency"),
    ({"amount": 500, "currency": "inr"}, "currency"),
    ({"amount": 500, "currency": "INR", "receipt": "x" * 41}, "receipt"),
    ({"amount": 500, "currency": "INR", "metadata": {}}, "metadata"),
    ({"amount": 500, "currency": "INR", "notes": {str(n): "x" for n in range(16)}}, "notes"),
    ({"amount": 500, "currency": "INR", "notes": {"a": "x" * 257}}, "notes"),
    ({"amount": 500, "currency": "INR", "notes": {"a": 1}}, "notes"),
]


@pytest.mark.parametrize(("data", "field"), REFUSED)
def test_a_request_that_razorpay_would_refuse_is_refused_by_field(fake, data, field):
    assert fake.error(fake.sdk.order.create, data)["field"] == field


@pytest.mark.parametrize("query", [{"count": 0}, {"count": 101}, {"count": "many"}, {"receit": "x"}])
def test_a_list_takes_only_what_it_knows(fake, query):
    assert fake.error(fake.sdk.order.all, query)["status"] == 400


def test_what_is_not_there_is_a_bad_request_and_an_unknown_path_is_not(fake):
    assert fake.error(fake.sdk.payment.fetch, "pay_nothere")["status"] == 400
    assert fake.error(fake.sdk.invoice.all)["status"] == 404


@pytest.mark.parametrize("auth", [("rzp_live_1", "s"), ("rzp_test_1", ""), ("", ""), None])
def test_only_test_keys_open_it(fake, auth):
    answer = requests.get(f"{fake.url}/v1/payments", auth=auth, timeout=5)

    assert (answer.status_code, answer.json()["error"]["description"]) == (401, "Authentication failed")


def test_a_body_that_is_no_object_is_refused(fake):
    for body in (b"{", b"[]", b"\xff"):
        answer = requests.post(f"{fake.url}/v1/orders", data=body, auth=("rzp_test_1", "s"), timeout=5)
        assert answer.status_code == 400


def test_answers_carry_the_time_of_the_fake(fake):
    fake.gateways.clock.advance(400 * DAY_S)

    answer = requests.get(f"{fake.url}/v1/payments", auth=("rzp_test_1", "s"), timeout=5)

    assert str(fake.gateways.clock.now().year) in answer.headers["date"]
