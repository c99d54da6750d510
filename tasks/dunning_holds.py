"""A person stops a case of dunning, or lets it go on: a promise to pay, or a reason of his own. Audited."""

from datetime import datetime, timedelta
from uuid import UUID

from bursar.clock import utc_now
from bursar.errors import Refused
from bursar.rules.dunning.deciding import HoldKind
from models.queries import dunning_cases
from models.queries.audit import audit
from models.session import transaction

REASON_LENGTH_MIN, REASON_LENGTH_MAX = 3, 200
"""Characters; it is audited."""
HOLD_MAX = timedelta(days=366)
"""A hold that is longer is a decision to give up: write off instead."""


class HoldRefused(Refused):
    """The case cannot be held so; the message says why."""


def hold(case_id: UUID, kind: HoldKind, *, until: datetime | None, reason: str, by: str) -> None:
    """Do nothing about a case until then, or until it is released. A later hold replaces an earlier one.

    Raises HoldRefused or CaseOver.
    """
    _check_reason(reason)
    now = utc_now()
    if kind is HoldKind.PROMISE and until is None:
        raise HoldRefused("until: a promise to pay names a day")
    if until is not None and not now < until <= now + HOLD_MAX:
        raise HoldRefused(f"until must be in the future, and not more than {HOLD_MAX.days} days away")
    with transaction() as session:
        dunning_cases.hold(session, case_id, kind.value, until, reason.strip(), now)
        audit(
            session,
            actor=by,
            verb="held",
            subjects={case_id: "dunning_case"},
            detail={"kind": kind.value, "until": str(until or "released"), "reason": reason.strip()},
        )


def release(case_id: UUID, *, reason: str, by: str) -> None:
    """Let a case go on; what has come due meanwhile is looked at with the next run.

    Raises HoldRefused or CaseOver.
    """
    _check_reason(reason)
    with transaction() as session:
        dunning_cases.release(session, case_id, utc_now())
        audit(
            session,
            actor=by,
            verb="released",
            subjects={case_id: "dunning_case"},
            detail={"reason": reason.strip()},
        )


def _check_reason(reason: str) -> None:
    if not REASON_LENGTH_MIN <= len(reason.strip()) <= REASON_LENGTH_MAX:
        raise HoldRefused(
            f"reason must be {REASON_LENGTH_MIN} to {REASON_LENGTH_MAX} characters; it is audited"
        )
