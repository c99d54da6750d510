"""`bursar explain`: one timeline of a payment, an invoice or a customer, and where the money lies now."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bursar.cli.timeline import Moment


class Subject(StrEnum):
    """What can be explained."""

    PAYMENT = "payment"
    INVOICE = "invoice"
    CUSTOMER = "customer"


def explain(
    subject: Annotated[Subject, typer.Argument(metavar="payment|invoice|customer", help="What REF is.")],
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="Its id, gateway id, number or host's reference.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print {subject, timeline, now}.")] = False,
) -> None:
    """Tell what happened to a payment, invoice or customer in order of time, and where the money lies."""
    from bursar.cli.environment import connect
    from bursar.cli.output import print_heading, print_json, print_line
    from bursar.cli.timeline import now_lines, now_values, timeline
    from models.queries.explain import ROWS_MAX, get_scope, get_story
    from models.session import allow_long_reads, transaction

    connect()
    with transaction() as session:
        allow_long_reads(session)
        scope = get_scope(session, subject.value, ref)
        story = get_story(session, scope)
    moments = timeline(story, scope.locale)
    if as_json:
        told = [{"at": m.at, "kind": m.kind, "text": m.text, "data": m.data} for m in moments]
        about = {"kind": scope.kind, "id": scope.id, "ref": scope.label}
        print_json({"subject": about, "timeline": told, "now": now_values(story), "cut": story.cut})
        return
    print_heading(f"{scope.kind} {scope.label} ({scope.id})")
    _show(moments)
    if story.cut:
        print_line(f"… the story is longer: at most {ROWS_MAX} rows of each kind are told")
    print_heading("where the money lies now")
    for line in now_lines(story, scope.locale):
        print_line(f"  {line}")


def _show(moments: "Sequence[Moment]") -> None:
    from bursar.cli.output import columns, print_table

    rows: list[tuple[str, str, str]] = []
    day = second = ""
    for moment in moments:
        if f"{moment.at:%Y-%m-%d}" != day:
            day = f"{moment.at:%Y-%m-%d}"
            rows.append((day, "", ""))
        # Rows of one transaction share its time; showing it once lets the eye find the commits.
        clock = f"{moment.at:%H:%M:%S.%f}"[:-3]
        rows.append(("" if clock == second else clock, moment.kind, moment.text))
        rows += [("", "", f"    {line}") for line in moment.lines]
        second = clock
    print_table(columns("UTC", "what", "said"), rows, empty="nothing has happened yet")
