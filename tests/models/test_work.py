"""The Work protocol, for every kind of row."""

import threading

import pytest

from bursar.errors import Refused
from models.kinds import DOCUMENTS, EMAILS, ENROLLMENTS, EVENTS, KINDS
from models.session import transaction
from models.work import (
    CRASHES_BEFORE_ALONE,
    ERROR_LENGTH_MAX,
    Claim,
    claim,
    fail,
    finish,
    release,
    renew,
    still_ours,
)
from tests.support.factories import execute, make_work, rows, value

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
ERROR = RuntimeError("it broke")


def state_of(kind, row_id) -> tuple[object, ...]:
    [found] = rows(f"SELECT state, failures, crashes FROM {kind.table} WHERE id = %s", row_id)
    return found


def claim_one(kind) -> Claim:
    execute(f"UPDATE {kind.table} SET not_before = now() WHERE state = 'pending'")
    return claim(kind)


@every_kind
def test_two_claims_never_share_a_row(kind):
    make_work(kind, 60)
    start = threading.Barrier(4)
    held: list[Claim] = []

    def work() -> None:
        start.wait()
        while (mine := claim(kind)).rows:
            held.append(mine)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    taken = [each for one in held for each in one.ids]
    assert len(taken) == len(set(taken)) == 60
    assert len({one.token for one in held}) == len(held)


@every_kind
def test_a_claim_takes_the_oldest_up_to_its_batch(kind):
    ids = make_work(kind, kind.batch_max + 5)

    assert sorted(claim(kind).ids) == sorted(ids[: kind.batch_max])
    assert len(claim(kind).ids) == min(5, kind.batch_max)


@every_kind
def test_a_claim_takes_the_named_rows_first_then_the_oldest(kind):
    ids = make_work(kind, kind.batch_max + 5)

    held = claim(kind, ids[-2:])

    expected = {*ids[-2:], *ids[: max(kind.batch_max - 2, 0)]}
    assert set(held.ids) <= expected
    assert len(held.ids) == kind.batch_max
    assert set(held.ids) & set(ids[-2:])


@every_kind
def test_a_claim_leaves_what_is_not_due_not_pending_or_held(kind):
    later, dead, mine = make_work(kind, 3)
    execute(f"UPDATE {kind.table} SET not_before = now() + interval '1 minute' WHERE id = %s", later)
    execute(f"UPDATE {kind.table} SET state = 'dead', error = 'x' WHERE id = %s", dead)
    execute(f"UPDATE {kind.table} SET crashes = %s WHERE id = %s", CRASHES_BEFORE_ALONE - 1, mine)

    assert claim(kind, [later, dead, mine]).ids == [mine]
    assert claim(kind, [later, dead, mine]).ids == []


@every_kind
def test_a_claim_is_a_lease_with_a_token(kind):
    make_work(kind)

    held = claim(kind)

    [(state, token, left)] = rows(
        f"SELECT state, claim_token, extract(epoch FROM lease_until - now())::float8 FROM {kind.table}"
    )
    assert (state, token) == ("running", held.token)
    assert kind.lease_s - 5 < left <= kind.lease_s


@every_kind
def test_a_row_that_another_took_over_is_not_ours_any_more(kind):
    make_work(kind, 2)
    held = claim(kind)
    kept, *lost = held.ids
    execute(
        f"UPDATE {kind.table} SET claim_token = gen_random_uuid() WHERE id <> %s AND state = 'running'", kept
    )

    with transaction() as session:
        assert still_ours(session, kind, held, [kept, *lost]) == {kept}
    execute(f"UPDATE {kind.table} SET claim_token = gen_random_uuid() WHERE state = 'running'")
    release(kind, held, held.ids)

    assert fail(kind, held, kept, ERROR) is False
    assert state_of(kind, kept) == ("running", 0, 0)


@every_kind
def test_renewing_starts_the_lease_again(kind):
    make_work(kind)
    held = claim(kind)
    execute(f"UPDATE {kind.table} SET lease_until = now() - interval '1 s'")

    renew(kind, held)

    assert value(
        f"SELECT lease_until > now() + make_interval(secs => %s) FROM {kind.table}", kind.lease_s - 5
    )


@every_kind
def test_giving_back_counts_nothing_and_waits_a_moment(kind):
    [row] = make_work(kind)
    held = claim(kind)

    release(kind, held, held.ids)

    assert state_of(kind, row) == ("pending", 0, 0)
    assert value(f"SELECT not_before - now() BETWEEN interval '0.5 s' AND interval '2 s' FROM {kind.table}")


@every_kind
def test_a_failure_is_counted_with_its_reason_and_backs_off_ever_longer(kind):
    [row] = make_work(kind)
    waits = []
    for _ in range(3):
        held = claim_one(kind)
        assert not fail(kind, held, row, ERROR)
        waits.append(value(f"SELECT extract(epoch FROM not_before - now())::float8 FROM {kind.table}"))

    assert state_of(kind, row) == ("pending", 3, 0)
    assert rows(f"SELECT error_class, error FROM {kind.table}") == [("RuntimeError", "it broke")]
    for doublings, wait in enumerate(waits):
        assert 2**doublings * 0.5 - 1 < wait < 2**doublings * 1.5


@every_kind
def test_the_wait_is_bounded(kind):
    [row] = make_work(kind)
    execute(f"UPDATE {kind.table} SET failures = %s", 3 if kind is DOCUMENTS else 1000)
    held = claim(kind)

    fail(kind, held, row, ERROR)

    assert value(
        f"SELECT not_before < now() + make_interval(secs => %s) FROM {kind.table}",
        kind.backoff_max_s * 1.5 + 1,
    )


@every_kind
def test_what_can_never_succeed_dies_at_once(kind):
    [row] = make_work(kind)
    held = claim(kind)

    assert fail(kind, held, row, Refused(), fatal=True)

    assert state_of(kind, row) == ("dead", 1, 0)
    assert value(f"SELECT error IS NOT NULL AND done_at IS NOT NULL FROM {kind.table}")


@pytest.mark.parametrize(
    ("kind", "failures", "age_s", "dies"),
    [
        (EVENTS, 7, 6 * 3600, True),
        (EVENTS, 6, 6 * 3600, False),
        (EVENTS, 7, 6 * 3600 - 60, False),
        (EVENTS, 1000, 60, False),
        (DOCUMENTS, 4, 0, True),
        (DOCUMENTS, 3, 10**6, False),
        (EMAILS, 0, 48 * 3600, True),
        (EMAILS, 1000, 48 * 3600 - 60, False),
        (ENROLLMENTS, 100_000, 10**8, False),
    ],
)
def test_each_kind_dies_by_its_own_law(kind, failures, age_s, dies):
    [row] = make_work(kind)
    born = "received_at" if kind is EVENTS else "created_at"
    execute(
        f"UPDATE {kind.table} SET failures = %s, {born} = now() - make_interval(secs => %s)", failures, age_s
    )

    assert fail(kind, claim(kind), row, ERROR) is dies

    assert state_of(kind, row)[0] == ("dead" if dies else "pending")


def test_a_reason_is_kept_short_and_never_empty():
    first, second = make_work(EVENTS, 2)
    held = claim(EVENTS)

    fail(EVENTS, held, first, ValueError("x" * 10_000))
    fail(EVENTS, held, second, ValueError())

    found = dict(rows("SELECT id, error FROM gateway_events"))
    assert found == {first: "x" * ERROR_LENGTH_MAX, second: "ValueError"}


def test_finishing_closes_the_row_and_forgets_the_error():
    make_work(EVENTS)
    execute("UPDATE gateway_events SET error = 'old', error_class = 'Old'")
    held = claim(EVENTS)

    with transaction() as session:
        finish(session, EVENTS, held.ids)

    assert rows(
        "SELECT state, error, error_class, claim_token, lease_until, done_at IS NOT NULL FROM gateway_events"
    ) == [("done", None, None, None, None, True)]


def test_a_claim_brings_the_columns_that_its_task_asked_for():
    [row] = make_work(DOCUMENTS)

    held = claim(DOCUMENTS, [], "id, kind, subject_id")

    assert [(one.id, one.kind, one.subject_id) for one in held.rows] == [(row, "receipt", row)]
