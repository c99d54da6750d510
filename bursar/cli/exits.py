"""How `bursar` ends: one table of exit codes, one place where errors become messages, never a traceback."""

import sys
from enum import IntEnum
from typing import Any

import typer
from typer.core import TyperGroup

from bursar.errors import Broken, BursarError, Misconfigured, Refused, Transient


class ExitCode(IntEnum):
    """What a script can rely on."""

    OK = 0
    BUG = 1
    USAGE = 2
    MISCONFIGURED = 3
    REFUSED = 4
    TRANSIENT = 5
    BROKEN = 6
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.BUG: "an error Bursar did not foresee: please report it",
    ExitCode.USAGE: "the command line is wrong; nothing was done",
    ExitCode.MISCONFIGURED: "a setting is missing or wrong; the message names the variable",
    ExitCode.REFUSED: "refused: it cannot succeed as it is; nothing was changed",
    ExitCode.TRANSIENT: "the database, broker, receiver or a gateway is away: try again later",
    ExitCode.BROKEN: "an invariant is broken: somebody must look",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
}
EPILOG = "\b\nExit codes:\n" + "\n".join(f"{code:>5}  {meaning}" for code, meaning in MEANINGS.items())

_CODES: tuple[tuple[type[BursarError], ExitCode], ...] = (
    (Misconfigured, ExitCode.MISCONFIGURED),
    (Refused, ExitCode.REFUSED),
    (Transient, ExitCode.TRANSIENT),
    (Broken, ExitCode.BROKEN),
)
_NO_SCHEMA = ("42P01", "42703", "3F000")
"""PostgreSQL: undefined table, undefined column, undefined schema."""
_DENIED = ("does not exist", "authentication failed", "no password supplied", "permission denied")
"""What PostgreSQL says at the door when the URL, not the server, is at fault."""


class Commands(TyperGroup):
    """A group of commands in which every error ends as one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Typer itself handles usage errors, `typer.Exit` and Ctrl-C."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if type(error).__module__.startswith("typer.") or isinstance(error, BrokenPipeError):
                raise
            known = foreseen(error)
            say_error(
                str(known) if known else f"{type(error).__name__}: {error}\nThis is a bug, please report it."
            )
            raise typer.Exit(code_of(known)) from None


def code_of(error: BursarError | None) -> ExitCode:
    """The exit code of an error; None is an error nobody foresaw."""
    if error is None:
        return ExitCode.BUG
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.REFUSED)


def foreseen(error: Exception) -> BursarError | None:
    """What an error means to an operator, or None when it is a bug."""
    if isinstance(error, BursarError):
        return error
    # What was never imported cannot have been raised: `--help` stays free of drivers.
    if "alembic" in sys.modules and type(error).__module__.startswith("alembic."):
        return Misconfigured(
            f"the schema of BURSAR_DATABASE_URL does not fit this version of Bursar: {error}"
        )
    return _database_error(error) if "psycopg" in sys.modules else None


def say_error(message: str) -> None:
    """One message on stderr."""
    sys.stderr.write(f"bursar: {message}\n")


def _database_error(error: Exception) -> BursarError | None:
    import psycopg
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    from models.session import is_transient

    cause = error.orig if isinstance(error, DBAPIError) else error
    first = (str(cause).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, PoolTimeout):
        return Transient("the database had no connection left for us")
    if not isinstance(cause, psycopg.Error):
        return None
    if cause.sqlstate in _NO_SCHEMA:
        return Misconfigured(
            "the database of BURSAR_DATABASE_URL has not our schema yet: run `bursar db upgrade`"
        )
    if cause.sqlstate is None and any(words in str(cause) for words in _DENIED):
        return Misconfigured(f"BURSAR_DATABASE_URL is wrong: {first}")
    if is_transient(error):
        return Transient(f"the database of BURSAR_DATABASE_URL is away: {first}\nCheck that the server runs.")
    return None
