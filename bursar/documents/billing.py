"""What a bill and its correction have in common: charged lines, taxes by rate, ways to pay.

Amounts are minor units of the paper's currency. A line that contradicts itself is refused.
"""

from dataclasses import dataclass
from datetime import date

from bursar.documents.paper import Labelled
from bursar.errors import invariant


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """One fee component. `code` is its SAC or HSN (India, Rule 46); `tax_label` as it is printed: '18 %'.

    `period` is text, because a term or a season is as good as two dates: '1 Apr – 30 Jun 2026'.
    """

    component: str
    description: str = ""
    period: str = ""
    code: str = ""
    quantity: int = 1
    unit: str = ""
    unit_minor: int
    discount_minor: int = 0
    taxable_minor: int
    tax_label: str = ""
    tax_minor: int = 0
    total_minor: int

    def __post_init__(self) -> None:
        invariant(self.taxable_minor + self.tax_minor == self.total_minor, "a line's total is net plus tax")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRow:
    """One row of the tax summary: ('CGST 9 %', 999293) with what it was charged on and what it came to."""

    label: str
    code: str = ""
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """One part of the total and the day by which it is due."""

    label: str
    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMade:
    """A payment that the paper already counts: when, how, and under which transaction it came."""

    paid_on: date
    method: str
    reference: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysToPay:
    """A link, the text of a QR code (for India `upi://pay?…`), and the seller's bank account."""

    url: str = ""
    qr: str = ""
    qr_label: str = ""
    bank: tuple[Labelled, ...] = ()


def check_sums(
    lines: tuple[BilledLine, ...], tax_rows: tuple[TaxRow, ...], *, taxable_minor: int, tax_minor: int
) -> None:
    """Refuse a bill whose lines or tax rows come to other sums than it states."""
    invariant(sum(line.taxable_minor for line in lines) == taxable_minor, "the lines come to the taxable sum")
    invariant(sum(line.tax_minor for line in lines) == tax_minor, "the lines come to the tax")
    by_rate_minor = sum(row.tax_minor for row in tax_rows)
    invariant(not tax_rows or by_rate_minor == tax_minor, "the tax summary comes to the tax")
