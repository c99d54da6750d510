"""The schema is brought up to date by one command, which may be repeated."""

from collections.abc import Iterator

import psycopg
import pytest

from bursar.cli.exits import ExitCode
from tests.support.databases import url_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def empty_url(database_url: str, variables) -> Iterator[str]:
    """A database without a schema."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        name = f"{admin.info.dbname}_empty"
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        url = url_of(database_url, name)
        variables(BURSAR_DATABASE_URL=url)
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_an_empty_database_is_brought_to_the_newest_schema_once(bursar, empty_url):
    first, again = bursar("db", "upgrade"), bursar("db", "upgrade")

    assert first.code == again.code == 0
    assert "was empty" in first.out
    assert "nothing to do" in again.out
    assert bursar("check", "--json").json["broken"] == []


def test_current_tells_whether_an_upgrade_is_due(bursar, empty_url):
    before = bursar("db", "current", "--json")
    bursar("db", "upgrade")
    after = bursar("db", "current", "--json")

    assert (before.code, before.json["current"]) == (ExitCode.MISCONFIGURED, None)
    assert after.code == 0
    assert after.json["current"] == after.json["newest"]
    assert bursar("db", "current").out.startswith("current ")


def test_commands_on_a_database_without_schema_name_the_cure(bursar, empty_url):
    answer = bursar("events", "list")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "bursar db upgrade" in answer.err


def test_a_revision_nobody_knows_does_not_fit(bursar, empty_url):
    answer = bursar("db", "upgrade", "9999")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "9999" in answer.err


def test_a_database_that_does_not_exist_is_a_wrong_setting(bursar, database_url, variables):
    variables(BURSAR_DATABASE_URL=url_of(database_url, "bursar_nowhere"))

    answer = bursar("db", "upgrade")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "bursar_nowhere" in answer.err
