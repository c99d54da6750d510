"""A call to a gateway as its effects see it, and what an effect is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.gateways.api.failures import Failure
from bursar.rules.breaks import BreakKind
from bursar.rules.calling import CallOutcome, Operation
from models.inbox_writes import open_break
from tasks.asking import Begun
from tasks.wakes import Wakes


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One row of `gateway_calls`."""

    id: UUID
    account: str
    operation: Operation
    subject: str
    params: Mapping[str, Any]
    customer_id: UUID | None
    sent_at: datetime
    """When it was sent first, unless it was certainly not acted on."""
    tries: int
    age_s: float

    @classmethod
    def of(cls, row: Any) -> Self:
        """From the row that was begun."""
        return cls(
            id=row.id,
            account=row.gateway_account,
            operation=Operation(row.operation),
            subject=row.subject,
            params=row.params,
            customer_id=row.customer_id,
            sent_at=row.sent_at,
            tries=row.tries,
            age_s=(utc_now() - row.created_at).total_seconds(),
        )

    @classmethod
    def begun(cls, begun: Begun) -> Self:
        """One that was begun a moment ago, when it was wished for."""
        return cls(
            id=begun.id,
            account=begun.account,
            operation=begun.request.operation,
            subject=begun.subject,
            params=begun.params,
            customer_id=begun.customer_id,
            sent_at=utc_now(),
            tries=1,
            age_s=0.0,
        )

    @property
    def subject_id(self) -> UUID:
        """The id in `checkout:<id>`. Raises ValueError where the subject has none."""
        return UUID(self.subject.partition(":")[2])


class Effect:
    """What most calls change: nothing but what enters the inbox. Writes only."""

    def answered(self, session: Session, call: Call, result: Any) -> Wakes:  # noqa: ARG002 - others need them
        """The gateway did it; `result` is that of the operation's request."""
        return Wakes()

    def unknown(self, session: Session, call: Call, failure: Failure) -> Wakes:  # noqa: ARG002
        """It may have done it; the call is asked for later, and whoever waits may not want to."""
        return Wakes()

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:  # noqa: ARG002
        """It will not do it, or did not answer for longer than anybody waits."""
        open_break(session, BreakKind.CALL_REFUSED, f"call:{call.id}", str(failure))
        return Wakes()
