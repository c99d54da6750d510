"""`bursar rebuild --check`: the books built again from all that was applied, compared with the tables."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli.exits import ExitCode

if TYPE_CHECKING:
    from uuid import UUID

    from bursar.sandbox.rebuilding import Difference

SHOWN_MAX = 20


def rebuild(
    check: Annotated[bool, typer.Option("--check", help="Compare, and write nothing. Required.")] = False,
    customer: Annotated[
        str | None, typer.Option(help="Show only what belongs to the customer of this reference.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print {events, invoices, not_replayed, differences}.")
    ] = False,
) -> None:
    """Apply everything again in memory, in its order; exit code 6 when the tables say otherwise. Reads only.

    Names in metadata mean what they mean today: customers, invoices and checkouts are read from the tables.
    """
    from bursar.cli.output import print_json
    from bursar.errors import Refused

    if not check:
        raise Refused("rebuild only checks for now: bursar rebuild --check")
    told, differences = _differences(customer)
    if as_json:
        print_json({**told, "differences": [_as_dict(each) for each in differences]})
    else:
        _show(told, differences)
    if differences:
        raise typer.Exit(ExitCode.BROKEN)


def _differences(customer: str | None) -> "tuple[dict[str, int], list[Difference]]":
    from sqlalchemy import text

    from bursar.cli.environment import connect
    from bursar.errors import Refused
    from bursar.sandbox import rebuilding
    from models.queries import history, outcome
    from models.session import allow_long_reads, transaction

    connect()
    with transaction() as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        allow_long_reads(session)
        happened, stored = history.read_history(session), outcome.read_outcome(session)
        owners = outcome.read_owners(session)
        only = outcome.find_customer_id(session, customer) if customer else None
    if customer and only is None:
        raise Refused(f"no customer has the reference {customer}")
    found = rebuilding.compare(rebuilding.rebuild(happened), stored)
    told = {
        "events": len(happened.events),
        "invoices": len(happened.issued),
        "not_replayed": len(happened.by_hand),
    }
    return told, [each for each in found if _counts(each, owners, happened.by_hand, only)]


def _counts(
    found: "Difference", owners: "dict[Any, UUID]", by_hand: "set[UUID]", only: "UUID | None"
) -> bool:
    """Whether it is a real difference, and of the customer asked for: not where an operator decided."""
    owner = next((owners[str(part)] for part in found.key if str(part) in owners), None)
    if only:
        return owner == only and owner not in by_hand
    whole = found.what in {"balance", "order"}
    return not by_hand if whole else owner not in by_hand


def _as_dict(found: "Difference") -> dict[str, Any]:
    return {
        "what": found.what,
        "key": [str(part) for part in found.key],
        "name": found.name,
        "stored": found.stored,
        "rebuilt": found.rebuilt,
    }


def _show(told: dict[str, int], differences: "list[Difference]") -> None:
    from bursar.cli.output import columns, plural, print_line, print_table

    rows = [
        (each.what, " ".join(str(part) for part in each.key), each.name, each.stored, each.rebuilt)
        for each in differences[:SHOWN_MAX]
    ]
    if rows:
        print_table(columns("what", "id", "value", "tables", "rebuilt"), rows)
    if len(differences) > SHOWN_MAX:
        print_line(f"… and {len(differences) - SHOWN_MAX} more: bursar rebuild --check --json")
    print_line(f"{plural(told['events'], 'event')} and {plural(told['invoices'], 'invoice')} applied again")
    if told["not_replayed"]:
        print_line(f"{plural(told['not_replayed'], 'customer')} with decisions of operators left out")
    print_line(f"{plural(len(differences), 'difference')}" if differences else "the tables say the same")
