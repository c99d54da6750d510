"""One order of locks for everybody: opposite orders of events neither deadlock nor lose money."""

import threading
from dataclasses import replace

import psycopg
import pytest

from bursar.ids import new_id
from bursar.rules.books import Told
from bursar.rules.facts import Claims, PaymentFact
from bursar.rules.states import PaymentStatus
from models import books
from models.books.locks import ClosureGrew
from models.kinds import EVENTS
from models.session import raw, transaction
from tasks import events
from tasks.events import apply_events
from tests.support.factories import execute, make_customer, make_invoice, rows, store_event, value
from tests.support.processes import eventually
from tests.tasks.steps import broken, invoice_sums, paid, refunded, stripe_event, tell


def told(payment: str, **claims: str) -> Told:
    fact = PaymentFact(
        status=PaymentStatus.SUCCEEDED,
        payment=payment,
        amount_minor=1,
        currency="INR",
        occurred_at=None,
        claims=Claims(**claims),
    )
    return Told(event_id=new_id(), account="stripe:test", facts=(fact,))


def at_once(*ids: list) -> list[BaseException]:
    """Apply each of these hints in a thread of its own, all beginning together."""
    start = threading.Barrier(len(ids))
    failed: list[BaseException] = []

    def work(mine: list) -> None:
        start.wait()
        try:
            apply_events(ids=mine)
        except BaseException as error:
            failed.append(error)
            raise

    workers = [threading.Thread(target=work, args=(mine,)) for mine in ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    return failed


def small_batches(monkeypatch, kind_size: int) -> None:
    """So small that every thread holds some of the events."""
    monkeypatch.setattr(events, "EVENTS", replace(EVENTS, batch_max=kind_size))


def test_two_workers_with_events_of_the_same_payments_in_opposite_order_end_right(monkeypatch):
    small_batches(monkeypatch, 4)
    invoice = make_invoice(make_customer(), [10_000_00])
    stories = [
        {
            "payment": f"pi_{n}",
            "amount_minor": 1000_00,
            "currency": "INR",
            "metadata": {"invoice": str(invoice)},
        }
        for n in range(8)
    ]
    one = [store_event(stripe_event("payment_intent.succeeded", **story)) for story in stories]
    two = [store_event(stripe_event("charge.succeeded", **story)) for story in reversed(stories)]

    assert at_once(one, two) == []

    assert set(rows("SELECT state, failures, crashes FROM gateway_events")) == {("done", 0, 0)}
    assert invoice_sums(invoice) == (8000_00, 0)
    assert value("SELECT count(*) FROM ledger_entries WHERE kind = 'captured'") == 8
    assert broken() == []


def test_three_workers_on_the_same_customers_in_different_order_end_right(monkeypatch):
    small_batches(monkeypatch, 5)
    invoices = [make_invoice(make_customer(), [9000_00]) for _ in range(5)]
    orders = [invoices, invoices[::-1], invoices[2:] + invoices[:2]]
    hints = [[store_event(paid(1000_00, invoice=each)) for each in order * 2] for order in orders]

    assert at_once(*hints) == []

    assert set(rows("SELECT state, failures, crashes FROM gateway_events")) == {("done", 0, 0)}
    assert rows("SELECT DISTINCT paid_minor FROM invoices") == [(6000_00,)]
    assert broken() == []


def test_refunds_and_their_payments_in_different_hands_end_right(monkeypatch):
    small_batches(monkeypatch, 2)
    invoice = make_invoice(make_customer(), [10_000_00])
    payments = [store_event(paid(1000_00, payment=f"pi_{n}", invoice=invoice)) for n in range(6)]
    refunds = [store_event(refunded(f"pi_{n}", 250_00)) for n in reversed(range(6))]

    assert at_once(refunds, payments) == []
    apply_events()

    assert set(rows("SELECT state, waiting_for FROM gateway_events")) == {("done", None)}
    assert invoice_sums(invoice) == (4500_00, 1500_00)
    assert broken() == []


def test_a_payment_of_nobody_is_locked_itself(database_url):
    tell(paid(payment="pi_1", invoice="nobody-knows"))

    with transaction() as session:
        closure = books.lock(raw(session), [told("pi_1")])

        assert closure.customers == frozenset()
        with psycopg.connect(database_url) as other, pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT FROM payments FOR NO KEY UPDATE NOWAIT")


def test_the_closure_names_every_customer_that_the_facts_touch():
    owner, claimed, named = make_customer(), make_customer(), make_customer()
    tell(paid(payment="pi_1", invoice=make_invoice(owner)))
    invoice = make_invoice(claimed)

    with transaction() as session:
        closure = books.lock(raw(session), [told("pi_1", invoice=str(invoice), customer=named.external_ref)])

    assert closure.customers == {owner.id, claimed.id, named.id}


def test_a_payment_that_changes_hands_between_reading_and_locking_is_noticed(database_url):
    was, becomes = make_customer(), make_customer()
    tell(stripe_event("payment_intent.processing", payment="pi_1", amount_minor=1, currency="INR"))
    execute("UPDATE payments SET customer_id = %s", was.id)
    grew: list[ClosureGrew] = []

    def lock() -> None:
        try:
            with transaction() as session:
                books.lock(raw(session), [told("pi_1")])
        except ClosureGrew as error:
            grew.append(error)

    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM customers WHERE id = %s FOR UPDATE", [was.id])
        worker = threading.Thread(target=lock)
        worker.start()
        assert eventually(lambda: value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1)
        other.execute("UPDATE payments SET customer_id = %s", [becomes.id])
    worker.join(20)

    assert len(grew) == 1


def test_nobody_to_lock_is_nothing_to_do():
    with transaction() as session:
        books.lock_customers(raw(session), [])
        closure = books.lock(raw(session), [])

    assert (closure.aliases, closure.checkouts, closure.customers) == ({}, {}, frozenset())
