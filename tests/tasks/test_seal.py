"""The audit log is sealed block by block; a late commit is not missed, and nothing is changed unseen."""

import psycopg
import pytest

from models.queries import seals
from models.session import transaction
from tasks import maintenance
from tests.support.factories import execute, make_customer, make_invoice, rows, tamper, value
from tests.support.processes import eventually
from tests.tasks.steps import broken, paid, tell, twice

WRITE = """INSERT INTO audit_log (action, subject_type, subject_id, detail)
           VALUES ('thing.done', 'thing', gen_random_uuid(), '{"n": 1}')"""


def calm() -> None:
    """Wait for what is under way on this server: other tests hold back what is sealed."""
    newest = value("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    assert eventually(lambda: value(oldest) >= newest)


def seal() -> None:
    calm()
    maintenance.seal()


def verdict() -> seals.Verdict:
    with transaction() as session:
        return seals.verify(session)


def three_blocks() -> None:
    for n in range(3):
        tell(paid(payment=f"pi_{n}", invoice=make_invoice(make_customer())))
        seal()


def test_sealing_takes_every_row_once_and_again_changes_nothing():
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())))

    twice(seal)

    assert rows("SELECT n, rows FROM audit_blocks") == [(1, value("SELECT count(*) FROM audit_log"))]
    assert (verdict().unsealed, verdict().reason) == (0, None)
    assert broken() == []


def test_an_empty_log_has_no_blocks_and_is_whole():
    seal()

    assert verdict() == seals.Verdict(blocks=0, rows=0, unsealed=0, head=None)


def test_a_row_that_is_committed_late_is_sealed_later_and_not_missed(database_url):
    with psycopg.connect(database_url) as slow:
        slow.execute(WRITE)
        execute(WRITE)
        maintenance.seal()
        assert value("SELECT coalesce(sum(rows), 0) FROM audit_blocks") == 0
        slow.commit()
    execute(WRITE)

    seal()

    assert value("SELECT sum(rows) FROM audit_blocks") == 3
    assert (verdict().rows, verdict().reason) == (3, None)


def test_a_backlog_becomes_many_blocks_of_whole_transactions():
    execute(";".join([WRITE] * 5))
    for _ in range(4):
        execute(WRITE)
    calm()

    while True:
        with transaction() as session:
            if seals.seal_next(session, rows_max=2) is None:
                break

    assert rows("SELECT n, rows FROM audit_blocks ORDER BY n") == [(1, 5), (2, 2), (3, 2)]
    assert verdict().reason is None


@pytest.mark.parametrize(
    ("statement", "block", "reason"),
    [
        ("UPDATE audit_log SET actor = 'nobody' WHERE id = (SELECT min(id) FROM audit_log)", 1, "changed"),
        (
            "UPDATE audit_log SET at = at + interval '1 us' WHERE id = (SELECT max(id) FROM audit_log)",
            3,
            "changed",
        ),
        ("DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)", 3, "rows and has"),
        (
            """INSERT INTO audit_log (action, subject_type, subject_id, xid)
               SELECT 'a', 'b', gen_random_uuid(), xid FROM audit_log ORDER BY id LIMIT 1""",
            4,
            "slipped in",
        ),
        ("DELETE FROM audit_blocks WHERE n = 2", 3, "block 2 is gone"),
        ("UPDATE audit_blocks SET previous_hash = ''::bytea WHERE n = 2", 2, "does not follow"),
        ("UPDATE audit_blocks SET hash = sha256(''::bytea) WHERE n = 1", 1, "changed"),
    ],
)
def test_the_first_block_that_was_tampered_with_is_named(statement, block, reason):
    three_blocks()
    assert verdict().reason is None

    tamper(statement)

    assert verdict().broken_block == block
    assert reason in (verdict().reason or "")


def test_the_database_refuses_to_change_a_block():
    three_blocks()

    for statement in (
        "UPDATE audit_blocks SET rows = 0",
        "DELETE FROM audit_blocks",
        "TRUNCATE audit_blocks",
    ):
        with pytest.raises(psycopg.Error, match="append-only"):
            execute(statement)


def test_a_database_that_counts_transactions_anew_goes_on_behind_the_last_row():
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())))
    tamper("UPDATE audit_log SET xid = xid + 1000000000")
    row = "id, extract(epoch FROM at), actor, action, subject_type, subject_id, detail, xid"
    digest = f"sha256(convert_to(jsonb_build_array({row})::text, 'UTF8'))"
    tamper(
        f"""INSERT INTO audit_blocks SELECT 1, 0, 0, max(xid) + 1, max(id), count(*), ''::bytea,
              sha256(string_agg({digest}, ''::bytea ORDER BY id)) FROM audit_log"""
    )
    execute(WRITE)

    seal()
    execute(WRITE)
    seal()

    assert rows("SELECT n, rows FROM audit_blocks WHERE n > 1 ORDER BY n") == [(2, 1), (3, 1)]
    assert (verdict().blocks, verdict().reason) == (3, None)
