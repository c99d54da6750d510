"""Hear what webhooks should have told: every change of a window enters the inbox, once."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import Found
from bursar.gateways.protocol import Unreadable
from bursar.gateways.strictjson import NotJson
from bursar.rules.reconciling import Span, slices
from models.inbox_writes import store_heard
from models.queries.differences import unknown_keys
from models.session import transaction
from tasks.calls import heard_of
from tasks.following import follow
from tasks.gateways import api_of
from tasks.running import Running, pages
from tasks.wakes import IDS_MAX, Wakes
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

SOURCE = "backfill"


class Unheard(NamedTuple):
    """One thing that the inbox would hear."""

    type: str
    object_id: str


def backfill(run: Running) -> None:
    """Go through what is left of the window. Raises GatewayAway, GatewayRefused, RunLost."""
    api = api_of(run.account)
    for part in slices(run.span, run.done_until):
        listed = 0
        for page in pages(run.account, api.list_changes(Window(since=part.since, until=part.until))):
            listed += len(page)
            _hear(run, page)
        run.done_until = part.until
        run.counts["listed"] += listed
        with transaction() as session:
            run.renew(session)
        crash_point("reconciliation.advanced")
    with transaction() as session:
        run.conclude(session, healing=False)
    crash_point("reconciliation.ended")


def would_hear(account: str, span: Span) -> list[Unheard]:
    """What a backfill of this time would bring; reads only."""
    found: dict[str, Unheard] = {}
    for part in slices(span):
        listed = api_of(account).list_changes(Window(since=part.since, until=part.until))
        for page in pages(account, listed):
            with transaction() as session:
                new = unknown_keys(session, account, [each.dedupe_key for each in page])
            found |= {
                each.dedupe_key: Unheard(each.type, each.object_id) for each in page if each.dedupe_key in new
            }
    return list(found.values())


def _hear(run: Running, page: Sequence[Found]) -> None:
    def store(session: Session) -> tuple[list[UUID], Wakes]:
        unheard = unknown_keys(session, run.account, [each.dedupe_key for each in page])
        new = store_heard(session, run.account, SOURCE, [heard_of(each) for each in page])
        run.counts["new"] += len(new)
        calls = _follow(session, run.account, [each for each in page if each.dedupe_key in unheard])
        return new, Wakes(calls=calls)

    new, wakes = run.keep(store)
    if new:
        wake_by_name("events.apply", new[:IDS_MAX])
    wakes.publish()


def _follow(session: Session, account: str, found: Sequence[Found]) -> list[UUID]:
    """Take what payers agreed to while nobody told us. What cannot be read holds up nothing else."""
    calls = []
    for each in found:
        with suppress(Unreadable, NotJson):
            calls += follow(session, account, [each])
    return calls
