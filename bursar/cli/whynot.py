"""Why what somebody would expect has not happened: one reason per thing that is missing, from rows alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bursar.cli.whynot_money import money_reasons
from bursar.rules.enrollment import WHOLE_BP, UnlockRule
from bursar.rules.evidence import STRONG
from bursar.rules.money_text import money_text
from bursar.rules.states import OPEN_DISPUTES, EnrollmentState
from models.queries.explain import Story

_IGNORED = {
    "wrong_mode": "it is of the other mode (test, live): check the endpoint's key and BURSAR_MODE",
    "unhandled type": "nothing is read from events of this type; `bursar events types` lists those that are",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Something that did not happen, and why."""

    what: str
    why: str


def why_not(story: Story) -> list[Reason]:
    """Every reason, money first, then what follows from it, then what was not even read."""
    found = [
        *money_reasons(story),
        *_documents(story),
        *_mails(story),
        *_rights(story),
        *_events(story),
    ]
    return [Reason(what=what, why=why) for what, why in dict.fromkeys(found)]


def next_try(story: Story, row: Row[Any]) -> str:
    """Of a unit of work that is neither done nor given up: what it waits for."""
    if row.state == "running":
        return "a worker has it in hand"
    if row.failures:
        return f"failed {_times(row.failures)}: {row.error}; next try at {_moment(story, row.not_before)}"
    if row.not_before and row.not_before > story.now:
        return f"not before {_moment(story, row.not_before)}"
    return f"due since {_moment(story, row.not_before)}: is a worker running?"


def _documents(story: Story) -> Iterator[tuple[str, str]]:
    payments = {row.id: row for row in story.payments}
    for row in story.documents:
        payment = payments.get(row.subject_id)
        what = f"no {row.kind} of {payment.gateway_payment_id if payment else row.subject_id}"
        if row.state == "dead":
            yield what, f"it could not be made: {row.error}; then `bursar dead replay {row.id}`"
        elif row.state == "ignored":
            yield what, f"it was put aside: {row.error}"
        elif row.state != "done":
            weak = payment is not None and payment.evidence < STRONG and not row.failures
            waits = weak and row.not_before and row.not_before > story.now
            why = f"waits until {_moment(story, row.not_before)} for better evidence of whose money it is"
            yield what, why if waits else next_try(story, row)


def _mails(story: Story) -> Iterator[tuple[str, str]]:
    for row in story.mails:
        why = None
        if row.state == "ignored":
            why = f"suppressed: {row.error}"
        elif row.state == "dead":
            why = f"{_gave_up(row)}; then `bursar dead replay {row.id}` or discard it"
        elif row.send_state == "unknown":
            why = (
                f"the answer was lost: it goes out once more with the same Message-ID, {next_try(story, row)}"
            )
        elif row.state != "done":
            waits = row.document_id and row.not_before is None
            why = "waits for its document" if waits else next_try(story, row)
        if why:
            yield f"no mail {row.kind}", why


def _gave_up(row: Row[Any]) -> str:
    if row.send_state == "unknown":
        return "nobody knows whether it went out: ask the mail provider by its Message-ID"
    return f"given up: {row.error}"


def _rights(story: Story) -> Iterator[tuple[str, str]]:
    for row in story.rights:
        grants = [grant for grant in story.grants if grant.enrollment_id == row.id]
        what = f"track {row.track} not active"
        if row.desired != EnrollmentState.ACTIVE:
            reasons = [_grant(story, grant) for grant in grants]
            yield what, "; ".join(reasons) or "nothing grants it: no issued invoice names this track"
        if row.desired != row.observed:
            told = f"it should be {row.desired} and is {row.observed}: {next_try(story, row)}"
            yield f"track {row.track} not {row.desired} yet", told


def _grant(story: Story, grant: Row[Any]) -> str:
    """Why one invoice does not grant the right."""

    def money(minor: int) -> str:
        return money_text(minor, grant.currency, story.scope.locale)

    name = grant.invoice or "a draft"
    if grant.state == EnrollmentState.SUSPENDED:
        names = [row.gateway_dispute_id for row in story.disputes if row.status in OPEN_DISPUTES]
        return f"{name} is suspended by {', '.join(names) or 'a dispute of another payment'}"
    gross_minor = grant.paid_minor + grant.refunded_minor
    if grant.state == EnrollmentState.WITHDRAWN:
        return (
            f"{name} is withdrawn: {money(grant.refunded_minor)} of {money(gross_minor)} paid was taken back"
        )
    if grant.status != "open":
        return f"{name} is {grant.status}"
    missing_minor = _needed_minor(grant) - gross_minor
    return (
        f"{name} has been paid {money(gross_minor)} of {money(grant.total_minor)}; "
        f"rule {grant.unlock_rule} needs {money(missing_minor)} more"
    )


def _needed_minor(grant: Row[Any]) -> int:
    """What must have been paid before the track opens."""
    if grant.unlock_rule == UnlockRule.FIRST_PAYMENT:
        return 1
    share_bp = grant.unlock_share_bp if grant.unlock_rule == UnlockRule.SHARE else WHOLE_BP
    return int(-(-grant.total_minor * share_bp // WHOLE_BP))


def _events(story: Story) -> Iterator[tuple[str, str]]:
    for row in story.events:
        what = f"event {row.gateway_event_id} ({row.type}) not applied"
        if row.waiting_for:
            yield what, _waits(row.waiting_for)
        elif row.state == "dead":
            yield what, f"{row.error}; after the cause is mended `bursar events replay {row.id}`"
        elif row.state == "ignored":
            yield what, _IGNORED.get(row.error or "", f"ignored: {row.error}")
        elif row.state != "done":
            yield what, next_try(story, row)


def _waits(key: str) -> str:
    if key.startswith("fetch:"):
        return f"it only names {key.removeprefix('fetch:')}, which must be fetched from the gateway first"
    return f"waits for {key}, of which no event has told yet"


def _moment(story: Story, moment: datetime | None) -> str:
    """A moment; of today, only its time."""
    if moment is None:
        return "a time not set"
    same = moment.date() == story.now.date()
    return f"{moment:%H:%M:%S}" if same else f"{moment:%Y-%m-%d %H:%M:%S}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
