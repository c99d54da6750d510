import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from bursar.sandbox.fake.book import Kind
from bursar.sandbox.fake.faults import (
    DELAY_S_MAX,
    EDGE,
    FAULTS_MAX,
    INSIDE,
    Fault,
    FaultKind,
    FaultRefused,
    Faults,
    fault_of,
)
from tests.sandbox.fake.stripe.asking import payment, session


def _dropped(stage, kind: FaultKind, **how):
    paid = payment(stage)
    stage.fail("refunds.create", kind, **how)
    with pytest.raises(stripe.APIConnectionError):
        stage.v1.refunds.create({"payment_intent": paid.id}, {"idempotency_key": "k"})
    return paid


def test_a_timeout_before_acting_did_nothing(stage):
    paid = _dropped(stage, FaultKind.TIMEOUT_BEFORE, delay_s=0.05)

    assert stage.book.rows(Kind.REFUND) == []
    assert stage.v1.refunds.list({"payment_intent": paid.id}).data == []


def test_a_timeout_after_acting_did_it_and_the_same_key_tells_so(stage):
    paid = _dropped(stage, FaultKind.TIMEOUT_AFTER, delay_s=0.05)
    (row,) = stage.book.rows(Kind.REFUND)

    told = stage.v1.refunds.create({"payment_intent": paid.id}, {"idempotency_key": "k"})

    assert told.id == row.id
    assert len(stage.book.rows(Kind.REFUND)) == 1


def test_a_client_that_waits_less_than_the_fault_gives_up_by_itself(stage):
    paid = payment(stage)
    stage.fail("refunds.create", FaultKind.TIMEOUT_AFTER, delay_s=20.0)
    impatient = stripe.StripeClient(
        "sk_test_any",
        base_addresses={"api": stage.gateways.base_url("stripe")},
        http_client=stripe.RequestsClient(timeout=0.1),
    )

    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.refunds.create({"payment_intent": paid.id})

    assert len(stage.book.rows(Kind.REFUND)) == 1


def test_a_reset_connection_did_nothing(stage):
    _dropped(stage, FaultKind.RESET)

    assert stage.book.rows(Kind.REFUND) == []


def test_too_many_requests_are_told_when_to_come_back(stage):
    stage.fail("customers.create", FaultKind.RATE_LIMITED, retry_after_s=7)

    with pytest.raises(stripe.RateLimitError) as limited:
        stage.v1.customers.create({})

    assert limited.value.headers["retry-after"] == "7"
    assert stage.v1.customers.create({}).id


def test_a_proxy_answers_html_and_the_key_is_still_free(stage):
    paid = payment(stage)
    stage.fail("refunds.create", FaultKind.BAD_GATEWAY)

    with pytest.raises(stripe.APIError) as failed:
        stage.v1.refunds.create({"payment_intent": paid.id}, {"idempotency_key": "k"})

    assert failed.value.http_status == 502
    assert failed.value.http_body.startswith("<html>")
    assert stage.v1.refunds.create({"payment_intent": paid.id}, {"idempotency_key": "k"}).id


def test_a_500_after_acting_hides_what_was_done(stage):
    paid = payment(stage)
    stage.fail("refunds.create", FaultKind.SERVER_ERROR_AFTER)

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            stage.v1.refunds.create({"payment_intent": paid.id}, {"idempotency_key": "k"})

    assert len(stage.book.rows(Kind.REFUND)) == 1
    assert len(stage.v1.refunds.list({"payment_intent": paid.id}).data) == 1


def test_the_sdk_repeats_a_dropped_payment_under_one_key_and_charges_once(stage):
    stage.fail("payment_intents.create", FaultKind.TIMEOUT_AFTER)
    retrying = stage.client(max_network_retries=2)

    paid = retrying.v1.payment_intents.create(
        {"amount": 700, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )

    assert paid.status == "succeeded"
    assert stage.book.captured() == {paid.id: 700}


def test_a_scripted_decline_refuses_a_good_card(stage):
    stage.fail(
        "payment_intents.create",
        FaultKind.DECLINE,
        decline_code="do_not_honor",
        advice_code="try_again_later",
    )

    with pytest.raises(stripe.CardError) as declined:
        payment(stage)

    error = declined.value.json_body["error"]
    assert (error["code"], error["decline_code"], error["advice_code"]) == (
        "card_declined",
        "do_not_honor",
        "try_again_later",
    )
    assert payment(stage).status == "succeeded"


def test_a_pattern_hits_every_operation_it_matches_so_often(stage):
    stage.fail("*", FaultKind.RATE_LIMITED, times=2)

    for call in (stage.v1.customers.create, stage.v1.products.list):
        with pytest.raises(stripe.RateLimitError):
            call({})

    assert session(stage).status == "open"
    assert stage.gateways.faults.hits == {
        "stripe.customers.create rate_limited": 1,
        "stripe.products.list rate_limited": 1,
    }


@given(seed=st.integers(0, 1_000), probability=st.floats(0.01, 1.0))
def test_one_seed_is_one_sequence_of_faults(seed, probability):
    def hits() -> list[bool]:
        faults = Faults(seed)
        faults.add(Fault(operation="a", kind=FaultKind.RESET, times=None, probability=probability))
        return [faults.take("a", EDGE) is not None for _ in range(30)]

    assert hits() == hits()


def test_every_kind_happens_at_the_edge_or_inside():
    assert set(FaultKind) == EDGE | INSIDE
    assert not EDGE & INSIDE


@pytest.mark.parametrize(
    ("told", "named"),
    [
        pytest.param([], "object", id="no object"),
        pytest.param({"operation": "a"}, "kind", id="no kind"),
        pytest.param({"operation": "a", "kind": "lightning"}, "kind", id="an unknown kind"),
        pytest.param({"operation": "", "kind": "reset"}, "operation", id="no operation"),
        pytest.param({"operation": "a", "kind": "reset", "often": 2}, "often", id="an unknown field"),
        pytest.param({"operation": "a", "kind": "reset", "times": 0}, "times", id="never"),
        pytest.param({"operation": "a", "kind": "reset", "times": "2"}, "number", id="a number as text"),
        pytest.param({"operation": "a", "kind": "reset", "probability": 0}, "probability", id="impossible"),
        pytest.param(
            {"operation": "a", "kind": "slow", "delay_s": DELAY_S_MAX + 1}, "delay_s", id="too slow"
        ),
        pytest.param(
            {"operation": "a", "kind": "slow", "delay_s": float("nan")}, "delay_s", id="not a number"
        ),
        pytest.param(
            {"operation": "a", "kind": "rate_limited", "retry_after_s": -1}, "retry_after_s", id="ago"
        ),
    ],
)
def test_a_fault_that_cannot_be_is_refused_by_the_name_of_its_field(told, named):
    with pytest.raises(FaultRefused, match=named):
        fault_of(told)


def test_a_script_has_an_end():
    faults = Faults(0)
    one = Fault(operation="a", kind=FaultKind.RESET)

    with pytest.raises(FaultRefused, match="clear some"):
        faults.add(*[one] * (FAULTS_MAX + 1))
    faults.add(one)
    faults.clear()

    assert faults.take("a", EDGE) is None
