"""Small stories with a known worst moment, and the named checks that say what went wrong in them.

Each runs in milliseconds on a real database and comes out the same every time: barriers and triggers hold
two workers at the worst moment, nobody waits for luck.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import UUID

import psycopg
import pytest

from bursar.ids import new_id
from bursar.settings import load
from models import books
from models.kinds import EVENTS
from models.work import Claim, claim
from tasks import events, maintenance, wakes
from tests.models.test_locks import at_once, small_batches
from tests.support.factories import execute, make_customer, make_invoice, rows, store_event, tamper, value
from tests.tasks.steps import broken, paid, payment_sums, stripe_event, tell, waiting
from webhook_receiver.inbox import DatabaseAway, Inbox, Row
from webhook_receiver.intake import Intake, Outcome
from webhook_receiver.tally import Tally

ACCOUNT = "stripe:test"
BARRIER_S = 0.7
"""How long one worker holds still for the other; with locks in place the other cannot come."""
SLOW_INSERTS = """
CREATE FUNCTION slow_insert() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_sleep(0.15); RETURN NEW; END';
CREATE TRIGGER slow_insert BEFORE INSERT ON gateway_events FOR EACH ROW EXECUTE FUNCTION slow_insert()
"""
QUICK_INSERTS = "DROP TRIGGER slow_insert ON gateway_events; DROP FUNCTION slow_insert"
Patcher = pytest.MonkeyPatch
Scenario = Callable[[Patcher, str], list[str]]


def found(**checks: bool) -> list[str]:
    """The names of the checks that fail."""
    return sorted(name for name, holds in checks.items() if not holds)


def a_lost_wake(_: Patcher, broker_url: str) -> list[str]:
    """A worker dies with an event in hand; after that, workers do only what they are woken for."""
    store_event(paid(invoice=make_invoice(make_customer())))
    claim(EVENTS)
    execute("UPDATE gateway_events SET lease_until = now() - interval '1 s'")

    maintenance.sweep()
    if waiting(broker_url, "events"):
        events.apply_events()

    applied = value("SELECT state FROM gateway_events") == "done"
    return found(nothing_is_lost=applied)


def an_event_delivered_twice(_: Patcher, __: str) -> list[str]:
    """The same event reaches two receivers."""

    async def deliver() -> None:
        for _ in range(2):
            inbox = Inbox(load().required_database_url())
            with suppress(DatabaseAway):
                await inbox.insert([make_row("evt_1")])
            await inbox.close()

    asyncio.run(deliver())
    return found(each_event_is_stored_once=value("SELECT count(*) FROM gateway_events") == 1)


def a_rule_that_forgets(_: Patcher, __: str) -> list[str]:
    """The books forget that a payment was booked, and another event of it arrives."""
    story = {"payment": "pi_1", "amount_minor": 1000_00, "currency": "INR"}
    tell(stripe_event("payment_intent.succeeded", **story))
    tamper("UPDATE payments SET status = 'created', unidentified_minor = 0, applied_seq = NULL")

    tell(stripe_event("charge.succeeded", **story))

    captured = value("SELECT count(*) FROM ledger_entries WHERE kind = 'captured'")
    return found(each_payment_is_captured_once=captured == 1)


def two_payments_of_one_invoice(patch: Patcher, _: str) -> list[str]:
    """Two workers, each with one payment; each waits behind its loading until the other has loaded."""
    small_batches(patch, 1)
    barrier = threading.Barrier(2)
    loaded = books.load

    def load_and_wait(*arguments: object, **options: object) -> object:
        held = loaded(*arguments, **options)  # type: ignore[arg-type]
        with suppress(threading.BrokenBarrierError):
            barrier.wait(BARRIER_S)
        return held

    patch.setattr(books, "load", load_and_wait)
    invoice = make_invoice(make_customer(), [1000_00])
    one, two = [store_event(paid(600_00, payment=f"pi_{n}", invoice=invoice)) for n in range(2)]
    at_once([one], [two])
    patch.setattr(books, "load", loaded)
    execute("UPDATE gateway_events SET not_before = now() WHERE state = 'pending'")
    events.apply_events()

    paid_minor = value("SELECT paid_minor FROM invoices WHERE id = %s", invoice)
    return found(
        no_line_gets_more_than_is_due=paid_minor == 1000_00,
        nobody_meets_a_constraint=value("SELECT sum(failures)::int FROM gateway_events") == 0,
        books_balance=not broken(),
    )


def a_wake_that_is_quick(patch: Patcher, _: str) -> list[str]:
    """Whoever is woken looks at once, from a connection of his own."""
    unseen: list[UUID] = []

    def look(name: str, ids: Sequence[UUID] = (), **__: object) -> bool:
        table = {
            "documents.render": "documents",
            "emails.send": "emails",
            "enrollments.unlock": "enrollments",
        }
        with psycopg.connect(load().required_database_url()) as other:
            statement = f"SELECT id FROM {table[name]} WHERE id = ANY(%s)"
            seen = {row[0] for row in other.execute(statement, [list(ids)])}
        unseen.extend(set(ids) - seen)
        return True

    patch.setattr(wakes, "wake_by_name", look)
    tell(paid(invoice=make_invoice(make_customer())))

    return found(who_is_woken_finds_the_row=not unseen)


def a_failure_told_late(_: Patcher, __: str) -> list[str]:
    """A card was declined, another one paid, and the failure arrives last."""
    invoice = make_invoice(make_customer())
    story = {"payment": "pi_1", "amount_minor": 1000_00, "currency": "INR"}
    tell(paid(payment="pi_1", invoice=invoice))

    tell(stripe_event("payment_intent.payment_failed", **story))

    return found(
        a_paid_payment_stays_paid=payment_sums("pi_1")[0] == "succeeded",
        late_news_is_only_stale=value("SELECT sum(failures)::int FROM gateway_events") == 0,
        books_balance=not broken(),
    )


def a_worker_that_was_only_slow(patch: Patcher, _: str) -> list[str]:
    """Its lease runs out, the sweeper takes the event back, an operator discards it: then it goes on."""
    store_event(paid(invoice=make_invoice(make_customer())))
    held: list[Claim] = []
    apply = events._apply
    patch.setattr(events, "_apply", lambda claimed, _: held.append(claimed))
    events.apply_events()
    execute("UPDATE gateway_events SET lease_until = now() - interval '1 s'")
    maintenance.sweep()
    execute("UPDATE gateway_events SET state = 'dead', done_at = now(), error = 'discarded by an operator'")

    apply(held[0], held[0].rows)

    return found(
        what_was_taken_back_is_left_alone=rows("SELECT state FROM gateway_events") == [("dead",)],
        no_effect_of_a_discarded_event=value("SELECT count(*) FROM payments") == 0,
    )


def two_receivers_with_the_same_keys(_: Patcher, __: str) -> list[str]:
    """Both get the same two events, in opposite order, at the same moment, from a slow database."""
    execute(SLOW_INSERTS)
    try:
        outcomes = asyncio.run(_deliver_in_opposite_order())
    finally:
        execute(QUICK_INSERTS)
    return found(every_delivery_is_confirmed=outcomes <= {Outcome.STORED, Outcome.DUPLICATE})


async def _deliver_in_opposite_order() -> set[Outcome]:
    url = load().required_database_url()
    receivers = [Intake(Inbox(url), {ACCOUNT: Tally()}, list) for _ in range(2)]
    for receiver in receivers:
        receiver.start()
    orders = (["evt_a", "evt_b"], ["evt_b", "evt_a"])
    answers = await asyncio.gather(
        *(
            receiver.store(make_row(key))
            for receiver, keys in zip(receivers, orders, strict=True)
            for key in keys
        )
    )
    for receiver in receivers:
        await receiver.stop()
    return set(answers)


def make_row(key: str) -> Row:
    """An event as a receiver stores it."""
    return Row(
        id=new_id(),
        gateway_account=ACCOUNT,
        dedupe_key=key,
        gateway_event_id=key,
        type="charge.updated",
        object_id=None,
        api_version=None,
        livemode=None,
        occurred_at=None,
        body=b"{}",
        key_id="test",
    )
