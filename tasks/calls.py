"""Ask gateways: the intent committed, the call made, the answer committed. One call at a time.

A call that may have been acted on is asked for, never blindly repeated (law 6).
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from bursar.errors import Misconfigured, invariant
from bursar.gateways.api.failures import (
    Failure,
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.api.frozen import digest, freeze, thaw
from bursar.gateways.api.requests import Request
from bursar.gateways.api.results import Found, Result
from bursar.rules.breaks import BreakKind
from bursar.rules.calling import PAGES, CallOutcome, Operation
from models.inbox_writes import Heard, open_break, store_heard
from models.kinds import GATEWAY_CALLS
from models.queries import calls
from models.queries.calls import key_of
from models.session import is_transient, transaction
from models.work import Claim, claim, fail, release
from tasks.asking import Begun
from tasks.certainty import Doubt, doubt_of
from tasks.drain import claims
from tasks.effects import EFFECTS, Call
from tasks.gateways import api_of
from tasks.patience import WAITED_FOR, gives_up, wait_s
from tasks.routing import guarded
from tasks.wakes import Wakes
from workers.crashpoints import crash_point

log = structlog.get_logger(__name__)

PAUSES_S = (0.1, 0.3)
"""Seconds, with jitter, between three sendings of what a person waits for."""
RETRY_AFTER_AT_ONCE_S = 1.0
"""A gateway that asks for more time is left alone, and the next one asked."""
ASK_AT_ONCE_WITHIN_S = 5.0
"""Seconds after which who waits for a page is better served elsewhere: a lost answer is asked for later."""
DRAIN_S = 10.0
"""Seconds after which no call is begun: one may take 23, and the task is killed after 45."""


def make_calls(ids: Sequence[UUID | str] = ()) -> None:
    """These calls first, then whatever is due."""
    for held in claims(GATEWAY_CALLS, ids, drain_s=DRAIN_S):
        for call_id in held.ids:
            make_call(held, call_id).publish()


def make_begun(begun: Begun) -> None:
    """A call that the transaction of its wish has begun already; then those that follow from it."""
    held = Claim(begun.token, ())
    call = Call.begun(begun)
    wakes = _guard(held, call.id, lambda: _Attempt(held, call.id).send(call, begun.request, key_of(call.id)))
    replace(wakes, calls=()).publish()
    make_calls_here(wakes.calls)


def make_calls_here(ids: Sequence[UUID]) -> None:
    """These calls and those that follow from them, and no others: somebody waits here."""
    due = list(ids)
    while due:
        held = claim(GATEWAY_CALLS, due[:1], fill=False)
        due = due[1:]
        for call_id in held.ids:
            wakes = make_call(held, call_id)
            due += wakes.calls
            replace(wakes, calls=()).publish()


def make_call(held: Claim, call_id: UUID) -> Wakes:
    """One call; what is due because of it."""
    return _guard(held, call_id, _Attempt(held, call_id).run)


def _guard(held: Claim, call_id: UUID, attempt: Callable[[], Wakes]) -> Wakes:
    """Whatever becomes of it: no broken call holds up the others."""
    try:
        return attempt()
    except Exception as error:  # noqa: BLE001 - the row says what happened
        if is_transient(error):
            release(GATEWAY_CALLS, held, [call_id])
        else:
            fail(GATEWAY_CALLS, held, call_id, error)
        log.error("calls.failed", call_id=str(call_id), error=type(error).__name__)
        return Wakes()


@dataclass(slots=True)
class _Attempt:
    """One call on its way."""

    held: Claim
    call_id: UUID
    took_ms: int | None = None
    maybe_done: bool = False
    """An earlier sending may have been acted on."""

    def run(self) -> Wakes:
        """Begin, send or ask, and write down what came of it; what is due because of it."""
        with transaction() as session:
            row = calls.begin(session, self.held, self.call_id)
        crash_point("calls.sending")
        if row is None:
            return Wakes()  # the lease ran out meanwhile: another worker asks
        call = Call.of(row)
        self.maybe_done = row.sent_before and call.operation is not Operation.FETCH
        invariant(digest(row.params) == bytes(row.params_sha256), "a frozen call was changed")
        return self.send(call, thaw(call.operation, row.params), row.key)

    def send(self, call: Call, request: Request[Result], key: str) -> Wakes:
        """The same for a call that is begun."""
        doubt = self._doubt(call)
        if doubt is not None:
            failure = Failure(code=FailureCode.WITHHELD, message=doubt.why)
            if doubt.final:
                return self._end(call, CallOutcome.GIVEN_UP, failure)
            return self._away(call, GatewayAway(failure))
        try:
            result = self._answer(call, request, key)
        except GatewayAway as error:
            return self._away(call, error)
        except GatewayRefused as error:
            return self._end(call, CallOutcome.REFUSED, error.failure)
        except OutcomeUnknown as error:
            return self._unknown(call, error)
        except (KeyReused, Misconfigured) as error:
            return self._quarantine(call, error)
        crash_point("calls.answered")
        return Wakes() if result is None else self._keep(call, result)

    def _doubt(self, call: Call) -> Doubt | None:
        """Why a charge that nobody waits for must not be sent after all."""
        return (
            None if self.maybe_done or call.operation is not Operation.CHARGE else doubt_of(call.subject_id)
        )

    def _answer(self, call: Call, request: Request[Result], key: str) -> Result | None:
        """Send it; ask instead when an earlier sending may have been acted on. None: no longer ours."""
        began = time.monotonic()
        try:
            return self._ask(call, request, key) if self.maybe_done else self._send(call, request, key)
        finally:
            self.took_ms = round((time.monotonic() - began) * 1000)

    def _send(self, call: Call, request: Request[Result], key: str) -> Result | None:
        """A person waits for a page: what became of a lost one is asked once before another gateway is."""
        began = time.monotonic()
        try:
            return _perform(call.account, request, key)
        except OutcomeUnknown as lost:
            if call.operation not in PAGES or time.monotonic() - began > ASK_AT_ONCE_WITHIN_S:
                raise
            self.maybe_done = True
            try:
                return self._ask(call, request, key)
            except GatewayAway:
                if self.maybe_done:
                    raise lost from None
                raise

    def _ask(self, call: Call, request: Request[Result], key: str) -> Result | None:
        """What became of it; after proof that nothing did, it is sent under another key."""
        found = guarded(call.account, lambda: api_of(call.account).ask(request, key, call.sent_at))
        if found is not None:
            return found
        anew = f"{key[:40]}-{call.tries}"
        if not self._rekey(anew):
            return None
        self.maybe_done = False
        return _perform(call.account, request, anew)

    def _rekey(self, key: str) -> bool:
        with transaction() as session:
            ours = calls.rekey(session, self.held, self.call_id, key)
        crash_point("calls.rekeyed")
        return ours

    def _keep(self, call: Call, result: Result) -> Wakes:
        with transaction() as session:
            kept = calls.close(
                session, self.held, call.id, CallOutcome.ANSWERED, answer=freeze(result), took_ms=self.took_ms
            )
            events = _hear(session, call.account, result.found) if kept else []
            wakes = EFFECTS[call.operation].answered(session, call, result) if kept else Wakes()
        crash_point("calls.kept")
        log.info("calls.answered", call_id=str(call.id), operation=call.operation.value, took_ms=self.took_ms)
        return replace(wakes, events=events)

    def _away(self, call: Call, error: GatewayAway) -> Wakes:
        """No answer to this sending: once more later, until nobody waits for it any longer."""
        if not self.maybe_done and gives_up(call.operation, call.tries, call.age_s):
            return self._end(call, CallOutcome.GIVEN_UP, error.failure)
        outcome = CallOutcome.UNKNOWN if self.maybe_done else None
        with transaction() as session:
            self._put_off(session, call, outcome, error.failure, error)
        log.warning("calls.put_off", call_id=str(call.id), code=error.failure.code.value)
        return Wakes()

    def _unknown(self, call: Call, error: OutcomeUnknown) -> Wakes:
        """It may have been acted on: whoever waits goes another way; it is asked for until it is known."""
        with transaction() as session:
            ours = self._put_off(session, call, CallOutcome.UNKNOWN, error.failure, error)
            wakes = EFFECTS[call.operation].unknown(session, call, error.failure) if ours else Wakes()
        crash_point("calls.unknown")
        log.warning("calls.unknown", call_id=str(call.id), code=error.failure.code.value)
        return wakes

    def _put_off(
        self, session: Session, call: Call, outcome: CallOutcome | None, failure: Failure, error: Exception
    ) -> bool:
        return calls.put_off(
            session,
            self.held,
            call.id,
            outcome,
            failure=freeze(failure),
            error=error,
            wait_s=wait_s(call.tries, failure.retry_after_s),
        )

    def _end(self, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:
        frozen = freeze(failure)
        with transaction() as session:
            ended = calls.close(
                session, self.held, call.id, outcome, failure=frozen, took_ms=self.took_ms, error=str(failure)
            )
            wakes = EFFECTS[call.operation].refused(session, call, outcome, failure) if ended else Wakes()
        crash_point("calls.refused")
        log.warning("calls.ended", call_id=str(call.id), outcome=outcome.value, code=failure.code.value)
        return wakes

    def _quarantine(self, call: Call, error: Exception) -> Wakes:
        """Only a person can mend it: a setting is wrong, or our key means another call at the gateway."""
        with transaction() as session:
            open_break(session, BreakKind.CALL_STUCK, f"call:{call.id}", str(error))
        crash_point("calls.quarantined")
        fail(GATEWAY_CALLS, self.held, call.id, error, fatal=isinstance(error, KeyReused))
        log.error("calls.quarantined", call_id=str(call.id), error=str(error))
        return Wakes()


def _perform(account: str, request: Request[Result], key: str) -> Result:
    """Send it; where a person waits, again at once while the gateway certainly did not act."""
    api = api_of(account)
    for pause_s in PAUSES_S if request.operation in WAITED_FOR else ():
        try:
            return guarded(account, lambda: api.perform(request, key))
        except GatewayAway as error:
            if (error.failure.retry_after_s or 0.0) > RETRY_AFTER_AT_ONCE_S:
                raise
            time.sleep(pause_s * (0.5 + random.random()))  # noqa: S311 - spreads load, guards nothing
    return guarded(account, lambda: api.perform(request, key))


def _hear(session: Session, account: str, found: Sequence[Found]) -> list[UUID]:
    """What the gateway said enters the inbox: the books move on events only."""
    return store_heard(session, account, "fetch", [heard_of(each) for each in found])


def heard_of(found: Found) -> Heard:
    """One object or event, as the inbox keeps it."""
    return Heard(
        found.dedupe_key, found.type, found.object_id, found.document, found.occurred_at, found.livemode
    )
