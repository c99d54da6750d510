"""`bursar emails`: what went to whom, what came back, who gets no more, and how each mail looks."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bursar.cli.enqueue import parse_id
from bursar.rules.consequences import MailKind, SendState

ROWS_MAX = 10_000
REASON_LENGTH_MIN = 3
FIELDS = ("id", "kind", "to", "state", "send_state", "copies", "about", "created_at", "sent_at", "error")
"""What `emails list --json` prints, in this order: a public interface."""
SUPPRESSED = ("address", "reason", "detail", "email_id", "created_at")
"""The same of `emails suppressions --json`."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words; audited.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="One e-mail address.")]
Limit = Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, newest first.")]

app = typer.Typer(name="emails", help="Mails: sent, come back, suppressed, previewed.", no_args_is_help=True)


@app.command("list")
def list_emails(
    kind: Annotated[MailKind | None, typer.Option("--kind", metavar="KIND", help="Only this.")] = None,
    state: Annotated[
        SendState | None, typer.Option("--state", metavar="STATE", help="Only those that went so far.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Only to this one, by the host's reference.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List mails, the newest first; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import Column, print_json, print_table
    from models.queries.sent import MailSearch, find_mails
    from models.session import transaction

    connect()
    search = MailSearch(kind=kind, send_state=state, customer=customer, limit=limit)
    with transaction() as session:
        rows = find_mails(session, search)
    if as_json:
        for row in rows:
            print_json({name: getattr(row, name) for name in FIELDS})
        return
    shape = [
        Column("UTC", whole=True),
        Column("id", whole=True),
        Column("kind"),
        Column("to"),
        Column("went"),
        Column("copies", right=True, wide_only=True),
        Column("error", under="kind"),
    ]
    shown = [
        (row.sent_at or row.created_at, row.id, row.kind, row.to, _went(row), row.copies, row.error)
        for row in rows
    ]
    print_table(shape, shown, empty="no mails")


@app.command()
def show(ref: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show one mail: how far it went, its Message-ID, what the server said."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_fields, print_json
    from bursar.emails.headers import mailbox, message_id
    from bursar.settings import load
    from models.queries.sent import get_mail
    from models.session import transaction

    row_id = parse_id(ref)
    connect()
    with transaction() as session:
        row = get_mail(session, row_id)
    domain = mailbox(load().mail_from, "BURSAR_MAIL_FROM").domain
    facts = {name: getattr(row, name) for name in FIELDS} | {
        "message_id": message_id(row.id, row.kind, domain),
        "answer": row.answer,
        "not_before": row.not_before if row.state == "pending" else None,
        "failures": row.failures,
        "suppressed": row.suppressed,
    }
    if as_json:
        print_json(facts | {"said": row.said})
    else:
        print_fields(facts)


@app.command()
def resend(
    ref: Annotated[str, typer.Argument(metavar="ID")], reason: Reason, as_json: AsJson = False
) -> None:
    """Send a mail anew that is over, as another mail with a Message-ID of its own: a person wants that."""
    from bursar.cli.environment import connect, operator
    from bursar.cli.output import print_json, print_line
    from bursar.cli.waking import wake_rows
    from models.queries.audit import audit
    from models.queries.sent import reserve_again
    from models.session import transaction

    row_id, said = parse_id(ref), _why(reason)
    connect()
    with transaction() as session:
        again = reserve_again(session, row_id)
        subjects = {again: "email"}
        audit(session, actor=operator(), verb="resent", subjects=subjects, detail={"of": ref, "reason": said})
    wake_rows("emails.send", [again])
    if as_json:
        print_json({"id": again, "of": row_id})
    else:
        print_line(f"mail {again} goes out; watch it: bursar emails show {again}")


@app.command()
def suppress(address: Address, reason: Reason) -> None:
    """Send nothing to an address any more."""
    from bursar.cli.environment import connect, operator
    from bursar.cli.output import print_line
    from bursar.emails.headers import addr_spec
    from bursar.rules.consequences import SuppressionReason
    from models.queries import suppressions
    from models.queries.audit import audit
    from models.session import transaction

    said, to = _why(reason), addr_spec(address, "ADDRESS")
    connect()
    with transaction() as session:
        row_id = suppressions.suppress(session, to, SuppressionReason.OPERATOR, said)
        subjects = {row_id: "suppression"} if row_id else {}
        audit(session, actor=operator(), verb="made", subjects=subjects, detail={"reason": said})
    print_line(f"nothing is sent to {to} any more" if row_id else f"{to} is suppressed already")


@app.command()
def unsuppress(address: Address, reason: Reason) -> None:
    """Send to an address again. What was suppressed meanwhile stays so: `bursar emails resend`."""
    from bursar.cli.environment import connect, operator
    from bursar.cli.output import print_line
    from models.queries import suppressions
    from models.queries.audit import audit
    from models.session import transaction

    said = _why(reason)
    connect()
    with transaction() as session:
        row = suppressions.unsuppress(session, address)
        detail = {"reason": said, "was": f"{row.reason}: {row.detail}"}
        audit(session, actor=operator(), verb="lifted", subjects={row.id: "suppression"}, detail=detail)
    print_line(f"mails go to {address} again")


@app.command("suppressions")
def list_suppressions(limit: Limit = 100, as_json: AsJson = False) -> None:
    """List the addresses that get nothing, and why; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import columns, print_json, print_table
    from models.queries import suppressions
    from models.session import transaction

    connect()
    with transaction() as session:
        rows = suppressions.find(session, limit)
    if as_json:
        for row in rows:
            print_json({name: getattr(row, name) for name in SUPPRESSED})
        return
    shown = [(row.created_at, row.address, row.reason, row.detail) for row in rows]
    print_table(columns("UTC", "address", "reason", "detail"), shown, empty="nobody is suppressed")


@app.command()
def bounced(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Reports as .eml files; `-` reads one from a pipe.")
    ],
    as_json: AsJson = False,
) -> None:
    """Take in what came back: delivery reports (RFC 3464) and complaints (RFC 5965). Safe to repeat.

    Point the mailbox of BURSAR_MAIL_FROM here: `|bursar emails bounced -` as an alias, or name its files.
    """
    from bursar.cli.environment import connect
    from bursar.cli.exits import ExitCode, say_error
    from bursar.cli.output import columns, print_json, print_table
    from bursar.errors import Refused
    from tasks.bounces import take_report

    connect()
    taken, refused = [], 0
    for file in files:
        try:
            taken.append(take_report(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()))
        except (Refused, OSError) as wrong:
            refused += 1
            say_error(f"{file}: {wrong}")
    if as_json:
        for each in taken:
            print_json(each._asdict())
    else:
        shown = [(each.email_id, each.verdict, _after(each), each.detail) for each in taken]
        print_table(columns("id", "verdict", "then", "detail"), shown, empty="nothing was taken in")
    if refused:
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
def preview(
    name: Annotated[MailKind, typer.Argument(metavar="NAME", help="A kind of mail: invoice.issued …")],
    html: Annotated[bool, typer.Option("--html", help="Print the HTML.")] = False,
    text: Annotated[bool, typer.Option("--text", help="Print subject and text (the default).")] = False,
    file: Annotated[
        Path | None, typer.Option("--open-file", metavar="FILE", help="Write the HTML there, to be opened.")
    ] = None,
) -> None:
    """Show how a kind of mail looks, with made-up values and your sender."""
    from bursar.cli.environment import configured
    from bursar.cli.output import print_line
    from bursar.sandbox.mails import composed

    if html and text:
        raise typer.BadParameter("choose --html or --text")
    message = composed(name, sender=configured().mail_from)
    page, plain = (_body(message, part) for part in ("html", "plain"))
    if file is not None:
        file.write_text(page, encoding="utf-8")
        print_line(f"written: {file.resolve().as_uri()}")
    elif html:
        print(page)
    else:
        print(f"Subject: {message['Subject']}\n\n{plain}")


def _body(message: Any, part: str) -> str:
    return str(message.get_body((part,)).get_content())


def _why(reason: str) -> str:
    said = reason.strip()
    if len(said) < REASON_LENGTH_MIN:
        raise typer.BadParameter("--reason must say why, in words")
    return said


def _went(row: Any) -> str:
    """How far it went, in a word: how far the row is where the server was never asked."""
    return str(row.state if row.send_state == SendState.RESERVED else row.send_state)


def _after(taken: Any) -> str:
    if taken.suppressed:
        return "nothing is sent there any more"
    return "written down" if taken.news else "was known"
