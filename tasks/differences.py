"""Compare what a gateway has with what the books have; heal what heals, put the rest before a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.errors import Refused
from bursar.gateways import strictjson
from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import Found
from bursar.gateways.registry import GATEWAYS
from bursar.rules.breaks import BreakKind
from bursar.rules.reconciling import (
    Difference,
    Differing,
    Name,
    Span,
    Standing,
    Told,
    compare,
    to_fetch,
)
from models.inbox_writes import store_heard
from models.queries import differences
from models.session import allow_long_reads, transaction
from tasks.backfill import SOURCE
from tasks.calls import heard_of
from tasks.fetches import ask_anew
from tasks.gateways import api_of
from tasks.running import FETCHES_MAX, PAGE, Running, pages
from tasks.wakes import IDS_MAX
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

NEWS_MAX = 10_000
"""Things the inbox has not heard that are kept in memory; a backfill brings the rest."""


@dataclass(slots=True)
class Survey:
    """What a gateway has, as far as it was listed."""

    told: Told = field(default_factory=Told)
    news: list[Found] = field(default_factory=list)
    """What the inbox has not heard."""
    unheard: Told = field(default_factory=Told)
    """What those say."""
    listed: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides, and what they differ in."""

    survey: Survey
    ours: dict[Name, Standing]
    differing: tuple[Differing, ...]

    @property
    def names(self) -> set[Name]:
        """Everything that either side has."""
        return self.survey.told.standings.keys() | self.ours.keys()


def diff(run: Running) -> None:
    """One look at the window. Raises GatewayAway, GatewayRefused, RunLost."""
    compared = look(run.account, run.span, since=run.created_at, each_page=lambda: run.keep(lambda _: None))
    events = _hear(run, compared.survey.news)
    _count(run, compared)
    with transaction() as session:
        run.hold(session)
        _heal(session, run, compared)
        calls = _ask_or_break(session, run, compared)
        run.conclude(session, healing=bool(compared.differing) and not run.is_last_look)
    crash_point("reconciliation.judged")
    if events:
        wake_by_name("events.apply", events[:IDS_MAX])
    if calls:
        wake_by_name("payments.reconcile", calls[:IDS_MAX])


def look(
    account: str, span: Span, *, since: datetime | None = None, each_page: Callable[[], None] = lambda: None
) -> Compared:
    """Compare, and write nothing. Lists until now, for the books know what happened after the window, too.

    `since`: what was asked for alone since then counts as listed.
    """
    survey = _survey(account, Span(span.since, max(span.until, utc_now())), each_page)
    with transaction() as session:
        allow_long_reads(session)
        ours = differences.our_standings(session, account, survey.told.standings, span)
        known = differences.confirmed(session, account, since) if since else set()
    return Compared(survey, ours, compare(survey.told, ours, known))


def _survey(account: str, span: Span, each_page: Callable[[], None]) -> Survey:
    survey = Survey()
    window = Window(since=span.since, until=span.until)
    for page in pages(account, api_of(account).list_changes(window)):
        survey.listed += len(page)
        with transaction() as session:
            new = differences.unknown_keys(session, account, [each.dedupe_key for each in page])
        for each in page:
            _fold(survey, account, each, is_news=each.dedupe_key in new)
        each_page()
    return survey


def _fold(survey: Survey, account: str, found: Found, *, is_news: bool) -> None:
    gateway, _, mode = account.partition(":")
    if found.livemode is not None and found.livemode != (mode == "live"):
        return
    try:
        reading = GATEWAYS[gateway].read(found.type, strictjson.loads(found.document))
    except Refused:
        survey.unreadable += 1
        return
    if not isinstance(reading, tuple):
        return
    survey.told.hear(reading, found.dedupe_key)
    if is_news and len(survey.news) < NEWS_MAX:
        survey.news.append(found)
        survey.unheard.hear(reading, found.dedupe_key)


def _hear(run: Running, news: Sequence[Found]) -> list[UUID]:
    """What was missing enters the inbox: that alone heals most differences.

    A page at a time: a receiver that is told the same meanwhile waits for the commit.
    """
    events: list[UUID] = []
    for begin in range(0, len(news), PAGE):
        heard = [heard_of(each) for each in news[begin : begin + PAGE]]
        events += run.keep(partial(store_heard, account=run.account, source=SOURCE, heard=heard))
    run.counts["new"] += len(events)
    return events


def _count(run: Running, compared: Compared) -> None:
    """What this look found, by class."""
    run.counts["listed"] = compared.survey.listed
    run.counts["unreadable"] = compared.survey.unreadable
    run.counts["compared"] = len(compared.names)
    for kind in Difference:
        run.counts[kind.value] = sum(kind in each.differences for each in compared.differing)


def _heal(session: Session, run: Running, compared: Compared) -> None:
    """Close the breaks of what agrees by now."""
    agreeing = compared.names - {each.name for each in compared.differing}
    subjects = [differences.break_subject(run.account, name) for name in agreeing]
    run.counts["healed"] += differences.heal_breaks(
        session, BreakKind.GATEWAY_DIFFERS, subjects, "the gateway and the books agree again"
    )


def _ask_or_break(session: Session, run: Running, compared: Compared) -> list[UUID]:
    """Ask anew for what differs though it was heard before; in the end put it before a person."""
    if run.is_last_look:
        differences.put_differences(session, run.account, compared.differing)
        run.counts["broken"] = len(compared.differing)
        return []
    just_heard = compared.survey.unheard.standings
    differing = [each for each in compared.differing if each.name not in just_heard]
    calls = ask_anew(session, run.account, to_fetch(differing, compared.ours)[:FETCHES_MAX])
    run.counts["asked"] += len(calls)
    return calls
