"""When an account is left alone, who may try it again, and what counts as a failure."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from bursar.errors import Misconfigured
from bursar.gateways.api.failures import (
    Failure,
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.health import breaker as rules
from bursar.gateways.health.breaker import Breaker, Circuit, CircuitOpen, CircuitState, is_failure
from bursar.gateways.health.connection import SharedRedis

STRIPE, PAYPAL = "stripe:test", "paypal:test"
CLOSED, OPEN, HALF_OPEN = CircuitState
WORKERS = 8


def away(code=FailureCode.TIMEOUT):
    return GatewayAway(Failure(code=code, message="no answer"))


@pytest.fixture
def breaker(shared):
    return Breaker(shared)


def succeed(breaker, account=STRIPE, **how):
    with breaker.guard(account, **how):
        pass


def fail(breaker, account=STRIPE, error=None, **how):
    error = error or away()
    with pytest.raises(type(error)) as raised, breaker.guard(account, **how):
        raise error
    assert raised.value is error


def open_circuit(breaker, account=STRIPE):
    for _ in range(rules.FAILURES_MIN):
        fail(breaker, account)
    assert breaker.state(account).state is OPEN


@pytest.mark.parametrize(
    ("answered", "failed", "state"),
    [
        (0, 4, CLOSED),
        (0, 5, OPEN),
        (5, 5, OPEN),
        (6, 5, CLOSED),
        (6, 6, OPEN),
        (100, 5, CLOSED),
    ],
)
def test_a_circuit_opens_when_enough_calls_and_half_of_all_fail(breaker, answered, failed, state):
    for _ in range(answered):
        succeed(breaker)
    for _ in range(failed):
        fail(breaker)

    found = breaker.state(STRIPE)

    assert found[:3] == (state, answered + failed, failed)
    assert (found.retry_after_s > 0) == (state is OPEN)


def test_an_open_circuit_refuses_before_anything_is_sent_and_says_for_how_long(breaker):
    open_circuit(breaker)
    sent = []

    with pytest.raises(CircuitOpen) as refused, breaker.guard(STRIPE):
        sent.append("a call")

    assert sent == []
    assert isinstance(refused.value, GatewayAway)
    assert 0 < refused.value.failure.retry_after_s <= rules.OPEN_S
    assert "stripe:test failed too often" in str(refused.value)


def test_being_refused_is_no_outcome(breaker):
    open_circuit(breaker)
    before = breaker.state(STRIPE)

    with pytest.raises(CircuitOpen), breaker.guard(STRIPE):
        pass

    assert breaker.state(STRIPE)[:3] == before[:3]


def test_each_account_has_a_circuit_of_its_own(breaker):
    open_circuit(breaker, STRIPE)

    succeed(breaker, PAYPAL)

    assert breaker.state(PAYPAL) == Circuit(CLOSED, calls=1)
    assert breaker.open_among([STRIPE, PAYPAL]) == {STRIPE}
    assert breaker.open_among([]) == frozenset()


def test_what_one_worker_saw_counts_for_all(connect):
    workers = [Breaker(SharedRedis(connect())) for _ in range(rules.FAILURES_MIN + 1)]

    for worker in workers[1:]:
        fail(worker)

    assert workers[0].open_among([STRIPE]) == {STRIPE}


def test_failures_of_more_than_a_minute_ago_are_forgotten(breaker, let_pass, client):
    for _ in range(4):
        fail(breaker)
    let_pass(30)
    fail(breaker, PAYPAL)
    succeed(breaker)
    assert breaker.state(STRIPE) == Circuit(CLOSED, calls=5, failures=4)

    let_pass(30)
    fail(breaker)

    assert breaker.state(STRIPE) == Circuit(CLOSED, calls=2, failures=1)
    assert len(client.hgetall(f"bursar:circuit:{STRIPE}:window")) == 2  # what is past is deleted
    let_pass(rules.WINDOW_S)
    assert breaker.state(STRIPE) == Circuit(CLOSED)


def test_after_a_rest_one_probe_at_a_time_is_let_through(breaker, let_pass):
    open_circuit(breaker)
    let_pass(rules.OPEN_S)
    assert breaker.state(STRIPE).state is HALF_OPEN
    assert breaker.open_among([STRIPE]) == frozenset()  # somebody has to probe

    with breaker.guard(STRIPE):
        assert breaker.state(STRIPE).retry_after_s > 0
        with pytest.raises(CircuitOpen), breaker.guard(STRIPE):
            pass

    assert breaker.state(STRIPE) == Circuit(CLOSED)


def test_a_probe_that_fails_opens_the_circuit_for_another_rest(breaker, let_pass):
    open_circuit(breaker)
    let_pass(rules.OPEN_S)

    fail(breaker)

    assert breaker.state(STRIPE).state is OPEN
    let_pass(rules.OPEN_S)
    succeed(breaker)
    assert breaker.state(STRIPE).state is CLOSED


def test_a_probe_that_said_nothing_lets_the_next_one_try_at_once(breaker, let_pass):
    open_circuit(breaker)
    let_pass(rules.OPEN_S)

    fail(breaker, error=Misconfigured("a setting"))
    succeed(breaker)

    assert breaker.state(STRIPE).state is CLOSED


def test_a_probe_whose_worker_was_killed_blocks_no_longer_than_a_lease(breaker, let_pass):
    open_circuit(breaker)
    let_pass(rules.OPEN_S)
    killed = breaker.guard(STRIPE)
    killed.__enter__()

    with pytest.raises(CircuitOpen), breaker.guard(STRIPE):
        pass
    let_pass(rules.PROBE_S)

    succeed(breaker)
    assert breaker.state(STRIPE).state is CLOSED


def test_of_all_workers_that_come_at_once_one_probes(connect, breaker, let_pass):
    open_circuit(breaker)
    let_pass(rules.OPEN_S)
    guards = [Breaker(SharedRedis(connect())).guard(STRIPE) for _ in range(WORKERS)]

    def enters(guard) -> bool:
        try:
            guard.__enter__()
        except CircuitOpen:
            return False
        return True

    with ThreadPoolExecutor(WORKERS) as threads:
        assert list(threads.map(enters, guards)).count(True) == 1


def test_who_insists_calls_all_the_same_and_success_closes_the_circuit(breaker):
    open_circuit(breaker)

    fail(breaker, insist=True)
    assert breaker.state(STRIPE).state is OPEN
    succeed(breaker, insist=True)

    assert breaker.state(STRIPE) == Circuit(CLOSED)


def test_failures_that_come_late_make_a_rest_no_longer(breaker, let_pass, client):
    late = [breaker.guard(STRIPE) for _ in range(2)]
    for each in late:
        each.__enter__()
    open_circuit(breaker)
    let_pass(20)
    left_ms = client.pttl(f"bursar:circuit:{STRIPE}:rest")

    for each in late:
        assert each.__exit__(GatewayAway, error := away(), None) is not True, error

    assert client.pttl(f"bursar:circuit:{STRIPE}:rest") <= left_ms
    assert breaker.state(STRIPE).failures == rules.FAILURES_MIN + 2


def test_an_hour_after_the_last_call_nothing_is_known(breaker, let_pass, client):
    open_circuit(breaker)

    let_pass(rules.TRIPPED_S)

    assert breaker.state(STRIPE) == Circuit(CLOSED)
    assert client.keys("bursar:*") == []


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        *[(away(code), code is not FailureCode.BUSY) for code in FailureCode],
        (OutcomeUnknown(Failure(code=FailureCode.TIMEOUT, message="")), True),
        (GatewayRefused(Failure(code=FailureCode.DECLINED, message="")), False),
        (KeyReused(Failure(code=FailureCode.KEY_REUSED, message="")), False),
        (Misconfigured("a setting"), None),
        (ZeroDivisionError(), None),
    ],
    ids=str,
)
def test_only_silence_is_a_failure_and_a_refusal_is_an_answer(error, failed):
    assert is_failure(error) is failed


def test_declines_are_health_and_our_own_mistakes_are_nothing(breaker):
    fail(breaker, error=GatewayRefused(Failure(code=FailureCode.DECLINED, message="")))
    fail(breaker, error=ZeroDivisionError())

    assert breaker.state(STRIPE) == Circuit(CLOSED, calls=1)


def test_opening_and_closing_are_each_told_once(breaker):
    with capture_logs() as logged:
        open_circuit(breaker)
        succeed(breaker, insist=True)

    assert [(each["event"], each["account"]) for each in logged] == [
        ("gateway.circuit_opened", STRIPE),
        ("gateway.circuit_closed", STRIPE),
    ]


def test_without_redis_every_call_goes_through():
    breaker = Breaker(SharedRedis(None))

    for _ in range(2 * rules.FAILURES_MIN):
        fail(breaker)

    succeed(breaker)
    assert breaker.state(STRIPE) == Circuit(CLOSED)
    assert breaker.open_among([STRIPE]) == frozenset()
