"""What issuing an invoice posts: the customer owes each line, the income and the tax are earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from bursar.errors import Refused
from bursar.rules.ledger import (
    RECEIVABLE,
    ROUNDING,
    TAX_PAYABLE,
    CauseType,
    Entry,
    EntryKind,
    Leg,
    entry,
    revenue_account,
)
from bursar.rules.money import AMOUNT_MINOR_MAX


class InvoiceRefused(Refused):
    """An invoice that cannot be issued as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """One fee component to bill, before tax; amounts in minor units."""

    component: str
    unit_minor: int
    quantity: int = 1
    discount_minor: int = 0
    tax_minor: int = 0
    priority: int = 100
    due_on: date | None = None
    description: str | None = None

    @property
    def net_minor(self) -> int:
        """Quantity times unit, less the discount."""
        return self.quantity * self.unit_minor - self.discount_minor

    @property
    def gross_minor(self) -> int:
        """What the customer owes for it."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedLine:
    """A line as it is posted."""

    id: UUID
    component: str
    net_minor: int
    tax_minor: int
    rounding_minor: int = 0
    """The round-off of its invoice, on the largest line."""


def checked_fees(fees: Sequence[Fee]) -> int:
    """The total of an invoice. Raises InvoiceRefused when there is nothing to bill or an amount is wrong."""
    if not fees:
        raise InvoiceRefused("an invoice needs at least one fee component")
    for fee in fees:
        below_zero = min(fee.net_minor, fee.tax_minor) < 0
        if not fee.component or below_zero or not 0 < fee.gross_minor <= AMOUNT_MINOR_MAX:
            raise InvoiceRefused(f"component {fee.component!r}: it needs a name and an amount above zero")
    return sum(fee.gross_minor for fee in fees)


def issue_entry(invoice_id: UUID, customer_id: UUID, currency: str, lines: Sequence[IssuedLine]) -> Entry:
    """The ledger entry of an invoice that opens."""
    legs: list[Leg] = []
    for line in lines:
        gross_minor = line.net_minor + line.tax_minor + line.rounding_minor
        legs.append(Leg(RECEIVABLE, gross_minor, currency, customer_id, line.id))
        legs.append(Leg(revenue_account(line.component), -line.net_minor, currency, customer_id, line.id))
        legs.append(Leg(TAX_PAYABLE, -line.tax_minor, currency, customer_id, line.id))
        legs.append(Leg(ROUNDING, -line.rounding_minor, currency, customer_id, line.id))
    return entry(CauseType.INVOICE, invoice_id, EntryKind.ISSUED, legs)
