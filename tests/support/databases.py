"""One PostgreSQL per run, one migrated database per pytest process, emptied before each test that uses it.

Measured on 40 tables: emptying by DELETE 2 ms, by TRUNCATE 170 ms, by a fresh copy of the template 200 ms.
"""

import os
from dataclasses import dataclass
from typing import Self

import psycopg
from psycopg import sql

from bursar.sandbox.postgres import PrivatePostgres

VARIABLE = "BURSAR_TEST_DATABASE_URL"


class RunServer:
    """The PostgreSQL of this test run: private, or the one named by BURSAR_TEST_DATABASE_URL."""

    def __init__(self) -> None:
        self._private: PrivatePostgres | None = None
        self._used = False
        self.run = f"bursar_{os.getpid()}"

    def admin_url(self) -> str:
        """A URL that may create databases; starts the private server on first use."""
        if configured := os.environ.get(VARIABLE):
            self._used = True
            return configured
        if self._private is None:
            self._private = PrivatePostgres()
            self._private.start()
        return self._private.url_of("postgres")

    def close(self) -> None:
        if self._private is not None:
            self._private.close()
        elif self._used:
            _drop(self.admin_url(), f"{self.run}_template")


def url_of(admin_url: str, database: str) -> str:
    """The same server, another database."""
    head, _, query = admin_url.partition("?")
    scheme, _, rest = head.partition("://")
    authority = rest.split("/")[0]
    return f"{scheme}://{authority}/{database}" + (f"?{query}" if query else "")


@dataclass
class TestDatabase:
    """The database of one pytest process."""

    __test__ = False

    admin_url: str
    name: str

    @property
    def url(self) -> str:
        return url_of(self.admin_url, self.name)

    @classmethod
    def create(cls, admin_url: str, *, run: str, worker: str) -> Self:
        """Copy the run's migrated template, making it first when no other process has."""
        made = cls(admin_url=admin_url, name=f"{run}_{worker}")
        template = f"{run}_template"
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [run])
            found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone()
            if not found:
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(template)))
                _migrate(url_of(admin_url, template))
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(made.name), sql.Identifier(template)
                )
            )
        made._remember()
        return made

    def empty(self) -> None:
        """Back to what the migrations left: rows, sequences, and nobody connected."""
        with psycopg.connect(self.url) as connection:
            connection.execute(_DISCONNECT_OTHERS)
            # Ledger and audit rows refuse to be deleted; as a replica the server does not ask their triggers.
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(self._deletes)
            connection.execute(_RESTART_SEQUENCES)
            for table, rows in self._seeds.items():
                with connection.cursor().copy(_copy(table, "FROM STDIN")) as copy:
                    copy.write(rows)

    def drop(self) -> None:
        _drop(self.admin_url, self.name)

    def _remember(self) -> None:
        with psycopg.connect(self.url) as connection:
            tables = [name for (name,) in connection.execute(_TABLES)]
            statement = sql.SQL("DELETE FROM {}")
            self._deletes = sql.SQL(";").join(statement.format(sql.Identifier(name)) for name in tables)
            self._seeds: dict[str, bytes] = {}
            for name in tables:
                with connection.cursor().copy(_copy(name, "TO STDOUT")) as copy:
                    rows = b"".join(bytes(block) for block in copy)
                if rows:
                    self._seeds[name] = rows


_TABLES = """
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1
"""
_DISCONNECT_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_RESTART_SEQUENCES = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


def _copy(table: str, direction: str) -> sql.Composed:
    return sql.SQL("COPY {} " + direction).format(sql.Identifier(table))


def _drop(admin_url: str, database: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _migrate(url: str) -> None:
    from models import schema  # tests of pure rules need no database driver

    schema.upgrade(url)
