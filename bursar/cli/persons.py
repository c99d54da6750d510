"""`bursar customers export` and `erase`: what is known of a person, and how to know it no longer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from uuid import UUID

FORMAT = "bursar.customer/1"
"""What an export is; the number grows when readers must change."""

Ref = Annotated[
    str,
    typer.Argument(metavar="REF", help="Our id, the host's reference, or the gateway's id of the customer."),
]


def export(
    ref: Ref,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new file that only you can read; else printed.")
    ] = None,
) -> None:
    """Write everything about a person as one JSON document: what law calls a copy of personal data.

    Rows of every table that are about the person, and the papers' contents. No secrets of pages or cards.
    """
    from bursar.cli.environment import connect, operator
    from bursar.cli.meant import find_customer
    from bursar.cli.output import print_json, print_line
    from models.queries.audit import audit
    from models.session import transaction

    connect()
    customer = find_customer(ref)
    if out is None:
        print_json(_everything(customer.id, customer.label))
    else:
        _write(out, _everything(customer.id, customer.label))
    with transaction() as session:
        audit(session, actor=operator(), verb="exported", subjects={customer.id: "customer"}, detail={})
    if out is not None:
        print_line(f"everything about {customer.label} is in {out}")


def erase(
    ref: Ref,
    reason: Annotated[str, typer.Option("--reason", help="Who asked, and when; it is never erased.")],
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="The host's reference once more: it cannot be undone.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what stands against it; change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Forget a person and keep the books. Exit code 4 says what stands against it; nights try again."""
    from bursar.cli.environment import connect, operator
    from bursar.cli.meant import find_customer
    from bursar.errors import Refused
    from tasks import erasure

    connect()
    customer = find_customer(ref)
    if dry_run:
        _tell(customer, erasure.why_not(customer.id), as_json, dry_run=True)
        return
    if confirm != _reference(customer.id):
        raise Refused(f"to forget {ref} for ever, say --confirm with the host's reference of that customer")
    erasure.request_erasure(customer.id, by=operator(), reason=_checked(reason))
    _tell(customer, erasure.erase(customer.id), as_json, dry_run=False)


def _everything(customer_id: "UUID", label: str) -> dict[str, Any]:
    from sqlalchemy import text

    from bursar.clock import utc_now
    from models.queries.persons import REACH, rows_about
    from models.session import allow_long_reads, transaction

    with transaction() as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        allow_long_reads(session)
        tables = {name: [_readable(row) for row in rows_about(session, name, customer_id)] for name in REACH}
    return {"format": FORMAT, "exported_at": utc_now(), "customer": label, "tables": tables}


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Bytes as the JSON they hold: bodies of events, snapshots of papers."""
    return {name: _opened(value) if name in {"body", "snapshot"} else value for name, value in row.items()}


def _opened(value: str | None) -> Any:
    import orjson

    data = bytes.fromhex((value or "").removeprefix("\\x"))
    try:
        return orjson.loads(data) if data else None
    except orjson.JSONDecodeError:
        return data.decode(errors="replace")


def _write(out: Path, everything: dict[str, Any]) -> None:
    """Readable by its owner only, and never over another file. Raises Refused."""
    import os

    import orjson

    from bursar.errors import Refused

    data = orjson.dumps(everything, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Refused(f"--out {out}: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _reference(customer_id: "UUID") -> str:
    from models.queries import customers
    from models.session import transaction

    with transaction() as session:
        return str(customers.get(session, customer_id).external_ref)


def _checked(reason: str) -> str:
    from bursar.errors import Refused

    if not reason.strip():
        raise Refused("--reason is empty: say who asked to be forgotten, and when")
    return reason.strip()


def _tell(customer: Any, against: list[str], as_json: bool, *, dry_run: bool) -> None:
    from bursar.cli.exits import ExitCode
    from bursar.cli.output import print_json, print_line

    if as_json:
        done = not against and not dry_run
        print_json({"customer": customer.label, "id": customer.id, "erased": done, "against": against})
    elif against:
        for each in against:
            print_line(f"{customer.label} cannot be forgotten yet: {each}")
        if not dry_run:
            print_line("it is noted, and tried again every night")
    else:
        print_line(f"{customer.label} {'can be' if dry_run else 'is'} forgotten")
    if against:
        raise typer.Exit(ExitCode.REFUSED)
