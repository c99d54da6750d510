"""What a host is told: thin, without personal data, true when it is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bursar.rules.consequences import NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentChanged:
    """What a learner may do now; a host that hears two notices in the wrong order hears the same twice."""

    enrollment: UUID
    customer: str
    """The host's own reference of the person."""
    track: str
    """Its slug."""
    state: str
    """`pending`, `active`, `suspended` or `withdrawn`: what it is when this is sent."""

    def record(self) -> dict[str, Any]:
        """As JSON names it."""
        return {
            "enrollment": str(self.enrollment),
            "customer": self.customer,
            "track": self.track,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice. Its id is the same however often it is sent: that is how a host knows a repetition."""

    id: UUID
    kind: NoticeKind
    happened_at: datetime
    """Aware: when the books changed."""
    data: EnrollmentChanged

    def record(self) -> dict[str, Any]:
        """The body, as https://www.standardwebhooks.com names its fields."""
        return {
            "type": self.kind.value,
            "timestamp": self.happened_at.isoformat(),
            "data": self.data.record(),
        }
