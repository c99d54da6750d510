"""The sweeper: a row that kills its workers dies alone, and everything else goes on."""

import pytest

from models.kinds import EMAILS, EVENTS, KINDS
from models.session import transaction
from models.work import CRASHES_ALONE_MAX, CRASHES_BEFORE_ALONE, claim, finish
from tests.support.factories import execute, make_work, rows, value
from workers import sweeper
from workers.sweeper import CRASHES_MAX, WAKES_MAX, Swept


@pytest.fixture(autouse=True)
def _database(database_url):
    """Every test here sweeps a real one."""


def kill(kind) -> None:
    """Whoever holds rows of a kind dies, and its leases run out."""
    execute(f"UPDATE {kind.table} SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    sweeper.sweep()


MORTAL = [kind for kind in KINDS if kind.failures_max is not None]


@pytest.mark.parametrize("kind", MORTAL, ids=lambda kind: kind.table)
def test_a_poison_row_dies_alone_and_its_neighbours_live(kind):
    poison, *innocent = make_work(kind, 3)
    done: set[object] = set()
    for _ in range(20):
        held = claim(kind)
        if not held.rows:
            break
        if poison in held.ids:
            kill(kind)
            continue
        with transaction() as session:
            if kind.table == "documents":
                execute(
                    """UPDATE documents SET blob_key = 'x', state = 'done', claim_token = NULL,
                         lease_until = NULL WHERE id = ANY(%s)""",
                    held.ids,
                )
            else:
                also = "action = 'remind', taken_at = now()," if kind.table == "dunning_steps" else ""
                finish(session, kind, held.ids, also=also)
        done |= set(held.ids)

    assert done == set(innocent)
    assert rows(f"SELECT state, crashes, error_class FROM {kind.table} WHERE id = %s", poison) == [
        ("dead", CRASHES_BEFORE_ALONE + CRASHES_ALONE_MAX, "WorkerKilled")
    ]
    assert (
        value(f"SELECT error FROM {kind.table} WHERE id = %s", poison)
        == "the worker died 5 times with this row"
    )
    assert value(f"SELECT max(crashes) FROM {kind.table} WHERE id <> %s", poison) <= CRASHES_BEFORE_ALONE


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
def test_a_row_that_killed_twice_is_claimed_alone_and_only_when_nothing_else_is_due(kind):
    suspect, other, fresh = make_work(kind, 3)
    execute(
        f"UPDATE {kind.table} SET crashes = %s WHERE id = ANY(%s)", CRASHES_BEFORE_ALONE, [suspect, other]
    )

    assert claim(kind, [suspect, fresh]).ids == [fresh]
    assert claim(kind).ids == [suspect]
    assert claim(kind).ids == [other]
    assert claim(kind).ids == []


def test_what_is_swept_is_counted_by_kind():
    make_work(EVENTS, 3)
    claim(EVENTS)
    make_work(EVENTS, 2)
    execute("UPDATE gateway_events SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    execute(
        """UPDATE gateway_events SET crashes = %s
           WHERE id = (SELECT id FROM gateway_events WHERE state = 'running' ORDER BY id LIMIT 1)""",
        CRASHES_MAX - 1,
    )

    events, *others = sweeper.sweep()

    assert (events.kind, events.expired, events.died, events.due) == (EVENTS, 3, 1, 4)
    assert all((other.expired, other.died, other.due) == (0, 0, 0) for other in others)


def test_a_mail_that_may_be_out_is_not_the_sweepers_to_take_back():
    make_work(EMAILS)
    claim(EMAILS)
    execute("UPDATE emails SET send_state = 'sending', copies = 1, lease_until = now() - interval '1 s'")

    sweeper.sweep()

    assert rows("SELECT state, crashes FROM emails") == [("running", 0)]


@pytest.mark.parametrize(("due", "wakes"), [(0, 0), (1, 1), (200, 1), (201, 2), (10_000, WAKES_MAX)])
def test_a_backlog_is_worth_one_wake_per_batch_up_to_a_limit(due, wakes):
    assert Swept(kind=EVENTS, expired=0, died=0, due=due).wakes == wakes


def test_what_waits_is_not_due():
    make_work(EVENTS, 2)
    execute("UPDATE gateway_events SET not_before = 'infinity'")

    assert [swept.due for swept in sweeper.sweep()] == [0] * len(KINDS)
