"""Statements whose cost must not grow with what they do not concern."""

from models.books.statements import RELEASE_EVENTS
from models.session import plan_for_batches, raw, transaction
from tests.support.factories import execute, store_event
from tests.tasks.steps import paid


def test_waiting_events_are_found_by_their_own_index_while_statistics_know_no_backlog():
    execute("ANALYZE gateway_events")
    for n in range(3):
        store_event(paid(payment=f"pi_{n}"))

    with transaction() as session:
        plan_for_batches(raw(session))
        plan = raw(session).execute(f"EXPLAIN {RELEASE_EVENTS}", [["stripe:test/pi_1"]]).fetchall()

    assert "ix_gateway_events_waiting" in str(plan)
    assert "ix_gateway_events_open" not in str(plan)
