"""What a credit note says, frozen: which bill it corrects, by how much, and why.

It computes no money: it only refuses numbers that contradict each other.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from bursar.documents.billing import BilledLine, TaxRow, check_sums
from bursar.documents.paper import LINES_MAX, Labelled, Paper, check_length
from bursar.errors import invariant


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteSnapshot(Paper):
    """A credit note against one invoice (India: CGST Rule 53(1A); EU: directive 2006/112, Art. 219).

    All amounts in minor units of one currency, positive: what is credited. `settled` says where the money
    went ('Refunded to card', 'Taken off the balance').
    """

    SCHEMA: ClassVar[str] = "credit_note/1"

    invoice_number: str
    invoice_issued_on: date
    reason: str
    copy_label: str = ""
    details: tuple[Labelled, ...] = ()
    lines: tuple[BilledLine, ...]
    tax_rows: tuple[TaxRow, ...] = ()
    taxable_minor: int
    tax_minor: int = 0
    round_off_minor: int = 0
    total_minor: int
    words: str = ""
    settled: tuple[Labelled, ...] = ()
    legal: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_sums(self.lines, self.tax_rows, taxable_minor=self.taxable_minor, tax_minor=self.tax_minor)
        total_minor = self.taxable_minor + self.tax_minor + self.round_off_minor
        invariant(total_minor == self.total_minor, "the total is net, tax and round-off")
        check_length("lines", self.lines, LINES_MAX)
        for name in ("details", "tax_rows", "settled", "legal", "terms"):
            check_length(name, getattr(self, name))
