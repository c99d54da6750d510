"""What happens to events that cannot be applied, and never to their neighbours."""

import threading

import psycopg

from bursar.ids import new_id
from bursar.sandbox.samples import stripe_event
from models import session
from models.kinds import EVENTS
from models.work import claim
from tasks import events
from tasks.events import apply_events
from tests.support.factories import execute, make_customer, make_invoice, rows, store_event, value
from tests.support.processes import eventually
from tests.tasks.steps import (
    broken,
    hurry,
    invoice_sums,
    open_breaks,
    paid,
    payment_sums,
    states,
    tell,
    twice,
    waiting,
)


def unreadable() -> bytes:
    """Signed, well-formed, and not what its type promises."""
    return stripe_event("payment_intent.succeeded", payment="pi_odd", amount_minor=1).replace(
        b'"succeeded"', b'"processing"', 1
    )


def occupy(payment: str) -> None:
    """A payment row that nobody knows by its alias: whoever announces this payment meets a constraint."""
    execute(
        """WITH made AS (
             INSERT INTO payments (id, gateway_account, gateway_payment_id, status, amount_minor, currency)
             VALUES (%s, 'stripe:test', %s, 'created', 1, 'INR') RETURNING id)
           INSERT INTO audit_log (action, subject_type, subject_id)
           SELECT 'payment.created', 'payment', id FROM made""",
        new_id(),
        payment,
    )


def test_an_unreadable_event_is_dead_at_once_with_its_reason_and_its_neighbours_are_applied():
    invoice = make_invoice(make_customer())

    odd, fine = tell(unreadable(), paid(invoice=invoice))

    assert rows("SELECT state, failures, error_class FROM gateway_events WHERE id = %s", odd) == [
        ("dead", 1, "Unreadable")
    ]
    assert "data.object.status" in value("SELECT error FROM gateway_events WHERE id = %s", odd)
    assert value("SELECT state FROM gateway_events WHERE id = %s", fine) == "done"
    assert invoice_sums(invoice) == (1000_00, 0)
    assert broken() == []


def test_an_event_of_the_other_mode_is_ignored_and_put_before_a_person():
    tell(stripe_event("payment_intent.succeeded", livemode=True))

    assert rows("SELECT state, error FROM gateway_events") == [("ignored", "wrong_mode")]
    assert open_breaks() == ["wrong_mode"]
    assert value("SELECT count(*) FROM payments") == 0


def test_an_event_of_an_unknown_type_is_ignored_and_is_no_error():
    body = stripe_event("charge.succeeded").replace(b'"charge.succeeded"', b'"coupon.created"')

    tell(body)

    assert rows("SELECT state, error, failures FROM gateway_events") == [("ignored", "unhandled type", 0)]
    assert open_breaks() == []


def test_a_poison_event_is_found_by_halving_and_backs_off_alone():
    invoice = make_invoice(make_customer(), [7000_00])
    occupy("pi_poison")
    bodies = [paid(1000_00, invoice=invoice) for _ in range(7)]
    bodies.insert(3, paid(1000_00, payment="pi_poison", invoice=invoice))

    ids = tell(*bodies)

    assert rows("SELECT id, failures, error_class FROM gateway_events WHERE state <> 'done'") == [
        (ids[3], 1, "UniqueViolation")
    ]
    assert value("SELECT not_before > now() FROM gateway_events WHERE id = %s", ids[3])
    assert invoice_sums(invoice) == (7000_00, 0)
    assert broken() == []


def test_an_event_dies_after_eight_failures_only_when_it_is_six_hours_old():
    occupy("pi_poison")
    [poison] = tell(paid(payment="pi_poison"))
    execute("UPDATE gateway_events SET failures = 7")
    hurry("gateway_events")

    apply_events()
    assert rows("SELECT state, failures FROM gateway_events") == [("pending", 8)]

    execute("UPDATE gateway_events SET received_at = now() - interval '6 hours'")
    hurry("gateway_events")
    apply_events(ids=[poison])

    assert rows("SELECT state, failures, error IS NOT NULL FROM gateway_events") == [("dead", 9, True)]


def test_an_event_of_a_gateway_that_this_version_does_not_know_holds_nobody_up():
    invoice = make_invoice(make_customer())
    stranger = store_event(paid(payment="pi_strange"))
    execute("UPDATE gateway_events SET gateway_account = 'elsewhere:test'")

    tell(paid(invoice=invoice))

    assert rows("SELECT state, failures FROM gateway_events WHERE id = %s", stranger) == [("pending", 1)]
    assert invoice_sums(invoice) == (1000_00, 0)


def test_a_locked_customer_counts_as_no_failure_and_costs_little_time(database_url, impatient):
    customer = make_customer()
    invoice = make_invoice(customer)
    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM customers WHERE id = %s FOR UPDATE", [customer.id])

        tell(paid(payment="pi_1", invoice=invoice))

        assert rows(
            "SELECT state, failures, crashes, not_before < now() + interval '3 seconds' FROM gateway_events"
        ) == [("pending", 0, 0, True)]
    hurry("gateway_events")
    apply_events()

    assert payment_sums("pi_1")[0] == "succeeded"


def test_locks_are_not_waited_for_beyond_the_time_of_the_task(database_url, impatient, monkeypatch):
    assert apply_events.time_limit_s >= events.DRAIN_S + events.RETRY_S + session.LOCK_TIMEOUT_MS / 1000
    monkeypatch.setattr(events, "RETRY_S", 0.05)
    monkeypatch.setattr(events, "TRIES_MAX", 1_000_000)
    customer = make_customer()
    store_event(paid(invoice=make_invoice(customer)))

    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM customers WHERE id = %s FOR UPDATE", [customer.id])
        apply_events()

    assert states("gateway_events") == ["pending"]


def test_a_payment_that_changes_hands_while_it_is_locked_is_read_again(database_url):
    was, becomes = make_customer(), make_customer()
    [theirs, ours] = [make_invoice(was), make_invoice(becomes)]
    tell(stripe_event("payment_intent.processing", payment="pi_1", amount_minor=1000_00, currency="INR"))
    execute(
        "UPDATE payments SET customer_id = %s, invoice_id = %s, evidence = 43, claim = 'x'", was.id, theirs
    )
    store_event(paid(payment="pi_1"))

    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM customers WHERE id = %s FOR UPDATE", [was.id])
        worker = threading.Thread(target=apply_events)
        worker.start()
        assert eventually(lambda: value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1)
        other.execute("UPDATE payments SET customer_id = %s, invoice_id = %s", [becomes.id, ours])
    worker.join(20)

    assert invoice_sums(theirs) == (0, 0)
    assert invoice_sums(ours) == (1000_00, 0)
    assert states("gateway_events") == ["done", "done"]
    assert broken() == []


def test_what_another_worker_took_over_is_dropped():
    invoice = make_invoice(make_customer())
    store_event(paid(invoice=invoice))
    held = claim(EVENTS, columns="id, gateway_account, type, livemode, body")
    execute("UPDATE gateway_events SET claim_token = %s", new_id())

    events._apply(held, held.rows)

    assert invoice_sums(invoice) == (0, 0)
    assert states("gateway_events") == ["running"]


def test_a_batch_of_more_than_two_hundred_in_any_order_is_applied_by_one_wake():
    invoice = make_invoice(make_customer(), [250_00])
    bodies = [paid(1_00, payment=f"pi_many_{n:03}", invoice=invoice) for n in range(250)]
    for body in sorted(bodies, key=hash):
        store_event(body)

    twice(apply_events)

    assert set(states("gateway_events")) == {"done"}
    assert invoice_sums(invoice) == (250_00, 0)
    assert value("SELECT count(*) FROM receipts") == 0
    assert value("SELECT count(*) FROM documents") == 250
    assert broken() == []


def test_a_worker_that_has_drained_long_enough_wakes_a_successor(monkeypatch, broker_url):
    monkeypatch.setattr(events, "DRAIN_S", -1.0)
    store_event(paid())

    apply_events()

    assert states("gateway_events") == ["done"]
    assert waiting(broker_url, "events") == 1
