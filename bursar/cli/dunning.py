"""`bursar dunning`: cases of overdue money, shown, run, held and released."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bursar.cli.dunning_policies import plan, print_days, simulate
from bursar.rules.dunning.deciding import CaseStatus, HoldKind

ROWS_MAX = 10_000
FIELDS = (
    "id",
    "invoice",
    "customer",
    "status",
    "open_minor",
    "currency",
    "due_on",
    "policy",
    "policy_sha256",
    "anchor_on",
    "zone",
    "next_at",
    "why",
    "hold",
    "hold_until",
    "hold_reason",
    "steps",
    "opened_at",
    "closed_at",
)
"""What `dunning list --json` prints, in this order: a public interface."""
STEP_FIELDS = (
    "n",
    "policy_step",
    "action",
    "state",
    "day",
    "why",
    "balance_minor",
    "taken_at",
    "mail",
    "mail_state",
    "charge",
    "decline_code",
    "fee_invoice",
)
"""What `dunning show --json` prints of each step, besides that."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ref = Annotated[str, typer.Argument(metavar="CASE", help="Its id, or the number or id of its invoice.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept on the case and audited.")]
app = typer.Typer(name="dunning", help="Ask for overdue money, step by step.", no_args_is_help=True)
app.command()(plan)
app.command()(simulate)


@app.command("list")
def list_cases(
    status: Annotated[CaseStatus | None, typer.Option("--status", help="Only these.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Only of this customer (REF).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="At most so many, the next first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List cases; one JSON object per line with --json."""
    from bursar.cli.environment import connect
    from bursar.cli.output import Column, print_json, print_table
    from bursar.rules.money_text import money_text
    from models.queries import dunning_cases
    from models.session import transaction

    connect()
    with transaction() as session:
        rows = dunning_cases.find(
            session, status=status.value if status else None, customer=customer, limit=limit
        )
    if as_json:
        for row in rows:
            print_json(_facts(row))
        return
    shape = [
        Column("invoice", whole=True),
        Column("customer"),
        Column("open", right=True, whole=True),
        Column("due", whole=True),
        Column("status"),
        Column("steps", right=True),
        Column("next UTC", whole=True),
        Column("why", under="customer", below=120),
        Column("id", whole=True, wide_only=True),
    ]
    shown = [
        (
            row.invoice,
            row.customer,
            money_text(row.open_minor, row.currency),
            row.due_on,
            f"{row.status}, held" if row.hold else row.status,
            row.steps,
            row.next_at,
            _why(row),
            row.id,
        )
        for row in rows
    ]
    print_table(shape, shown, empty="nobody owes anything that is overdue")


@app.command()
def show(ref: Ref, as_json: AsJson = False) -> None:
    """Show one case: every step that was taken and what came of it, and what is still to come."""
    from bursar.cli.environment import connect
    from bursar.cli.output import columns, print_fields, print_json, print_table
    from bursar.rules.money_text import money_text
    from models.queries import dunning_cases, dunning_steps
    from models.session import transaction
    from tasks.dunning_policies import policy_of

    connect()
    with transaction() as session:
        row = dunning_cases.get(session, ref)
        steps = dunning_steps.of_case(session, row.id)
        policy = policy_of(session, row.policy_sha256)
    if as_json:
        print_json(_facts(row) | {"taken": [{name: getattr(s, name) for name in STEP_FIELDS} for s in steps]})
        return
    print_fields(_facts(row) | {"open_minor": None, "open": money_text(row.open_minor, row.currency)})
    told = [(s.n, s.day, s.action, s.state, _came_of(s), s.why) for s in steps]
    print_table(
        columns("n", "day", "action", "state", "came of it", "why"), told, empty="no step was taken yet"
    )
    if row.status == CaseStatus.OPEN:
        taken = [s.policy_step for s in steps if s.state == "done" and s.policy_step is not None]
        print_days(policy, row.anchor_on, row.zone, max(taken, default=-1) + 1)


@app.command()
def run(
    yes: Annotated[bool, typer.Option("--yes", help="Take the steps; else they are only listed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what would be done now; with --yes do it here, as beat does every hour by itself."""
    from bursar.cli.environment import connect
    from bursar.cli.output import columns, plural, print_json, print_line, print_table
    from tasks import dunning

    connect()
    if yes:
        before = dunning.taken_count()
        dunning.advance()
        taken = dunning.taken_count() - before
        print_json({"taken": taken}) if as_json else print_line(f"{plural(taken, 'step')} taken")
        return
    found = dunning.foresee()
    if as_json:
        for each in found:
            print_json(each._asdict())
        return
    print_table(columns("invoice", "customer", "action", "why"), found, empty="nothing is to be done now")
    if found:
        print_line("nothing was done: bursar dunning run --yes")


@app.command()
def hold(
    ref: Ref,
    reason: Reason,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="The day from which it goes on, in UTC."),
    ] = None,
    promise: Annotated[bool, typer.Option("--promise", help="The customer promised to pay by then.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop a case until a day, or until it is released: no mail, no charge, nothing is taken away."""
    from bursar.cli.environment import operator
    from tasks import dunning_holds

    case = _get(ref)
    dunning_holds.hold(
        case.id,
        HoldKind.PROMISE if promise else HoldKind.OPERATOR,
        until=until and until.replace(tzinfo=UTC),
        reason=reason,
        by=operator(),
    )
    _report(case, "held", as_json)


@app.command()
def release(ref: Ref, reason: Reason, as_json: AsJson = False) -> None:
    """Let a case go on; what has come due meanwhile is looked at with the next run."""
    from bursar.cli.environment import operator
    from tasks import dunning_holds

    case = _get(ref)
    dunning_holds.release(case.id, reason=reason, by=operator())
    _report(case, "released", as_json)


def _get(ref: str) -> Any:
    from bursar.cli.environment import connect
    from models.queries import dunning_cases
    from models.session import transaction

    connect()
    with transaction() as session:
        return dunning_cases.get(session, ref)


def _report(case: Any, verb: str, as_json: bool) -> None:
    from bursar.cli.output import print_json, print_line

    print_json({verb: str(case.id)}) if as_json else print_line(f"case {case.id} of {case.invoice} {verb}")


def _why(row: Any) -> str:
    return f"{row.hold_reason}; {row.why}" if row.hold else str(row.why)


def _came_of(step: Any) -> str | None:
    if step.charge:
        return f"charge {step.charge}{f' ({step.decline_code})' if step.decline_code else ''}"
    return f"{step.mail}: {step.mail_state}" if step.mail else step.fee_invoice


def _facts(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}
