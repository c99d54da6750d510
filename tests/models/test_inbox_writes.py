"""Closing and reopening inbox rows outside the books."""

from bursar.rules.breaks import BreakKind
from models.inbox_writes import ignore_events, open_break, replay_events
from models.kinds import EVENTS
from models.session import transaction
from models.work import claim
from tasks.events import apply_events
from tests.support.factories import execute, make_customer, make_invoice, make_work, rows
from tests.tasks.steps import broken, open_breaks, paid, snapshot, tell


def test_ignoring_nothing_is_nothing():
    with transaction() as session:
        ignore_events(session, {})


def test_events_are_ignored_each_with_its_reason():
    first, second = make_work(EVENTS, 2)
    claim(EVENTS)

    with transaction() as session:
        ignore_events(session, {first: "unhandled type", second: "wrong_mode"})

    assert set(rows("SELECT id, state, error FROM gateway_events")) == {
        (first, "ignored", "unhandled type"),
        (second, "ignored", "wrong_mode"),
    }
    assert rows("SELECT kind, subject FROM breaks") == [("wrong_mode", f"event:{second}")]


def test_a_break_is_opened_once_until_it_is_resolved():
    for _ in range(2):
        with transaction() as session:
            open_break(session, BreakKind.UNKNOWN_INVOICE, "payment:1", "first")
    assert open_breaks() == ["unknown_invoice"]

    execute("UPDATE breaks SET resolved_at = now(), resolution = 'done'")
    with transaction() as session:
        open_break(session, BreakKind.UNKNOWN_INVOICE, "payment:1", "again")

    assert open_breaks() == ["unknown_invoice"]
    assert len(rows("SELECT id FROM breaks")) == 2


def test_a_dead_event_that_is_replayed_is_due_again_as_if_new():
    [event] = tell(
        paid(invoice=make_invoice(make_customer())).replace(b'"currency": "inr"', b'"currency": "x"')
    )
    assert rows("SELECT state FROM gateway_events") == [("dead",)]
    execute("UPDATE gateway_events SET body = %s", paid(payment="pi_1"))

    with transaction() as session:
        assert replay_events(session, [event]) == 1
    assert rows("SELECT state, failures, crashes, done_at FROM gateway_events") == [("pending", 0, 0, None)]
    apply_events()

    assert rows("SELECT state, error FROM gateway_events") == [("done", None)]
    assert broken() == []


def test_what_was_applied_is_not_replayed():
    [event] = tell(paid(invoice=make_invoice(make_customer())))
    before = snapshot()

    with transaction() as session:
        assert replay_events(session, [event]) == 0

    assert snapshot() == before
