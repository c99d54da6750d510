"""What a receipt says, frozen: every word and every number that will ever stand on the paper.

It knows how to become canonical bytes and to come back. It does not know what the paper looks like, and it
computes no money: it only refuses numbers that contradict each other.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from bursar.errors import Broken, invariant

SCHEMA = "receipt/1"
"""Written into the stored bytes, so that a later layout can tell old snapshots from new ones."""


class SnapshotUnreadable(Broken):
    """A stored snapshot is not the JSON that this version of Bursar writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """One component of one invoice, and what this payment did to it. All amounts in minor units."""

    invoice_number: str
    component: str
    due_minor: int
    paid_before_minor: int
    paid_now_minor: int
    balance_minor: int

    def __post_init__(self) -> None:
        left_minor = self.due_minor - self.paid_before_minor - self.paid_now_minor
        invariant(left_minor == self.balance_minor, "a line's balance is what was charged less what was paid")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSnapshot:
    """A receipt for one payment. All amounts in minor units of one currency.

    `credit_minor` is the part of the payment that no invoice took; `invoice_balance_minor` is what remains to
    be paid on the invoices it touched, over all their lines.
    """

    number: str
    issued_on: date
    seller_name: str
    seller_address: tuple[str, ...]
    customer_name: str
    customer_ref: str
    payment_ref: str
    gateway: str
    method: str | None
    paid_at: datetime
    currency: str
    amount_minor: int
    lines: tuple[ReceiptLine, ...]
    credit_minor: int
    invoice_balance_minor: int
    locale: str
    test_mode: bool

    def __post_init__(self) -> None:
        invariant(self.paid_at.utcoffset() == timedelta(0), "paid_at is an aware time in UTC")
        allocated_minor = sum(line.paid_now_minor for line in self.lines)
        invariant(
            allocated_minor + self.credit_minor == self.amount_minor, "a receipt explains the whole payment"
        )

    def to_json(self) -> bytes:
        """Write the canonical bytes: sorted keys, no spaces, ASCII only. Equal snapshots give equal bytes."""
        record = asdict(self) | {
            "schema": SCHEMA,
            "issued_on": self.issued_on.isoformat(),
            "paid_at": self.paid_at.isoformat(),
        }
        return json.dumps(record, sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_json(cls, data: bytes) -> "ReceiptSnapshot":
        """Read what to_json wrote. Raises SnapshotUnreadable for a missing, unknown or mistyped field."""
        try:
            record = json.loads(data)
            if record.pop("schema") != SCHEMA:
                raise SnapshotUnreadable(f"expected a snapshot of schema {SCHEMA}")
            record["lines"] = tuple(ReceiptLine(**_checked(ReceiptLine, line)) for line in record["lines"])
            record["issued_on"] = date.fromisoformat(record["issued_on"])
            record["paid_at"] = datetime.fromisoformat(record["paid_at"])
            record["seller_address"] = tuple(record["seller_address"])
            return cls(**_checked(cls, record))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SnapshotUnreadable(f"the stored snapshot is unreadable: {type(error).__name__}") from error

    def sha256(self) -> str:
        """Hash the canonical bytes: the fingerprint that the books keep beside the document."""
        return hashlib.sha256(self.to_json()).hexdigest()


def _checked(shape: type[ReceiptLine] | type[ReceiptSnapshot], record: dict[str, Any]) -> dict[str, Any]:
    """Compare names and plain types with the dataclass: JSON may hold 1.0 or true where an int is meant."""
    names = {field.name for field in fields(shape)}
    if set(record) != names:
        raise SnapshotUnreadable(f"fields differ from {shape.__name__}: {sorted(set(record) ^ names)}")
    for field in fields(shape):
        value = record[field.name]
        if field.type is str or field.type is int or field.type is bool:
            mistyped = type(value) is not field.type
        elif field.name == "seller_address":
            mistyped = any(type(line) is not str for line in value)
        else:
            mistyped = field.name == "method" and not isinstance(value, str | None)
        if mistyped:
            raise SnapshotUnreadable(f"{shape.__name__}.{field.name} is of type {type(value).__name__}")
    return record
