"""`bursar explain`: one timeline of anything money is about, where it lies now, and what did not happen."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bursar.cli.timeline import Moment
    from models.queries.explain import Story

REASONS_MAX = 100
"""Reasons shown; JSON has all of them."""
MARGIN = 26
"""Columns that time and kind take from a line of a timeline."""


class Subject(StrEnum):
    """What can be explained."""

    PAYMENT = "payment"
    INVOICE = "invoice"
    REFUND = "refund"
    DISPUTE = "dispute"
    ENROLLMENT = "enrollment"
    CUSTOMER = "customer"


def explain(
    subject: Annotated[Subject, typer.Argument(metavar="WHAT", help="What REF is.")],
    ref: Annotated[
        str,
        typer.Argument(
            metavar="REF",
            help="Any id of it: ours, a gateway's, a number, the host's; of an enrollment CUSTOMER/TRACK.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print {subject, timeline, now, why_not}.")] = False,
) -> None:
    """Tell what happened in order of time, how it stands now, and why what is missing did not happen."""
    from bursar.cli.environment import connect
    from bursar.cli.meant import accounts
    from models.queries.explain import get_story
    from models.queries.references import get_scope
    from models.session import allow_long_reads, transaction

    connect()
    with transaction() as session:
        allow_long_reads(session)
        scope = get_scope(session, subject.value, ref, accounts())
        story = get_story(session, scope)
    if as_json:
        _print_values(story)
    else:
        _print_words(story)


def _print_values(story: "Story") -> None:
    from bursar.cli.output import print_json
    from bursar.cli.standing import now_values
    from bursar.cli.timeline import timeline
    from bursar.cli.whynot import why_not

    scope = story.scope
    told = [{"at": m.at, "kind": m.kind, "text": m.text, "data": m.data} for m in timeline(story)]
    print_json(
        {
            "subject": {"kind": scope.kind, "id": scope.id, "ref": scope.label},
            "timeline": told,
            "now": now_values(story),
            "why_not": [{"what": each.what, "why": each.why} for each in why_not(story)],
            "cut": story.cut,
        }
    )


def _print_words(story: "Story") -> None:
    from bursar.cli.output import print_heading, print_line
    from bursar.cli.standing import now_lines
    from bursar.cli.timeline import timeline
    from bursar.cli.whynot import why_not
    from models.queries.references import ROWS_MAX

    scope = story.scope
    print_heading(f"{scope.kind} {scope.label} ({scope.id})")
    _show(timeline(story))
    if story.cut:
        print_line(f"… the story is longer: at most {ROWS_MAX} rows of each kind are told")
    print_heading("where it stands now")
    _indented(now_lines(story))
    print_heading("why not")
    reasons = why_not(story)
    _indented([f"{each.what}: {each.why}" for each in reasons[:REASONS_MAX]] or ["nothing is missing"])
    if len(reasons) > REASONS_MAX:
        print_line(f"  … and {len(reasons) - REASONS_MAX} more: --json")


def _indented(lines: Sequence[str]) -> None:
    """Lines under a heading; what does not fit goes on, further in."""
    from bursar.cli.output import print_line

    for line in lines:
        inner = line.lstrip()
        for n, part in enumerate(_fitted(inner, 6 + len(line) - len(inner))):
            print_line(" " * (2 + len(line) - len(inner) + (4 if n else 0)) + part)


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
        first, *rest = _fitted(moment.text, MARGIN + 2)
        rows.append(("" if clock == second else clock, moment.kind, first))
        rows += [("", "", f"  {line}") for line in rest]
        rows += [("", "", f"  {line}") for line in _legs(moment.lines)]
        second = clock
    print_table(columns("UTC", "what", "said"), rows, empty="nothing has happened yet")


def _legs(lines: Sequence[str]) -> list[str]:
    """Legs on one line each where all of them fit; else what they mean stands below."""
    import shutil

    width = shutil.get_terminal_size().columns - MARGIN - 2
    if not sys.stdout.isatty() or max(map(len, lines), default=0) <= width:
        return list(lines)
    folded = [line.rstrip().rpartition("  ") for line in lines]
    return [part for leg, _, words in folded for part in (leg.rstrip(), f"       {words}")]


def _fitted(text: str, margin: int) -> list[str]:
    """The text as lines that fit beside a margin of a terminal; in a pipe, one line."""
    import shutil
    import textwrap

    if not sys.stdout.isatty():
        return [text]
    width = max(20, shutil.get_terminal_size().columns - margin)
    return textwrap.wrap(text, width, break_long_words=True, break_on_hyphens=False) or [""]
