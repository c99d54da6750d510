import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import stripe

from bursar.sandbox.fake.book import Kind
from bursar.sandbox.fake.clock import FakeClock
from bursar.sandbox.fake.faults import DELAY_S_MAX, FaultKind
from bursar.sandbox.fake.keys import KEPT_S, Clash, Keys
from bursar.sandbox.fake.vendor import Answer
from tests.sandbox.fake.stripe.asking import payment

ANSWER = Answer(status=200, body=b"{}")


def test_the_same_question_under_a_key_gets_the_kept_answer():
    keys = Keys(FakeClock())

    assert keys.begin("k", b"question") is None
    keys.finish("k", ANSWER)

    assert keys.begin("k", b"question") is ANSWER


def test_another_question_under_a_key_is_a_clash_even_when_answered():
    keys = Keys(FakeClock())
    keys.begin("k", b"question")
    keys.finish("k", ANSWER)

    assert keys.begin("k", b"other") is Clash.OTHER_PARAMETERS


def test_a_key_is_in_flight_until_it_is_answered_or_forgotten():
    keys = Keys(FakeClock())
    keys.begin("k", b"question")

    assert keys.begin("k", b"question") is Clash.IN_FLIGHT
    keys.forget("k")
    assert keys.begin("k", b"question") is None


def test_after_a_day_a_key_means_nothing_any_more():
    clock = FakeClock()
    keys = Keys(clock)
    keys.begin("k", b"question")
    keys.finish("k", ANSWER)

    clock.advance(KEPT_S + 1)

    assert keys.begin("k", b"other") is None


def test_two_refunds_with_one_key_are_one_refund(stage):
    paid = payment(stage)
    asked = {"payment_intent": paid.id, "amount": 100}

    first = stage.v1.refunds.create(asked, {"idempotency_key": "refund-1"})
    second = stage.v1.refunds.create(asked, {"idempotency_key": "refund-1"})

    assert first.id == second.id
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert [row.key for row in stage.book.rows(Kind.REFUND)] == ["refund-1"]


def test_many_at_once_with_one_key_are_one_refund(stage):
    asked = {"payment_intent": payment(stage).id, "amount": 100}

    def refund(_n: int) -> str:
        try:
            return stage.client().v1.refunds.create(asked, {"idempotency_key": "refund-1"}).id
        except stripe.APIError as conflict:
            return str(conflict.http_status)

    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(refund, range(24)))

    (row,) = stage.book.rows(Kind.REFUND)
    assert row.id in told
    assert told <= {row.id, "409"}


def test_a_key_with_another_amount_is_an_idempotency_error_and_moves_nothing(stage):
    paid = payment(stage)
    stage.v1.refunds.create({"payment_intent": paid.id, "amount": 100}, {"idempotency_key": "refund-1"})

    with pytest.raises(stripe.IdempotencyError) as refused:
        stage.v1.refunds.create({"payment_intent": paid.id, "amount": 200}, {"idempotency_key": "refund-1"})

    assert refused.value.http_status == 400
    assert refused.value.json_body["error"]["type"] == "idempotency_error"
    assert len(stage.book.rows(Kind.REFUND)) == 1


def test_a_decline_is_kept_under_its_key_too(stage):
    declined = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            stage.v1.payment_intents.create(
                {
                    "amount": 100,
                    "currency": "usd",
                    "payment_method": "pm_card_chargeDeclined",
                    "confirm": True,
                },
                {"idempotency_key": "attempt-1"},
            )
        declined.append(refused.value.error.charge)

    assert declined[0] == declined[1]
    assert len(stage.book.rows(Kind.CHARGE)) == 1


def test_a_request_that_failed_its_checks_leaves_its_key_free(stage):
    paid = payment(stage)
    with pytest.raises(stripe.InvalidRequestError):
        stage.v1.refunds.create({"payment_intent": paid.id, "amont": 1}, {"idempotency_key": "refund-1"})

    made = stage.v1.refunds.create({"payment_intent": paid.id, "amount": 1}, {"idempotency_key": "refund-1"})

    assert made.status == "succeeded"


def test_a_500_is_kept_for_a_day_though_nothing_was_done(stage):
    paid = payment(stage)
    asked = {"payment_intent": paid.id, "amount": 100}
    stage.fail("refunds.create", FaultKind.SERVER_ERROR)

    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            stage.v1.refunds.create(asked, {"idempotency_key": "refund-1"})
        assert failed.value.http_status == 500
    assert stage.v1.refunds.list({"payment_intent": paid.id}).data == []

    stage.gateways.clock.advance(KEPT_S + 1)
    assert stage.v1.refunds.create(asked, {"idempotency_key": "refund-1"}).status == "succeeded"


def test_a_key_whose_request_is_still_being_answered_is_a_conflict(stage):
    asked = {"payment_intent": payment(stage).id, "amount": 100}
    stage.fail("refunds.create", FaultKind.SLOW, delay_s=DELAY_S_MAX)
    patient = stage.client().v1

    def refund() -> None:
        with suppress(stripe.APIConnectionError):  # it is still waiting when the server ends
            patient.refunds.create(asked, {"idempotency_key": "refund-1"})

    threading.Thread(target=refund, daemon=True).start()
    while not stage.book.rows(Kind.REFUND):
        pass

    with pytest.raises(stripe.APIError) as refused:
        stage.v1.refunds.create(asked, {"idempotency_key": "refund-1"})

    assert refused.value.http_status == 409
    assert refused.value.json_body["error"]["code"] == "idempotency_key_in_use"
    assert len(stage.book.rows(Kind.REFUND)) == 1
