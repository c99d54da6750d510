"""What a fake gateway really did: every charge, refund, dispute and payout, told independently of its API.

Reconciliation is compared with this book: our captured payments are its captured charges (invariant I11),
and no attempt of ours was charged twice (I14).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bursar.errors import invariant


class Kind(StrEnum):
    """What happened to money."""

    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"


class Standing(StrEnum):
    """How it stands: of a charge, a refund, a dispute, a payout."""

    FAILED = "failed"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    RELEASED = "released"
    CAPTURED = "captured"
    SUCCEEDED = "succeeded"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    PAID = "paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the book."""

    gateway: str
    kind: Kind
    id: str
    payment: str | None
    """What the money is credited under at that gateway: Stripe's intent, Razorpay's payment."""
    amount_minor: int
    """ISO 4217 minor units, as everywhere in Bursar."""
    currency: str
    standing: Standing
    at: datetime
    fee_minor: int = 0
    key: str | None = None
    """The idempotency key of the request that caused it."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What the caller said it was for; an attempt of ours is found by it."""


class Book:
    """Rows in the order they were written; a row may be restated, never taken out."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, Kind, str], Row] = {}

    def write(self, row: Row) -> None:
        """Add what happened. The same thing happens once: raises Broken for an id that is there already."""
        key = (row.gateway, row.kind, row.id)
        invariant(key not in self._rows, "a fake gateway wrote the same thing twice", id=row.id)
        self._rows[key] = row

    def restate(
        self, gateway: str, kind: Kind, id_: str, standing: Standing, amount_minor: int | None = None
    ) -> None:
        """Say how a row stands now. Raises KeyError for a row that was never written."""
        row = self._rows[gateway, kind, id_]
        amount_minor = row.amount_minor if amount_minor is None else amount_minor
        self._rows[gateway, kind, id_] = replace(row, standing=standing, amount_minor=amount_minor)

    def rows(self, kind: Kind | None = None, gateway: str | None = None) -> list[Row]:
        """What was written, oldest first, while the server goes on writing."""
        written = tuple(self._rows.values())
        return [row for row in written if kind in (None, row.kind) and gateway in (None, row.gateway)]

    def captured(self, gateway: str | None = None) -> dict[str, int]:
        """Minor units that were really taken, by the payment they belong to."""
        taken: Counter[str] = Counter()
        for row in self.rows(Kind.CHARGE, gateway):
            if row.standing is Standing.CAPTURED:
                taken[row.payment or row.id] += row.amount_minor
        return dict(taken)

    def charges_by(self, name: str) -> dict[str, list[Row]]:
        """Captured charges by one word of their metadata: more than one for an attempt is a double charge."""
        found: dict[str, list[Row]] = {}
        for row in self.rows(Kind.CHARGE):
            if row.standing is Standing.CAPTURED and name in row.metadata:
                found.setdefault(row.metadata[name], []).append(row)
        return found

    def sums(self) -> dict[str, int]:
        """Minor units by `gateway.currency.kind.standing`: what a statement would add up to."""
        added: Counter[str] = Counter()
        for row in self.rows():
            added[f"{row.gateway}.{row.currency}.{row.kind}.{row.standing}"] += row.amount_minor
        return dict(added)

    def told(self) -> dict[str, Any]:
        """The whole book as JSON shows it."""
        return {"rows": list(self._told_rows()), "sums": self.sums()}

    def _told_rows(self) -> Iterator[dict[str, Any]]:
        for row in self.rows():
            yield asdict(row) | {"at": row.at.isoformat()}
