"""No step while a payment may have come that we do not know of, or while somebody stopped the case."""

from contextlib import suppress

import pytest

from bursar.gateways.api.failures import GatewayAway
from tasks.dunning import advance
from tasks.reconciliation import resume
from tasks.routing import breaker
from tests.support.factories import execute, make_customer, make_invoice, store_event, value
from tests.support.toy.api import away
from tests.support.toy.told import toy_event
from tests.tasks.dunning_days import cases, day, mails, run, steps, use_policy, waits
from tests.tasks.listing import paid
from tests.tasks.steps import hurry, tell


@pytest.fixture(autouse=True)
def ladder(toy, configure, tmp_path):
    use_policy(configure, tmp_path, (0, "remind", "due"), (3, "remind", "overdue"))


@pytest.fixture
def customer():
    return make_customer()


@pytest.fixture
def invoice(customer):
    return make_invoice(customer)


def told(event_type, **said):
    tell(toy_event(event_type, **said), gateway="toy")


def test_a_payment_that_no_webhook_told_is_heard_before_the_first_mail(toy, invoice):
    toy.changes = [paid(invoice=str(invoice))]
    run(0)
    run(0, "11:00")

    assert mails() == []
    assert cases() == [("recovered",)]


def test_while_a_gateway_does_not_answer_nobody_is_asked(toy, invoice):
    toy.when_listed = [away()]
    run(0)

    assert steps() == []
    assert waits() == ["toy:test is being asked for news"]

    hurry("reconciliation_runs")
    with day(0):
        resume()
    run(0)
    assert steps() == [(0, "remind")]


def test_while_a_circuit_is_open_nobody_is_asked(invoice, broker_url):
    for _ in range(10):
        with suppress(GatewayAway), breaker().guard("toy:test"):
            raise away()
    run(0)

    assert steps() == []
    assert waits() == ["toy:test does not answer"]


def test_an_event_that_waits_to_be_applied_stops_everybody(invoice):
    event = store_event(toy_event("payment.succeeded", payment="toy_pay_7", amount=5_00), gateway="toy")
    execute("UPDATE gateway_events SET not_before = now() + interval '1 hour'")
    with day(0):
        advance()
    assert waits() == ["events are waiting to be applied"]

    execute("UPDATE gateway_events SET not_before = now() WHERE id = %s", event)
    tell()
    run(0)
    assert steps() == [(0, "remind")]


def test_a_dead_event_that_names_something_of_his_stops_his_case_only(customer, invoice):
    tell(
        toy_event("payment.failed", payment="toy_pay_3", amount=1000_00, invoice=str(invoice)), gateway="toy"
    )
    store_event(toy_event("payment.succeeded", payment="toy_pay_3", amount=1000_00), gateway="toy")
    execute(
        """UPDATE gateway_events SET state = 'dead', error = 'unreadable', done_at = now()
           WHERE state = 'pending'"""
    )
    make_invoice(make_customer())
    run(0)

    assert value("SELECT count(*) FROM dunning_steps WHERE state = 'done'") == 1
    assert "payment.succeeded of this customer was not applied" in waits()


def test_a_disputed_payment_stops_the_case(customer, invoice):
    other = make_invoice(customer, [500_00])
    tell(
        toy_event("payment.succeeded", payment="toy_pay_1", amount=500_00, invoice=str(other)), gateway="toy"
    )
    tell(toy_event("dispute.needs_response", dispute="d", payment="toy_pay_1", amount=500_00), gateway="toy")
    run(0)

    assert steps() == []
    assert "a payment is disputed" in waits()


def test_a_customer_who_is_held_is_neither_asked_nor_charged(customer, invoice):
    execute("UPDATE customers SET held_at = now(), held_because = 'five cards in an hour'")
    run(0)
    assert (steps(), waits()) == ([], ["the customer is held"])

    execute("UPDATE customers SET held_at = NULL, held_because = NULL")
    run(0, "11:30")
    assert steps() == [(0, "remind")]


def test_money_that_a_refund_cancelled_is_not_asked_for(toy, invoice):
    tell(
        toy_event("payment.succeeded", payment="toy_pay_1", amount=1000_00, invoice=str(invoice)),
        gateway="toy",
    )
    tell(toy_event("refund.succeeded", refund="r", payment="toy_pay_1", amount=1000_00), gateway="toy")
    run(0)

    assert value("SELECT refunded_minor FROM invoices") == 1000_00
    assert cases() == []
