"""Objects of which only the latest word counts: the highest (time, rank of status, key of event) stays.

`max` does not care about order: whatever way the words arrive, the same one stays.
"""

from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from uuid import UUID

from bursar.rules.facts import (
    CustomerFact,
    DowntimeFact,
    FraudWarningFact,
    GatewayInvoiceFact,
    ObjectFact,
    PaymentMethodFact,
    SubscriptionFact,
)

_NEVER = datetime.min.replace(tzinfo=UTC)


class Stamp(NamedTuple):
    """When something was said; comparable. A word without a time loses to any that has one."""

    said_at: datetime
    rank: int
    """Of the status: later in a life is higher."""
    key: str
    """The event's signed identity: any order will do, as long as it is one."""

    @property
    def occurred_at(self) -> datetime | None:
        """The time of the gateway, if it gave one."""
        return None if self.said_at == _NEVER else self.said_at


def stamp(occurred_at: datetime | None, status: StrEnum, key: str) -> Stamp:
    """The stamp of a word that gives a status."""
    return Stamp(occurred_at or _NEVER, _ranks(type(status))[status], key)


def stored_stamp(occurred_at: datetime | None, rank: int, key: str) -> Stamp:
    """The stamp of a word that was kept."""
    return Stamp(occurred_at or _NEVER, rank, key)


class ObjectKind(StrEnum):
    """What kind of object a snapshot shows."""

    SUBSCRIPTION = "subscription"
    GATEWAY_INVOICE = "gateway_invoice"
    PAYMENT_METHOD = "payment_method"
    CUSTOMER = "customer"
    FRAUD_WARNING = "fraud_warning"
    DOWNTIME = "downtime"


OBJECT_KINDS: dict[type[ObjectFact], ObjectKind] = {
    SubscriptionFact: ObjectKind.SUBSCRIPTION,
    GatewayInvoiceFact: ObjectKind.GATEWAY_INVOICE,
    PaymentMethodFact: ObjectKind.PAYMENT_METHOD,
    CustomerFact: ObjectKind.CUSTOMER,
    FraudWarningFact: ObjectKind.FRAUD_WARNING,
    DowntimeFact: ObjectKind.DOWNTIME,
}


class GatewayObject(NamedTuple):
    """What the gateway last said about one of its objects."""

    id: UUID
    account: str
    kind: ObjectKind
    external_id: str
    status: str
    stamp: Stamp
    fact: ObjectFact | None
    """None for what was stored before: only its stamp is needed to decide."""


@cache
def _ranks(statuses: type[StrEnum]) -> dict[StrEnum, int]:
    return {status: rank for rank, status in enumerate(statuses)}
