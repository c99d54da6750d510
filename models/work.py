"""The Work protocol, once for every kind of row: claim, finish, fail, release.

pending -> running (claim: lease and token) -> done | ignored | pending again | dead.
A worker that lost its lease finds its token gone and drops the row before deciding anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import CheckConstraint, DateTime, Index, func, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.arrays import Array
from models.session import raw, transaction

CRASHES_BEFORE_ALONE = 2
"""A row whose worker died this often is claimed alone, so that a poison row dies alone."""
CRASHES_ALONE_MAX = 3
"""Deaths of a worker with only this row in hand before the row is dead."""
ERROR_LENGTH_MAX = 500
"""Characters of an error kept on the row: enough for a reason, too short for a payload."""


class WorkState(StrEnum):
    """Where a unit of work stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    IGNORED = "ignored"


class Work:
    """Columns of every table whose rows are units of work."""

    state: Mapped[str] = mapped_column(server_default=WorkState.PENDING.value)
    failures: Mapped[int] = mapped_column(server_default="0")
    crashes: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    claim_token: Mapped[UUID | None]
    error_class: Mapped[str | None]
    error: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def work_checks() -> tuple[CheckConstraint, ...]:
    """The checks of the state machine."""
    states = ", ".join(f"'{state.value}'" for state in WorkState)
    return (
        CheckConstraint(f"state IN ({states})", name="state_known"),
        CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name="running_is_leased",
        ),
        CheckConstraint("state <> 'dead' OR error IS NOT NULL", name="dead_has_a_reason"),
    )


def work_indexes(table: str) -> tuple[CheckConstraint | Index, ...]:
    """The partial indexes that keep claiming fast at any table size, and the checks of the state machine."""
    return (
        *work_checks(),
        Index(f"ix_{table}_due", "not_before", "id", postgresql_where=text("state = 'pending'")),
        Index(f"ix_{table}_leased", "lease_until", postgresql_where=text("state = 'running'")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkKind:
    """One kind of work: its table, the task that works it off, and its limits."""

    table: str
    task: str
    batch_max: int
    lease_s: int
    failures_max: int | None
    """None: never dies, backs off for ever."""
    age_min_s: int = 0
    """Seconds a row must be old before failures may kill it."""
    backoff_max_s: int = 3600
    open: str = "true"
    """What is true of every row that is not over: the condition of the index that finds them, where it has one."""
    durable_claim: bool = False
    """False where a claim lost with the server is harmless: the row is simply pending again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows that are ours until the lease runs out."""

    token: UUID
    rows: Sequence[Any]
    """Named tuples of the columns asked for."""

    @property
    def ids(self) -> list[UUID]:
        """The ids of the claimed rows."""
        return [row.id for row in self.rows]


def claim(kind: WorkKind, ids: Sequence[UUID] = (), columns: str = "id", *, fill: bool = True) -> Claim:
    """Take up to `batch_max` due rows: these ids first, then, to `fill` the batch, the oldest; commits at once.

    When nothing else is due, one row that has killed its worker before is taken alone.
    """
    token = uuid4()
    with transaction() as session:
        taker = _Taker(raw(session), kind, token, columns)
        rows = taker.take("crashes < %(fear)s AND id = ANY(%(ids)s)", kind.batch_max, ids) if ids else []
        if fill and len(rows) < kind.batch_max:
            rows += taker.take("crashes < %(fear)s", kind.batch_max - len(rows))
        if fill and not rows:
            rows = taker.take("crashes >= %(fear)s", 1)
    return Claim(token, rows)


def claim_alone(kind: WorkKind, columns: str = "id") -> Claim:
    """Take one row that has killed its worker before, so that a backlog cannot starve it; commits at once."""
    token = uuid4()
    with transaction() as session:
        return Claim(token, _Taker(raw(session), kind, token, columns).take("crashes >= %(fear)s", 1))


class _Taker:
    """Claims rows of one kind under one token; on psycopg itself, so that bodies come as bytes, not as text."""

    def __init__(
        self, connection: psycopg.Connection[Any], kind: WorkKind, token: UUID, columns: str
    ) -> None:
        self._connection = connection
        self._kind = kind
        self._token = token
        self._returned = ", ".join(f"w.{column.strip()}" for column in columns.split(","))
        self._began = kind.durable_claim

    def take(self, which: str, limit: int, ids: Sequence[UUID] = ()) -> list[Any]:
        """Up to `limit` due rows of these, the oldest first; rows that others hold are passed over."""
        statement = f"""
            WITH due AS (
              SELECT id FROM {self._kind.table}
              WHERE {self._kind.open} AND state = 'pending' AND not_before <= now() AND {which}
              ORDER BY not_before, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE {self._kind.table} w SET state = 'running', claim_token = %(token)s,
              lease_until = now() + make_interval(secs => %(lease_s)s)
            FROM due WHERE w.id = due.id RETURNING {self._returned}"""
        parameters = {
            "fear": CRASHES_BEFORE_ALONE,
            "limit": limit,
            "token": self._token,
            "lease_s": self._kind.lease_s,
            "ids": Array("uuid", ids),
        }
        with self._connection.pipeline():
            if not self._began:
                self._connection.execute("SET LOCAL synchronous_commit = off")
                self._began = True
            cursor = self._connection.cursor(binary=True, row_factory=namedtuple_row)
            cursor.execute(statement, parameters)
        return cursor.fetchall()


def still_ours(session: Session, kind: WorkKind, held: Claim, ids: Sequence[UUID]) -> set[UUID]:
    """Lock our rows and return those still ours: the first statement of the work's own transaction."""
    statement = f"""SELECT id FROM {kind.table} WHERE id = ANY(%s) AND claim_token = %s
      ORDER BY id FOR NO KEY UPDATE"""
    cursor = raw(session).cursor(binary=True).execute(statement, [Array("uuid", ids), held.token])
    return {row[0] for row in cursor}


def finish(session: Session, kind: WorkKind, ids: Sequence[UUID], *, also: str = "") -> None:
    """Close rows inside the transaction that did their work; `also` is SQL that sets more of them."""
    statement = f"""UPDATE {kind.table} SET {also} state = 'done', done_at = now(), lease_until = NULL,
      claim_token = NULL, error = NULL, error_class = NULL WHERE id = ANY(%s)"""
    raw(session).execute(statement, [Array("uuid", ids)])


def renew(kind: WorkKind, held: Claim) -> None:
    """Start the lease again: slow, but alive."""
    statement = text(
        f"UPDATE {kind.table} SET lease_until = now() + make_interval(secs => :lease_s)"
        " WHERE id = ANY(:ids) AND claim_token = :token"
    )
    with transaction() as session:
        session.execute(statement, {"ids": held.ids, "token": held.token, "lease_s": kind.lease_s})


def release(kind: WorkKind, held: Claim, ids: Sequence[UUID]) -> None:
    """Give rows back as they were: the world was not ready, it counts as no failure."""
    statement = text(
        f"UPDATE {kind.table} SET state = 'pending', lease_until = NULL, claim_token = NULL,"
        " not_before = now() + make_interval(secs => 1 + random())"
        " WHERE id = ANY(:ids) AND claim_token = :token"
    )
    with transaction() as session:
        session.execute(statement, {"ids": list(ids), "token": held.token})


def fail(kind: WorkKind, held: Claim, row_id: UUID, error: Exception, *, fatal: bool = False) -> bool:
    """Record a failure in a transaction of its own; back off, or die with the reason. True when it died."""
    dies = "true" if fatal else "false"
    if kind.failures_max is not None and not fatal:
        dies = "failures + 1 >= :failures_max AND {age} <= now() - make_interval(secs => :age_min_s)"
        dies = dies.format(age="received_at" if kind.table == "gateway_events" else "created_at")
    statement = text(
        f"""UPDATE {kind.table} SET failures = failures + 1, lease_until = NULL, claim_token = NULL,
              error_class = :error_class, error = :error,
              state = CASE WHEN {dies} THEN 'dead' ELSE 'pending' END,
              done_at = CASE WHEN {dies} THEN now() END,
              not_before = now() + make_interval(secs =>
                least(:backoff_max_s, power(2, least(failures, 20))) * (0.5 + random()))
            WHERE id = :id AND claim_token = :token RETURNING state"""
    )
    parameters: dict[str, Any] = {
        "id": row_id,
        "token": held.token,
        "error_class": type(error).__name__,
        "error": (str(error) or type(error).__name__)[:ERROR_LENGTH_MAX],
        "backoff_max_s": kind.backoff_max_s,
    }
    if ":failures_max" in dies:
        parameters |= {"failures_max": kind.failures_max, "age_min_s": kind.age_min_s}
    with transaction() as session:
        return bool(session.scalar(statement, parameters) == WorkState.DEAD)
