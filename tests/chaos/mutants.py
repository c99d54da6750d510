"""Bursar with one thing broken on purpose. A check that no mutant can fail checks nothing.

Each mutant replaces names in the modules that use them, or drops a constraint. The product knows nothing of
it: tests arm a mutant with monkeypatch, the soak starts its processes through `tests.chaos.mutated`.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import text

from models import session

Patch = Callable[[Any, str, Any], None]
"""`setattr`, or `monkeypatch.setattr`."""


def _no_sweep() -> list[Any]:
    return []


def _no_locks(*_: Any) -> None:
    return None


def _owners_unlocked(connection: Any, payment_ids: list[Any]) -> Any:
    return importlib.import_module("models.books.locks")._owners(connection, payment_ids)


def _always_ours(_session: Any, _kind: Any, _held: Any, ids: Sequence[Any]) -> set[Any]:
    return set(ids)


def _latest_wins(current: object, incoming: object) -> bool:
    return current is not incoming


def _wake_then_commit(connection: Any, changes: Any, **options: Any) -> Any:
    write = importlib.import_module("models.books.write").write
    wakes = importlib.import_module("tasks.wakes")
    written = write(connection, changes, **options)
    wakes.Wakes(documents=written.documents, emails=written.emails).publish()
    return replace(written, documents=[], emails=[])


def _insert_blindly() -> str:
    statement: str = importlib.import_module("webhook_receiver.inbox")._INSERT
    return statement.replace("ON CONFLICT (gateway_account, dedupe_key) DO NOTHING", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """What is broken, in words, and how."""

    why: str
    replaced: dict[str, Any] = field(default_factory=dict)
    """`module:name` -> what stands there instead."""
    made: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """The same, made when it is armed."""
    dropped: tuple[str, str] | None = None
    """Table and the columns of the UNIQUE constraint that goes."""
    soaked: bool = False
    """Whether a short soak must fail with it; what several guards keep apart needs an aimed test."""


MUTANTS: dict[str, Mutant] = {
    "no-sweeper": Mutant(
        why="nobody looks for rows whose message or worker was lost",
        replaced={"workers.sweeper:sweep": _no_sweep},
        soaked=True,
    ),
    "no-unique": Mutant(
        why="the inbox takes an event as often as it is delivered",
        made={"webhook_receiver.inbox:_INSERT": _insert_blindly},
        dropped=("gateway_events", "gateway_account, dedupe_key"),
        soaked=True,
    ),
    "no-unique-ledger": Mutant(
        why="the ledger takes one cause twice",
        dropped=("ledger_entries", "cause_type, cause_id, kind"),
    ),
    "no-lock": Mutant(
        why="two workers decide about one customer at the same time",
        replaced={
            "models.books.locks:_lock_names": _no_locks,
            "models.books.locks:_lock_ownerless": _owners_unlocked,
            "models.books.locks:lock_customers": _no_locks,
        },
    ),
    "publish-before-commit": Mutant(
        why="workers are woken for rows that nobody can see yet",
        replaced={"models.books:write": _wake_then_commit},
    ),
    "last-write-wins": Mutant(
        why="a payment is what the event that came last says",
        replaced={"bursar.rules.joining:payment_advances": _latest_wins},
        soaked=True,
    ),
    "lease-without-token": Mutant(
        why="a worker that lost its rows finishes them all the same",
        replaced={"tasks.events:still_ours": _always_ours},
    ),
    "unsorted-insert": Mutant(
        why="two receivers insert the same keys in the order in which they came",
        replaced={"webhook_receiver.intake:sorted": list},
    ),
}

_CONSTRAINT = """
SELECT c.conname FROM pg_constraint c WHERE c.conrelid = CAST(:table AS regclass) AND c.contype = 'u'
AND pg_get_constraintdef(c.oid) LIKE '%(' || :columns || ')%'
"""


def arm(name: str, patch: Patch = setattr) -> None:
    """Break one thing in this process."""
    mutant = MUTANTS[name]
    changes = mutant.replaced | {target: make() for target, make in mutant.made.items()}
    for target, instead in changes.items():
        module, _, attribute = target.partition(":")
        known = importlib.import_module(module)
        if attribute != "sorted" and not hasattr(known, attribute):
            raise LookupError(f"{target} is gone: {name} breaks nothing any more")
        patch(known, attribute, instead)


def alter(name: str | None) -> list[str]:
    """Break the schema of the bound database, when this mutant does; the statements that mend it."""
    dropped = MUTANTS[name].dropped if name else None
    if dropped is None:
        return []
    table, columns = dropped
    with session.transaction() as current:
        constraint = current.scalar(text(_CONSTRAINT), {"table": table, "columns": columns})
        if constraint is None:
            raise LookupError(f"{table} has no UNIQUE ({columns}): {name} breaks nothing any more")
        current.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"))
        if name == "no-unique":  # the look-up by key stays as fast as it was
            current.execute(text(f"CREATE INDEX ix_of_a_mutant ON {table} ({columns})"))
    mend = [f"ALTER TABLE {table} ADD CONSTRAINT {constraint} UNIQUE ({columns})"]
    return ["DROP INDEX IF EXISTS ix_of_a_mutant", *mend]


def mutated(line: str, name: str | None) -> str:
    """A Procfile line that runs with this mutant."""
    return f"python -m tests.chaos.mutated {name} {line}" if name else line
