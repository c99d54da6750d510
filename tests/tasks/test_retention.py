"""What has been kept long enough is forgotten; nothing younger is, and the books can still be rebuilt."""

import os
from datetime import timedelta

import pytest

from bursar.clock import utc_now
from bursar.ids import first_id_at
from bursar.rules.retention import DAYS, Kept
from bursar.sandbox import rebuilding
from bursar.settings import load
from models.queries import history, outcome, retention
from models.queries.inbox import EventNotReplayable, Search, find_replayable
from models.session import transaction
from tasks import maintenance
from tasks.calls import make_calls
from tasks.customers import request_records
from tasks.erasure import erase, request_erasure
from tasks.forgetting import forget, would_forget
from tests.support.factories import (
    execute,
    link_gateway_customer,
    make_customer,
    make_invoice,
    rows,
    tamper,
    value,
)
from tests.tasks.steps import broken, paid, refunded, tell, twice, work_off


def paid_and_done(payment: str) -> None:
    tell(paid(payment=payment, invoice=make_invoice(make_customer())))
    work_off()


def age(table: str, days: float, column: str = "done_at") -> None:
    """As if it had been written and done with so long ago: ids are made in order of time."""
    moment = utc_now() - timedelta(days=days)
    first = first_id_at(moment).int
    for n, (row_id,) in enumerate(rows(f"SELECT id FROM {table} ORDER BY id")):
        renamed = f"{first + n:032x}"
        for child in {"gateway_events": ("facts",), "emails": ()}.get(table, ()):
            tamper(f"UPDATE {child} SET event_id = %s::uuid WHERE event_id = %s", renamed, row_id)
        tamper(f"UPDATE {table} SET id = %s::uuid, {column} = %s WHERE id = %s", renamed, moment, row_id)


def bodies() -> list[bool]:
    return [empty for (empty,) in rows("SELECT octet_length(body) = 0 FROM gateway_events ORDER BY id")]


@pytest.mark.parametrize(("days", "gone"), [(89.9, False), (90.1, True)])
def test_a_body_is_forgotten_after_its_days_and_not_before(days, gone):
    paid_and_done("pi_1")
    age("gateway_events", days)

    twice(maintenance.retain)

    assert bodies() == [gone]
    assert rows("SELECT kind FROM facts") == [("payment.succeeded",)]
    assert broken() == []


def test_the_books_are_rebuilt_from_facts_whose_bodies_are_gone():
    paid_and_done("pi_1")
    tell(refunded("pi_1", 300_00))
    work_off()
    age("gateway_events", 91)
    maintenance.retain()
    assert bodies() == [True, True]

    with transaction() as session:
        happened, stored = history.read_history(session), outcome.read_outcome(session)
    assert list(rebuilding.compare(rebuilding.rebuild(happened), stored)) == []


@pytest.mark.parametrize("state", ["dead", "pending"])
def test_what_waits_for_somebody_keeps_its_body(state):
    paid_and_done("pi_1")
    age("gateway_events", 400)
    unfinished = "NULL" if state != "dead" else "done_at"
    tamper(f"UPDATE gateway_events SET state = %s, error = 'x', done_at = {unfinished}", state)

    forget(utc_now(), whole=True)

    assert bodies() == [False]


def test_slips_are_vouchers_and_stay():
    paid_and_done("pi_1")
    execute("UPDATE gateway_events SET source = 'manual'")
    age("gateway_events", 400)

    forget(utc_now(), whole=True)

    assert bodies() == [False]


def test_a_nightly_look_goes_back_a_month_and_the_first_of_a_month_to_the_beginning():
    paid_and_done("pi_1")
    age("gateway_events", 300)

    maintenance.retain(whole=False)
    assert bodies() == [False]

    maintenance.retain(whole=True)
    assert bodies() == [True]


def test_chunks_follow_each_other_until_nothing_is_left(monkeypatch):
    for n in range(5):
        paid_and_done(f"pi_{n}")
    age("gateway_events", 91)
    monkeypatch.setattr(retention, "CHUNK_MAX", 2)

    assert would_forget(utc_now(), whole=False)[Kept.BODIES] == 5
    assert bodies() == [False] * 5
    assert forget(utc_now(), whole=False)[Kept.BODIES] == 5
    assert bodies() == [True] * 5
    assert forget(utc_now(), whole=False)[Kept.BODIES] == 0


def test_an_event_without_its_body_cannot_be_replayed():
    paid_and_done("pi_1")
    execute("UPDATE gateway_events SET state = 'ignored', error = 'no', gateway_event_id = 'evt_bare'")
    age("gateway_events", 91)
    maintenance.retain()

    with transaction() as session:
        with pytest.raises(EventNotReplayable, match="was removed on"):
            find_replayable(session, ["evt_bare"], Search(limit=9), lock=False)
        assert find_replayable(session, [], Search(limit=9), lock=False) == []


def test_parameters_of_calls_are_forgotten_and_their_outcome_is_not(toy):
    make_calls(request_records(make_customer(name="Student 7").id, ["toy:test"]))
    age("gateway_calls", 91)

    twice(maintenance.retain)

    assert rows("SELECT params, answer, outcome FROM gateway_calls") == [({}, None, "answered")]
    assert broken() == []


def test_what_a_mail_said_and_its_file_are_forgotten():
    paid_and_done("pi_1")
    execute("UPDATE emails SET answer = '250 taken'")
    age("emails", 31)
    for file in (load().var / "outbox").glob("*.eml"):
        old = (utc_now() - timedelta(days=31)).timestamp()
        os.utime(file, (old, old))

    twice(maintenance.retain)

    assert rows("SELECT said, answer, send_state FROM emails") == [(None, None, "sent")]
    assert list((load().var / "outbox").glob("*.eml")) == []


def test_the_newest_tick_of_a_job_stays():
    for n in range(3):
        statement = "INSERT INTO beat_ticks SELECT 'job', %s, now() - make_interval(days => %s), now()"
        execute(statement, f"w{n}", 40 - n)

    maintenance.retain()

    assert rows("""SELECT "window" FROM beat_ticks WHERE job = 'job'""") == [("w2",)]


def test_what_is_said_of_a_person_after_the_erasure_is_forgotten_the_next_night():
    customer = make_customer()
    link_gateway_customer(customer, "cus_gone")
    tell(paid(payment="pi_1", invoice=make_invoice(customer)))
    work_off()
    request_erasure(customer.id, by="operator", reason="asked")
    assert erase(customer.id) == []
    tell(refunded("pi_1", 1000_00))
    work_off()
    assert bodies() == [True, False]
    assert DAYS[Kept.ERASED] == 0

    maintenance.retain()

    assert bodies() == [True, True]
    assert value("SELECT refunded_minor FROM payments") == 1000_00
