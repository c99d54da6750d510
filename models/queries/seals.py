"""The audit log in sealed blocks: each holds the hash of its rows and of the block before it.

A block takes whole transactions that are over: those below `pg_snapshot_xmin`. A row that is committed late is
never below an earlier bound, so none is missed and no writer waits. A database restored from a dump counts
transactions anew: from then on only rows above `floor_id` count.
"""

from dataclasses import dataclass

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

ROWS_PER_BLOCK = 10_000
"""Rows after which a block ends with its transaction."""
_ROWS = """
  SELECT id, sha256(convert_to(jsonb_build_array(id, extract(epoch FROM at), actor, action, subject_type,
    subject_id, detail, xid)::text, 'UTF8')) AS digest
  FROM audit_log WHERE id > {floor_id} AND xid >= {xid_from} AND xid < {xid_until}"""
"""The columns a row is sealed with, in this order for ever; the time as a number, no setting changes it."""
_HASH = "sha256({previous} || string_agg(digest, ''::bytea ORDER BY id))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of the chain. `head` is the newest hash, in hexadecimal."""

    blocks: int
    rows: int
    unsealed: int
    head: str | None
    broken_block: int | None = None
    reason: str | None = None


def seal_next(session: Session, rows_max: int = ROWS_PER_BLOCK) -> tuple[int, str] | None:
    """Seal one block of what is over; its number and hash. None when there is nothing, or somebody else seals."""
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('bursar.audit.seal'))")):
        return None
    last = session.execute(text("SELECT * FROM audit_blocks ORDER BY n DESC LIMIT 1")).first()
    over = session.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")) or 0
    span = {"floor_id": 0, "xid_from": 0} if last is None else _after(last, over)
    until = session.scalar(
        text(
            """SELECT max(xid) + 1 FROM (
                 SELECT xid FROM audit_log WHERE id > :floor_id AND xid >= :xid_from AND xid < :over
                 ORDER BY xid LIMIT :rows_max) AS next"""
        ),
        {**span, "over": over, "rows_max": rows_max},
    )
    if until is None:
        return None
    rows = _ROWS.format(floor_id=":floor_id", xid_from=":xid_from", xid_until=":xid_until")
    hashed = _HASH.format(previous=":previous")
    sealed = session.execute(
        text(
            f"""INSERT INTO audit_blocks (n, floor_id, xid_from, xid_until, last_id, rows, previous_hash, hash)
                SELECT :n, :floor_id, :xid_from, :xid_until, greatest(max(id), :last_id), count(*), :previous,
                  {hashed}
                FROM ({rows}) AS row RETURNING n, hash"""
        ),
        {
            **span,
            "n": last.n + 1 if last else 1,
            "xid_until": until,
            "last_id": last.last_id if last else 0,
            "previous": last.hash if last else b"",
        },
    ).one()
    return sealed.n, sealed.hash.hex()


def verify(session: Session) -> Verdict:
    """Reckon every block again, oldest first, and stop at the first that is not what was sealed."""
    rows = _ROWS.format(floor_id="b.floor_id", xid_from="b.xid_from", xid_until="b.xid_until")
    rows += " AND id <= b.last_id"
    found = session.execute(
        text(
            f"""SELECT b.n, b.rows, b.previous_hash, b.hash, now.rows AS rows_now, now.hash AS hash_now
                FROM audit_blocks b CROSS JOIN LATERAL (
                  SELECT count(*) AS rows, {_HASH.format(previous="b.previous_hash")} AS hash
                  FROM ({rows}) AS row) AS now ORDER BY b.n"""
        )
    )
    blocks = sealed = 0
    before = b""
    for block in found:
        if (reason := _wrong(block, blocks + 1, before)) is not None:
            head = before.hex() or None
            return Verdict(
                blocks=blocks, rows=sealed, unsealed=0, head=head, broken_block=block.n, reason=reason
            )
        blocks, sealed, before = block.n, sealed + block.rows, block.hash
    return _beyond(session, Verdict(blocks=blocks, rows=sealed, unsealed=0, head=before.hex() or None))


def is_sealed_as(session: Session, head: str) -> bool:
    """Whether some block has this hash: one that was noted outside the database."""
    found = session.scalar(
        text("SELECT true FROM audit_blocks WHERE encode(hash, 'hex') = :head"), {"head": head}
    )
    return found is not None


def _after(last: Row[tuple[int, ...]], over: int) -> dict[str, int]:
    if over < last.xid_until:
        return {"floor_id": last.last_id, "xid_from": 0}
    return {"floor_id": last.floor_id, "xid_from": last.xid_until}


def _wrong(block: Row[tuple[int, ...]], n: int, before: bytes) -> str | None:
    if block.n != n:
        return f"block {n} is gone"
    if block.previous_hash != before:
        return "it does not follow the block before it"
    if block.rows_now != block.rows:
        return f"it was sealed with {block.rows} rows and has {block.rows_now}"
    return None if block.hash_now == block.hash else "a row of it was changed"


def _beyond(session: Session, verdict: Verdict) -> Verdict:
    """Rows after the last block are not sealed yet; all others must lie in a block."""
    last = session.execute(text("SELECT * FROM audit_blocks ORDER BY n DESC LIMIT 1")).first()
    total = session.scalar(text("SELECT count(*) FROM audit_log")) or 0
    new = session.scalar(
        text("SELECT count(*) FROM audit_log WHERE id > :floor_id AND xid >= :xid_until"),
        {"floor_id": last.floor_id if last else 0, "xid_until": last.xid_until if last else 0},
    )
    strays = total - verdict.rows - (new or 0)
    return Verdict(
        blocks=verdict.blocks,
        rows=verdict.rows,
        unsealed=new or 0,
        head=verdict.head,
        broken_block=verdict.blocks + 1 if strays else None,
        reason=f"{strays} rows were slipped in below it" if strays else None,
    )
