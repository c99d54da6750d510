"""Replaying events: what would be made due, what was, and what became of the rest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.queries.inbox import Search

REPLAY_MAX = 10_000
"""Events one replay makes due: more is a plan, not a command."""
WAKE_IDS_MAX = 200
"""Ids in one wake: a hint where to begin, workers drain whatever is due."""
SHOWN_MAX = 50
"""Events named one by one; JSON names all."""
WHY_NOT = {
    "done": "what is done was applied; every effect has a key, so applying it again has no effect",
    "running": "a worker has it in hand; should that die, the event is due again by itself",
}
"""State -> why its events cannot be replayed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The events of a replay, as they were before it."""

    rows: Sequence[Any]
    passed_over: int
    """Events that match but were applied or are being applied."""


def look(refs: Sequence[str] | None, search: "Search") -> Found:
    """What a replay would make due. Locks nothing."""
    from models.session import transaction

    with transaction() as session:
        return _find(session, refs, search, lock=False)


def replay(refs: Sequence[str] | None, search: "Search") -> Found:
    """Make events due again and write into the audit log who did it; in one transaction."""
    from bursar.cli.environment import operator
    from models.inbox_writes import replay_events
    from models.queries.audit import audit
    from models.session import transaction

    with transaction() as session:
        found = _find(session, refs, search, lock=True)
        was = {row.id: "event" for row in found.rows}
        replay_events(session, list(was))
        audit(session, actor=operator(), verb="replayed", subjects=was, detail={})
    return found


def report(found: Found, *, dry_run: bool, as_json: bool) -> None:
    """Wake the events worker after the commit, and say what happened."""
    from bursar.cli.output import print_json
    from bursar.cli.waking import wake_rows

    ids = [row.id for row in found.rows]
    woken = bool(ids) and not dry_run and wake_rows("events.apply", ids[:WAKE_IDS_MAX])
    if as_json:
        counted = [
            {"type": each, "state": state, "count": count} for (each, state), count in _counts(found.rows)
        ]
        print_json({"replayed": ids, "counts": counted, "dry_run": dry_run, "woken": woken})
        return
    _print(found.rows)
    _conclude(found, dry_run=dry_run, woken=woken)


def _find(session: Any, refs: Sequence[str] | None, search: "Search", *, lock: bool) -> Found:
    from models.queries.inbox import count_passed_over, find_replayable
    from models.session import allow_long_reads

    allow_long_reads(session)
    rows = find_replayable(session, refs or [], search, lock=lock)
    return Found(rows=rows, passed_over=0 if refs else count_passed_over(session, search))


def _counts(rows: Sequence[Any]) -> list[tuple[tuple[str, str], int]]:
    return sorted(Counter((row.type, _state(row)) for row in rows).items())


def _state(row: Any) -> str:
    return "waiting" if row.waiting_for else str(row.state)


def _print(rows: Sequence[Any]) -> None:
    from bursar.cli.output import Column, print_line, print_table

    if len(rows) > 1:
        counted = [(count, state, each) for (each, state), count in _counts(rows)]
        print_table([Column("count", right=True), Column("was"), Column("type")], counted)
        print_line("")
    shape = [
        Column("id", whole=True),
        Column("gateway", wide_only=True, below=110),
        Column("type"),
        Column("gateway id", under="type", below=110),
        Column("was", whole=True),
    ]
    print_table(
        shape,
        [
            (row.id, row.gateway_account, row.type, row.gateway_event_id, _state(row))
            for row in rows[:SHOWN_MAX]
        ],
        empty="no such events that could be replayed",
    )
    if len(rows) > SHOWN_MAX:
        print_line(f"… and {len(rows) - SHOWN_MAX:,} more: --json names all")


def _conclude(found: Found, *, dry_run: bool, woken: bool) -> None:
    from bursar.cli.output import plural, print_line
    from models.queries.inbox import PASSED_OVER_MAX

    count = len(found.rows)
    if dry_run:
        print_line(f"{plural(count, 'event')} would be replayed; nothing was changed")
    elif count:
        who = "a worker was woken" if woken else "no broker took the wake: the sweeper finds them"
        print_line(f"{plural(count, 'event')} due again; {who}")
    if count == REPLAY_MAX:
        print_line(f"at most {REPLAY_MAX:,} at once: run it again for the rest")
    if found.passed_over:
        more = " or more" if found.passed_over == PASSED_OVER_MAX else ""
        verb = "was" if found.passed_over == 1 else "were"
        said = f"{plural(found.passed_over, 'event')}{more} that matched {verb} passed over: "
        print_line(said + WHY_NOT["done"])
