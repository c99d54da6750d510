"""From a draft to a bill: every number that an invoice will ever state. No I/O, no clock."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from bursar.rules.invoicing import Fee, InvoiceRefused, IssuedLine
from bursar.rules.money import AMOUNT_MINOR_MAX
from bursar.rules.sellers import Seller
from bursar.rules.tax import InvoiceKind, Place, Taxable, TaxedLine, Treatment, invoice_kind, tax, treat

LINES_MAX = 500
"""Fee components of one invoice: a paper of fifteen pages; more is a mistake, or two invoices."""


class Buyer(NamedTuple):
    """Who is billed, as papers name him."""

    id: UUID
    name: str
    reference: str
    """The host's id of the person."""
    place: Place = Place()
    address: tuple[str, ...] = ()
    tax_id: str | None = None
    locale: str = "en_IN"
    email: str | None = None
    """Where his papers are mailed; None: nowhere."""


class DraftLine(NamedTuple):
    """A fee component of a draft; amounts in minor units."""

    id: UUID
    position: int
    fee: Fee


class Draft(NamedTuple):
    """An invoice before it is issued."""

    id: UUID
    buyer: Buyer
    currency: str
    due_on: date
    reference: str
    """The host's reference of what is billed."""
    lines: tuple[DraftLine, ...]
    period_start: date | None = None
    track_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A draft with its taxes, in minor units of its currency; the lines sum to the total."""

    draft: Draft
    kind: InvoiceKind
    place_of_supply: str | None
    lines: tuple[TaxedLine, ...]
    """In the order of the draft's lines."""
    total_minor: int
    tax_minor: int
    round_off_minor: int

    def issued_lines(self) -> list[IssuedLine]:
        """The lines as the ledger takes them."""
        return [
            IssuedLine(
                id=told.id,
                component=told.fee.component,
                net_minor=line.net_minor,
                tax_minor=line.tax_minor,
                rounding_minor=line.rounding_minor,
            )
            for told, line in zip(self.draft.lines, self.lines, strict=True)
        ]


def bill(draft: Draft, seller: Seller) -> Bill:
    """What a draft comes to when this seller issues it now.

    Raises InvoiceRefused where nothing or too much is billed, TaxProfileMissing for a component nobody knows
    how to tax.
    """
    if not 0 < len(draft.lines) <= LINES_MAX:
        raise InvoiceRefused(f"an invoice has 1 to {LINES_MAX} lines, not {len(draft.lines)}")
    taxable = [
        Taxable(line.fee.net_minor, _treatment(line.fee, seller, draft.buyer), line.fee.tax_minor)
        for line in draft.lines
    ]
    lines = tax(taxable, seller.rounding, draft.currency, to_whole=seller.to_whole)
    for told, line in zip(draft.lines, lines, strict=True):
        if min(line.net_minor, line.tax_minor) < 0 or not 0 < line.gross_minor <= AMOUNT_MINOR_MAX:
            raise InvoiceRefused(f"component {told.fee.component!r}: its amount must be above zero")
    return Bill(
        draft=draft,
        kind=invoice_kind(lines, gst=seller.gst),
        place_of_supply=seller.place_of_supply(draft.buyer.place),
        lines=tuple(lines),
        total_minor=sum(line.gross_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        round_off_minor=sum(line.rounding_minor for line in lines),
    )


def _treatment(fee: Fee, seller: Seller, buyer: Buyer) -> Treatment:
    profile = seller.profile_of(fee.component)
    return treat(profile, seller.place, buyer.place, registered=buyer.tax_id is not None)
