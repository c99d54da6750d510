"""Connections, the only commit, and which errors mean that the database was not ready."""

import threading

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from bursar.errors import Misconfigured, Transient
from models import session
from models.parties import Customer
from models.session import is_transient, raw, sqlalchemy_url, transaction
from tests.support.factories import value


@pytest.mark.parametrize(
    "error",
    [
        errors.DeadlockDetected(),
        errors.SerializationFailure(),
        errors.LockNotAvailable(),
        errors.QueryCanceled(),
        errors.TooManyConnections(),
        errors.DiskFull(),
        errors.AdminShutdown(),
        errors.CannotConnectNow(),
        errors.ConnectionFailure(),
        errors.IdleInTransactionSessionTimeout(),
        psycopg.OperationalError("connection refused"),
        psycopg.InterfaceError("the connection is closed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_database_was_not_ready_and_the_same_work_may_succeed_later(error):
    assert is_transient(error)
    assert is_transient(DBAPIError("SELECT", {}, error))


@pytest.mark.parametrize(
    "error",
    [
        errors.UniqueViolation(),
        errors.CheckViolation(),
        errors.ForeignKeyViolation(),
        errors.IntegrityConstraintViolation(),
        errors.NumericValueOutOfRange(),
        errors.UndefinedTable(),
        errors.SyntaxError(),
        psycopg.DataError("a NUL in a text"),
        ValueError("ours"),
        Transient(),
        KeyError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_ours_is_never_taken_for_bad_weather(error):
    assert not is_transient(error)


@pytest.mark.parametrize(
    "url", ["postgres://h/d", "postgresql://h/d", "postgresql+psycopg://h/d", "postgresql+asyncpg://h/d"]
)
def test_every_way_to_write_the_url_means_psycopg(url):
    assert sqlalchemy_url(url) == "postgresql+psycopg://h/d"


@pytest.mark.parametrize("url", ["", "h/d", "mysql://h/d", "sqlite:///x"])
def test_another_database_is_refused_by_naming_the_setting(url):
    with pytest.raises(Misconfigured, match="BURSAR_DATABASE_URL"):
        sqlalchemy_url(url)


def test_a_process_without_a_database_says_which_setting_is_missing(database_url):
    session.bind(database_url)
    session._Bound.url = None

    with pytest.raises(Misconfigured, match="BURSAR_DATABASE_URL"):
        session.engine()


def test_threads_that_begin_together_share_one_engine(database_url):
    session.bind(database_url)
    start = threading.Barrier(8)
    made: list[object] = []

    def begin() -> None:
        start.wait()
        made.append(session.engine())

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)

    assert len(set(map(id, made))) == 1


def test_an_error_rolls_everything_back():
    def write_and_stumble() -> None:
        with transaction() as one:
            one.add(Customer(external_ref="a", name="b"))
            one.flush()
            raise ValueError("stumbled")

    with pytest.raises(ValueError, match="stumbled"):
        write_and_stumble()

    assert value("SELECT count(*) FROM customers") == 0


def test_every_connection_carries_our_limits():
    shown = {
        name: value(f"SHOW {name}")
        for name in ("lock_timeout", "statement_timeout", "plan_cache_mode", "TimeZone")
    }

    assert shown == {
        "lock_timeout": "2s",
        "statement_timeout": "6s",
        "plan_cache_mode": "force_custom_plan",
        "TimeZone": "UTC",
    }


def test_a_restarted_server_costs_one_error_not_one_for_each_pooled_connection(database_url):
    with transaction() as one, transaction() as two, psycopg.connect(database_url) as other:
        pids = [value_of(each, "SELECT pg_backend_pid()") for each in (one, two)]
        assert other.execute("SELECT pg_backend_pid()").fetchone()[0] not in pids
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS t(pid)", [pids])

    with pytest.raises(OperationalError) as lost, transaction() as one:
        one.execute(text("SELECT 1"))
    assert is_transient(lost.value)

    for _ in pids:
        assert value("SELECT 1") == 1


def value_of(one, statement: str) -> object:
    return raw(one).execute(statement).fetchone()[0]
