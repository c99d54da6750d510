"""A run of reconciliation on its way: what it has, what it keeps, and that it is still ours."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway
from bursar.gateways.health.buckets import RateLimited
from bursar.rules.reconciling import RunKind, Span
from models.kinds import RECONCILIATION_RUNS
from models.queries import runs
from models.session import transaction
from models.work import Claim, still_ours
from tasks.routing import breaker, buckets
from workers.crashpoints import crash_point

PAGE = 100
"""Objects kept in one transaction."""
PAGE_S = 20.0
"""Seconds after which a page is kept as it is: the lease of a run is renewed with each."""
LOOKS_MAX = 3
"""After so many looks with time to heal between them, what still differs goes to a person."""
HEALING_S = 120.0
"""Seconds between the first look and the second, twice that before the third: calls take seconds."""
TURN_S_MAX = 1.0
"""Seconds a run waits for its turn at a gateway that others ask, too."""
TURNS_MAX = 60
"""Turns it waits for before it is put off."""
FETCHES_MAX = 2000
"""Objects asked for anew after one look; a later run asks for the rest."""

_Kept = TypeVar("_Kept")
_Listed = TypeVar("_Listed")


class RunLost(Exception):
    """The lease ran out and somebody else has the run: nothing more may be written."""


@dataclass(slots=True)
class Running:
    """One run in hand."""

    held: Claim
    id: UUID
    account: str
    kind: RunKind
    span: Span
    look: int
    done_until: datetime | None
    created_at: datetime
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, held: Claim, row: Any) -> Self:
        """From the row that was claimed."""
        return cls(
            held=held,
            id=row.id,
            account=row.gateway_account,
            kind=RunKind(row.kind),
            span=Span(row.since, row.until),
            look=row.look,
            done_until=row.done_until,
            created_at=row.created_at,
            counts=Counter(row.counts),
        )

    @property
    def is_last_look(self) -> bool:
        """Whether what still differs goes to a person."""
        return self.look + 1 >= LOOKS_MAX

    def keep(self, store: Callable[[Session], _Kept]) -> _Kept:
        """Store a page of what was heard, in one transaction with the lease. Raises RunLost."""
        with transaction() as session:
            self.hold(session)
            kept = store(session)
            self.renew(session)
        crash_point("reconciliation.heard")
        return kept

    def hold(self, session: Session) -> None:
        """Lock the row: the first statement of every transaction that writes for it. Raises RunLost."""
        if not still_ours(session, RECONCILIATION_RUNS, self.held, [self.id]):
            raise RunLost

    def renew(self, session: Session) -> None:
        """Write how far it got. Raises RunLost, which rolls back what this transaction wrote."""
        lease_s = RECONCILIATION_RUNS.lease_s
        if not runs.advance(session, self.held, self.id, self.done_until, self.counts, lease_s):
            raise RunLost

    def conclude(self, session: Session, *, healing: bool) -> None:
        """End it, or look again when what differs has had time to heal. Raises RunLost."""
        if healing:
            wait_s = HEALING_S * (self.look + 1)
            ours = runs.look_again(session, self.held, self.id, self.counts, wait_s)
        else:
            ours = runs.end(session, self.held, self.id, self.counts)
        if not ours:
            raise RunLost


def pages(account: str, listed: Iterator[_Listed]) -> Iterator[list[_Listed]]:
    """What a gateway lists, page by page, as fast as it allows. Raises GatewayAway and GatewayRefused."""
    ended = False
    while not ended:
        _wait_for_admission(account)
        with breaker().guard(account):
            page, ended = _take(listed)
        if page:
            yield page


def _wait_for_admission(account: str) -> None:
    """Nobody waits for a run: it takes its turn. Raises GatewayAway where that does not come."""
    for _ in range(TURNS_MAX):
        try:
            buckets().admit_request(account)
        except RateLimited as limited:
            time.sleep(min(limited.retry_after_s, TURN_S_MAX))
        else:
            return
    message = f"{account} is asked so often that a run finds no turn"
    raise GatewayAway(Failure(code=FailureCode.RATE_LIMITED, message=message))


def _take(listed: Iterator[_Listed]) -> tuple[list[_Listed], bool]:
    """One page, and whether it was the last."""
    began = time.monotonic()
    page: list[_Listed] = []
    for each in listed:
        page.append(each)
        if len(page) >= PAGE or time.monotonic() - began > PAGE_S:
            return page, False
    return page, True
