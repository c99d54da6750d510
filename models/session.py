"""Connections and the only commit. A process binds one database at its composition root."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from bursar.errors import Misconfigured

POOL_SIZE = 4
"""Connections one process may hold; a prefork child uses one, the CLI and tests a few."""
POOL_TIMEOUT_S = 5
LOCK_TIMEOUT_MS = 2_000
STATEMENT_TIMEOUT_MS = 6_000
"""Below the hard limit of an events task (8 s) and its lease (10 s)."""
IDLE_TIMEOUT_MS = 8_000
READ_TIMEOUT_S = 300
"""What a question of an operator, or the nightly check of all invariants, may take."""

_CONNECTION_OPTIONS = " ".join(
    f"-c {name}={value}"
    for name, value in {
        # Plans cached while tables are empty cost 5x once foreign keys and triggers meet real data.
        "plan_cache_mode": "force_custom_plan",
        "lock_timeout": LOCK_TIMEOUT_MS,
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_TIMEOUT_MS,
        "TimeZone": "UTC",
    }.items()
)

_TRANSIENT_SQLSTATES = ("08", "40", "53", "55P03", "57P", "57014", "25P03")
"""Connection loss, deadlock and serialisation, no resources, lock timeout, shutdown, timeouts."""


class _Bound:
    """The engine of this process; replaced as a whole after a fork."""

    url: str | None = None
    engine: Engine | None = None
    making = threading.Lock()
    """Two threads at once make one engine: a second would be forgotten with its connections open."""


def bind(url: str) -> None:
    """Name the database of this process; connects on first use."""
    if _Bound.engine is not None:
        _Bound.engine.dispose()
    _Bound.engine = None
    _Bound.url = url


def engine() -> Engine:
    """The engine of this process, made on first use (after a fork, never before)."""
    with _Bound.making:
        if _Bound.engine is None:
            if _Bound.url is None:
                raise Misconfigured("no database is bound: set BURSAR_DATABASE_URL")
            _Bound.engine = make_engine(_Bound.url)
        return _Bound.engine


def make_engine(url: str) -> Engine:
    """An engine on psycopg 3 with the limits every connection of ours carries."""
    made = create_engine(
        sqlalchemy_url(url),
        pool_size=POOL_SIZE,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=False,
        connect_args={"options": _CONNECTION_OPTIONS, "connect_timeout": 3},
    )
    event.listen(made, "handle_error", _drop_dead_pool)
    return made


def sqlalchemy_url(url: str) -> str:
    """`postgres://` and `postgresql://` as SQLAlchemy wants them, on psycopg 3."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise Misconfigured("BURSAR_DATABASE_URL must start with postgresql://")
    return f"postgresql+psycopg://{rest}"


def dispose_engine() -> None:
    """After a fork: forget the engine without closing the sockets that the parent still uses."""
    if _Bound.engine is not None:
        _Bound.engine.dispose(close=False)
    _Bound.engine = None
    _Bound.making = threading.Lock()


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: commits on a clean exit, rolls back on any error. Nobody else commits."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """For who only looks: each statement by itself, so that no transaction has to begin and to end."""
    with Session(_autocommitting(engine())) as session:
        yield session


@lru_cache(maxsize=1)
def _autocommitting(made: Engine) -> Engine:
    """The same pool of connections; kept, for to make it costs as much as to ask."""
    return made.execution_options(isolation_level="AUTOCOMMIT")


def allow_long_reads(session: Session) -> None:
    """Give this transaction the patience of a person; workers keep their six seconds."""
    session.execute(text(f"SET LOCAL statement_timeout = '{READ_TIMEOUT_S}s'"))


def plan_for_batches(connection: psycopg.Connection[Any]) -> None:
    """Until the commit: plan each statement and each foreign key's look-up once, and always by index.

    A custom plan per execution means one per foreign key and row, half of all the work. A plan kept from when
    the tables were empty would scan them for ever: without sequential scans there is no such plan.
    """
    connection.execute(
        "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"
    )


def raw(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection of this transaction, for the set-based hot path."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def named_rows(session: Session, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
    """What a statement of psycopg's own returns, by the names of its columns.

    A third of the processor time that the same takes through SQLAlchemy: for what a person waits for.
    """
    connection = raw(session)
    begins = not connection.autocommit and connection.info.transaction_status is TransactionStatus.IDLE
    with connection.pipeline() if begins else nullcontext():  # BEGIN goes along: a round trip less
        cursor = connection.cursor(row_factory=namedtuple_row).execute(statement, parameters)
    return cursor.fetchall()


def is_transient(error: BaseException) -> bool:
    """Whether the database was not ready: the same work may succeed later without any change."""
    if isinstance(error, PoolTimeoutError):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return False
    if cause.sqlstate is None:
        return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    return cause.sqlstate.startswith(_TRANSIENT_SQLSTATES)


def _drop_dead_pool(context: Any) -> None:
    """A lost connection means a restarted server: all pooled connections are gone with it."""
    if isinstance(context.original_exception, psycopg.OperationalError):
        cause = context.original_exception
        context.is_disconnect = cause.sqlstate is None or cause.sqlstate.startswith(("08", "57P"))
