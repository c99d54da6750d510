"""Rows that became due in a transaction, woken after its commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from workers.crashpoints import crash_point
from workers.publish import wake_by_name

IDS_MAX = 200
"""Ids in one message: a hint where to begin, not the work; workers drain whatever is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wakes:
    """Ids by kind of work."""

    events: Sequence[UUID] = field(default_factory=list)
    documents: Sequence[UUID] = field(default_factory=list)
    enrollments: Sequence[UUID] = field(default_factory=list)
    emails: Sequence[UUID] = field(default_factory=list)
    calls: Sequence[UUID] = field(default_factory=list)
    notifications: Sequence[UUID] = field(default_factory=list)

    def publish(self) -> None:
        """Best effort: what is not heard is found by the sweeper."""
        for name, ids in (
            ("events.apply", self.events),
            ("documents.render", self.documents),
            ("enrollments.unlock", self.enrollments),
            ("emails.send", self.emails),
            ("payments.reconcile", self.calls),
            ("notifications.send", self.notifications),
        ):
            if ids:
                wake_by_name(name, ids[:IDS_MAX])
                crash_point("wakes.half_sent")
