"""What a receipt says, frozen: every word and every number that will ever stand on the paper.

It computes no money: it only refuses numbers that contradict each other.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from bursar.documents.paper import LINES_MAX, Labelled, check_length
from bursar.documents.snapshot import Snapshot
from bursar.errors import invariant


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
class ReceiptSnapshot(Snapshot):
    """A receipt for one payment. All amounts in minor units of one currency.

    `credit_minor` is the part of the payment that no invoice took; `invoice_balance_minor` is what remains to
    be paid on the invoices it touched, over all their lines. `words` is the amount in words.
    """

    SCHEMA: ClassVar[str] = "receipt/1"

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
    seller_tax_ids: tuple[Labelled, ...] = ()
    words: str = ""
    theme: str = "default"
    verify_url: str = ""

    def __post_init__(self) -> None:
        invariant(self.paid_at.utcoffset() == timedelta(0), "paid_at is an aware time in UTC")
        allocated_minor = sum(line.paid_now_minor for line in self.lines)
        invariant(
            allocated_minor + self.credit_minor == self.amount_minor, "a receipt explains the whole payment"
        )
        check_length("lines", self.lines, LINES_MAX)
