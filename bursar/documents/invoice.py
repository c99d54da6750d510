"""What an invoice says, frozen: every word and every number that will ever stand on the paper.

One shape for a tax invoice, a bill of supply, both in one, a plain invoice and a fee notice. It computes no
money: it only refuses numbers that contradict each other.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from bursar.documents.billing import BilledLine, Instalment, PaymentMade, TaxRow, WaysToPay, check_sums
from bursar.documents.paper import LINES_MAX, Labelled, Paper, check_length
from bursar.errors import invariant


class InvoiceKind(StrEnum):
    """What the paper is called. India: CGST Act 2017, sections 31(1), 31(3)(c); Rules 46, 46A, 49."""

    INVOICE = "invoice"
    TAX_INVOICE = "tax_invoice"
    BILL_OF_SUPPLY = "bill_of_supply"
    INVOICE_CUM_BILL_OF_SUPPLY = "invoice_cum_bill_of_supply"
    FEE_NOTICE = "fee_notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSnapshot(Paper):
    """An invoice. All amounts in minor units of one currency.

    `details` are further rows of the head (place of supply, reverse charge, purchase order), `copy_label`
    says whose copy it is ('Original for recipient'), `words` is the total in words. `credited_minor` is what
    credit notes took off. `discount_minor` is told, not subtracted: taxable amounts are after discount.
    """

    SCHEMA: ClassVar[str] = "invoice/1"

    kind: InvoiceKind
    due_on: date | None = None
    copy_label: str = ""
    details: tuple[Labelled, ...] = ()
    lines: tuple[BilledLine, ...]
    tax_rows: tuple[TaxRow, ...] = ()
    discount_minor: int = 0
    taxable_minor: int
    tax_minor: int = 0
    round_off_minor: int = 0
    total_minor: int
    paid_minor: int = 0
    credited_minor: int = 0
    balance_minor: int
    words: str = ""
    payments: tuple[PaymentMade, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    pay: WaysToPay | None = None
    legal: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_sums(self.lines, self.tax_rows, taxable_minor=self.taxable_minor, tax_minor=self.tax_minor)
        total_minor = self.taxable_minor + self.tax_minor + self.round_off_minor
        invariant(total_minor == self.total_minor, "the total is net, tax and round-off")
        balance_minor = self.total_minor - self.paid_minor - self.credited_minor
        invariant(balance_minor == self.balance_minor, "the balance is what was charged less what was paid")
        if self.payments:
            told_minor = sum(payment.amount_minor for payment in self.payments)
            invariant(told_minor == self.paid_minor, "the payments come to what was paid")
        if self.instalments:
            parts_minor = sum(part.amount_minor for part in self.instalments)
            invariant(parts_minor == self.total_minor, "the instalments come to the total")
        check_length("lines", self.lines, LINES_MAX)
        for name in ("details", "tax_rows", "payments", "instalments", "legal", "terms"):
            check_length(name, getattr(self, name))
