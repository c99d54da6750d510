"""`bursar notifications`: what hosts were told, what they must still be told, and whether they listen."""

from typing import Annotated

import typer

FIELDS = (
    "id",
    "kind",
    "subject_id",
    "state",
    "failures",
    "error",
    "not_before",
    "created_at",
    "done_at",
)
"""What `notifications list --json` prints, in this order: a public interface."""
SHOWN = ("id", "kind", "state", "failures", "not_before", "error")

app = typer.Typer(name="notifications", help="What hosts are told of.", no_args_is_help=True)


@app.command("list")
def list_notifications(
    state: Annotated[str | None, typer.Option(help="Only those: pending, running or done.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")] = False,
) -> None:
    """List notices, the newest first."""
    from bursar.cli.environment import connect
    from bursar.cli.output import columns, print_json, print_table
    from models.queries import notifications
    from models.session import transaction
    from models.work import WorkState

    if state is not None and state not in list(WorkState):
        raise typer.BadParameter(f"--state {state}: there are {', '.join(WorkState)}")
    connect()
    with transaction() as session:
        found = notifications.list_notifications(session, state=state, limit=limit)
    if as_json:
        for row in found:
            print_json({name: getattr(row, name) for name in FIELDS})
        return
    print_table(columns(*SHOWN), [[getattr(row, name) for name in SHOWN] for row in found])


@app.command("test")
def try_host(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell the host of an enrollment that does not exist, now: does it answer, does it know our signature?"""
    from bursar.cli.environment import settings
    from bursar.cli.output import print_json, print_line
    from bursar.clock import utc_now
    from bursar.hosts.notice import EnrollmentChanged, Notice
    from bursar.ids import new_id
    from bursar.rules.consequences import NoticeKind
    from tasks.notifications import way_to_host

    tell = way_to_host(settings())
    nobody = EnrollmentChanged(
        enrollment=new_id(), customer="bursar-test", track="bursar-test", state="pending"
    )
    kind = NoticeKind.ENROLLMENT_CHANGED
    notice = Notice(id=new_id(), kind=kind, happened_at=utc_now(), data=nobody)
    tell(notice)
    if as_json:
        print_json({"id": notice.id, "taken": True})
        return
    print_line(f"the host took notice {notice.id}, of customer bursar-test")
