"""Let a text column say more words, or fewer, than the migrations before this one agreed on."""

import re

import sqlalchemy as sa
from alembic import op


def words(table: str, column: str) -> list[str]:
    """What `ck_<table>_<column>_known` allows now."""
    name = f"ck_{table}_{column}_known"
    found = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"), {"name": name}
    )
    return re.findall(r"'([^']+)'", found)


def widen(table: str, column: str, *more: str) -> None:
    """Allow these as well."""
    _know(table, column, [*words(table, column), *more])


def narrow(table: str, column: str, *fewer: str) -> None:
    """Allow these no more; no row may say them."""
    _know(table, column, [each for each in words(table, column) if each not in fewer])


def _know(table: str, column: str, known: list[str]) -> None:
    name = op.f(f"ck_{table}_{column}_known")
    listed = ", ".join(f"'{word}'" for word in known)
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, f"{column} IN ({listed})")
