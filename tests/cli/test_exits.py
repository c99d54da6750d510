"""Every error ends as one message and one documented exit code."""

import psycopg
import pytest
import typer
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from bursar.cli.exits import MEANINGS, Commands, ExitCode, code_of, foreseen
from bursar.errors import Broken, BursarError, Misconfigured, Refused, Transient


def ending(error: BaseException) -> tuple[int, str]:
    app = typer.Typer(cls=Commands, pretty_exceptions_enable=False)

    @app.callback()
    def nothing() -> None: ...

    @app.command()
    def fail() -> None:
        raise error

    result = CliRunner().invoke(app, ["fail"])
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Misconfigured("set X"), 3),
        (Refused("no"), 4),
        (BursarError("no"), 4),
        (Transient("later"), 5),
        (Broken("false"), 6),
        (KeyError("x"), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code_and_no_traceback(error, code):
    ended, said = ending(error)

    assert ended == code
    assert said.startswith("bursar: ")
    assert "Traceback" not in said


def test_an_unforeseen_error_is_called_a_bug():
    assert "This is a bug" in ending(ZeroDivisionError("by zero"))[1]


def test_ctrl_c_ends_with_130():
    assert ending(KeyboardInterrupt())[0] == ExitCode.INTERRUPTED


def test_an_exit_asked_for_passes_unchanged():
    assert ending(typer.Exit(6)) == (6, "")


def test_a_driver_error_that_may_pass_is_transient():
    lost = OperationalError("SELECT 1", {}, psycopg.OperationalError("connection refused"))

    assert code_of(foreseen(lost)) == ExitCode.TRANSIENT


@pytest.mark.parametrize(
    "words", ['database "x" does not exist', 'password authentication failed for user "x"']
)
def test_a_database_that_shows_us_the_door_is_a_wrong_setting(words):
    denied = OperationalError("SELECT 1", {}, psycopg.OperationalError(f"FATAL: {words}\nmore"))

    known = foreseen(denied)

    assert code_of(known) == ExitCode.MISCONFIGURED
    assert "BURSAR_DATABASE_URL" in str(known)


def test_a_constraint_that_was_hit_is_a_bug():
    assert foreseen(psycopg.errors.UniqueViolation("twice")) is None


def test_help_documents_every_exit_code(bursar):
    out = bursar("--help").out

    assert all(f"{code:>5}  {meaning}" in out for code, meaning in MEANINGS.items())


def test_the_version_is_printed(bursar):
    answer = bursar("--version")

    assert (answer.code, answer.out.split()[0]) == (0, "bursar")


def test_an_unknown_command_is_a_usage_error(bursar):
    assert bursar("frobnicate").code == ExitCode.USAGE
