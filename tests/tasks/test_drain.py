"""Working rows off: a backlog starves nobody, and what never dies never dies."""

from models.kinds import ENROLLMENTS, EVENTS
from models.work import CRASHES_BEFORE_ALONE
from tasks import drain
from tasks.drain import claims
from tests.support.factories import execute, make_work, rows
from workers import sweeper


def test_a_feared_row_is_taken_alone_at_the_end_of_its_time_whatever_the_backlog(monkeypatch):
    monkeypatch.setattr(drain, "LATE_S", 60.0)
    feared, *others = make_work(EVENTS, 3)
    execute("UPDATE gateway_events SET crashes = %s WHERE id = %s", CRASHES_BEFORE_ALONE, feared)

    taken = [held.ids for held in claims(EVENTS, (), drain_s=-1)]

    assert [sorted(ids) for ids in taken] == [sorted(others), [feared]]


def test_a_worker_that_is_late_takes_no_feared_row_its_limit_would_kill_it_again(monkeypatch):
    monkeypatch.setattr(drain, "LATE_S", 0.0)
    feared, other = make_work(EVENTS, 2)
    execute("UPDATE gateway_events SET crashes = %s WHERE id = %s", CRASHES_BEFORE_ALONE, feared)

    assert [held.ids for held in claims(EVENTS, (), drain_s=-1)] == [[other]]


def test_an_unlock_that_kills_its_workers_backs_off_but_never_dies():
    [row_id] = make_work(ENROLLMENTS, 1)
    for _ in range(sweeper.CRASHES_MAX + 2):
        execute(
            """UPDATE enrollments SET state = 'running', claim_token = gen_random_uuid(),
                 lease_until = now() - interval '1 s' WHERE id = %s""",
            row_id,
        )
        sweeper.sweep()

    [(state, crashes, waits)] = rows("SELECT state, crashes, not_before > now() FROM enrollments")
    assert (state, crashes, waits) == ("pending", sweeper.CRASHES_MAX + 2, True)
