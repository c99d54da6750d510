"""Tie what reached the bank to payments, refunds, disputes and fees, line by line; the rest is labelled."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import SettledLine
from bursar.rules.breaks import BreakKind
from bursar.rules.reconciling import Span, slices
from bursar.rules.settling import Tied
from models.queries import settlements
from models.queries.differences import heal_breaks, put_breaks
from models.session import allow_long_reads, transaction
from tasks.fetches import ask_anew
from tasks.gateways import api_of
from tasks.running import FETCHES_MAX, Running, pages
from tasks.wakes import IDS_MAX
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

UNTIED = "unexplained"
"""The count of settlements that do not agree yet: above 0 the run looks again."""


def settle(run: Running) -> None:
    """Keep and tie the lines of what is left of the window. Raises GatewayAway, GatewayRefused, RunLost."""
    if run.done_until is None:
        run.counts[UNTIED] = 0
    for part in slices(run.span, run.done_until):
        _tie_part(run, _keep(run, part), part)
    with transaction() as session:
        run.hold(session)
        _heal(session, run, settlements.unexplained(session, run.account))
        run.conclude(session, healing=bool(run.counts[UNTIED]) and not run.is_last_look)
    crash_point("reconciliation.concluded")


def would_settle(account: str, span: Span) -> list[Tied]:
    """The settlements of this time, tied to what the books have; reads only."""
    window = Window(since=span.since, until=span.until)
    lines = [asdict(each) for page in pages(account, api_of(account).list_settled(window)) for each in page]
    with transaction() as session:
        allow_long_reads(session)
        return settlements.tied_lines(session, account, lines)


def _keep(run: Running, part: Span) -> set[str]:
    """The settlements of this part, whose lines are kept as they come."""
    touched: set[str] = set()
    listed = 0
    window = Window(since=part.since, until=part.until)
    for page in pages(run.account, api_of(run.account).list_settled(window)):
        listed += len(page)
        touched |= {each.settlement for each in page}
        _store(run, page)
    run.counts["listed"] += listed
    return touched


def _store(run: Running, page: Sequence[SettledLine]) -> None:
    def store(session: Session) -> None:
        lines = [asdict(each) for each in page]
        run.counts["new"] += settlements.keep_lines(session, run.account, lines)

    run.keep(store)


def _tie_part(run: Running, touched: set[str], part: Span) -> None:
    with transaction() as session:
        run.hold(session)
        allow_long_reads(session)
        tied = settlements.tied_settlements(session, run.account, sorted(touched))
        calls = _judge(session, run, tied)
        run.counts["settlements"] += len(touched)
        run.done_until = part.until
        run.renew(session)
    crash_point("reconciliation.tied")
    if calls:
        wake_by_name("payments.reconcile", calls[:IDS_MAX])


def _judge(session: Session, run: Running, tied: Sequence[Tied]) -> list[UUID]:
    """Ask for what is unknown, or put what does not agree before a person; returns the calls."""
    _heal(session, run, tied)
    differing = [each for each in tied if not each.agrees]
    run.counts[UNTIED] += len(differing)
    if run.is_last_look:
        details = {settlements.break_subject(run.account, each): each.detail for each in differing}
        put_breaks(session, BreakKind.SETTLEMENT_DIFFERS, details)
        return []
    unpaid = [("settlement", each.settlement) for each in differing if each.paid_minor is None]
    lines = [line for each in tied for line in (*each.unknown, *each.feeless)][:FETCHES_MAX]
    calls = ask_anew(session, run.account, [*unpaid, *settlements.abouts(session, run.account, lines)])
    run.counts["asked"] += len(calls)
    return calls


def _heal(session: Session, run: Running, tied: Sequence[Tied]) -> None:
    """Close the breaks of settlements that their lines explain by now."""
    agreeing = [settlements.break_subject(run.account, each) for each in tied if each.agrees]
    run.counts["healed"] += heal_breaks(
        session, BreakKind.SETTLEMENT_DIFFERS, agreeing, "its lines explain what reached the bank"
    )
