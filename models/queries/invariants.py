"""What must always be true, each as one SQL that must return no row. Used by the CLI, beat, demo and tests alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.queries.invariant_sql import STATEMENTS

GRACE_S = 40
"""Seconds before due work counts as stranded: twice a lease plus a sweep."""
ROWS_MAX = 100
"""Offending rows shown per invariant."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant and the rows that break it; none is good."""

    name: str
    title: str
    rows: Sequence[dict[str, Any]]


def check(session: Session, *, grace_s: float = GRACE_S) -> list[Finding]:
    """Run every invariant."""
    return [_find(session, name, grace_s) for name in STATEMENTS]


def check_one(session: Session, name: str, *, grace_s: float = GRACE_S) -> Finding:
    """Run one invariant by its name."""
    return _find(session, name, grace_s)


def _find(session: Session, name: str, grace_s: float) -> Finding:
    statement = STATEMENTS[name]
    parameters: dict[str, Any] = {"limit": ROWS_MAX}
    if ":grace_s" in statement.sql:
        parameters["grace_s"] = grace_s
    found = session.execute(text(f"SELECT * FROM ({statement.sql}) AS broken LIMIT :limit"), parameters)
    return Finding(name=name, title=statement.title, rows=[dict(row) for row in found.mappings()])
