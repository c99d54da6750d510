"""Who sells: names, numbers, series and tax profiles that documents are issued under. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bursar.errors import Refused
from bursar.rules.indian_states import state_text
from bursar.rules.numbering import INDIAN_YEAR, FiscalYear
from bursar.rules.tax import INDIA, InvoiceKind, Place, RoundingPolicy, TaxProfile, TaxSystem

DEFAULT = "default"
"""The profile of components that have none of their own."""
CREDIT_NOTE = "credit_note"
"""The kind of series of credit notes, beside those of invoices."""
PREFIXES: Mapping[str, str] = {**{kind.value: "INV" for kind in InvoiceKind}, CREDIT_NOTE: "CN"}
"""One series for all invoices, whatever they are called by law; consecutive, as Rule 46 (b) asks."""


NOWHERE = Place()


class TaxProfileMissing(Refused):
    """A fee component has no tax profile; the message names it and the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """One legal entity, as documents name it."""

    entity: str = "main"
    """Its name in series; never printed."""
    name: str
    address: tuple[str, ...] = ()
    place: Place = NOWHERE
    tax_id: str | None = None
    """GSTIN or VAT number, as it is printed."""
    bank: tuple[str, ...] = ()
    """Lines of the bank block."""
    terms: str | None = None
    upi_id: str | None = None
    theme: str = "default"
    prefixes: Mapping[str, str] = field(default_factory=lambda: PREFIXES)
    """Kind of document -> prefix of its series."""
    fiscal: FiscalYear = INDIAN_YEAR
    rounding: RoundingPolicy = RoundingPolicy.LINE
    to_whole: bool = False
    """Totals are rounded to whole units of the currency, in an explicit round-off."""
    profiles: Mapping[str, TaxProfile] = field(
        default_factory=lambda: {DEFAULT: TaxProfile(system=TaxSystem.TOLD)}
    )
    """Fee component, or `default` -> how it is taxed."""

    @property
    def gst(self) -> bool:
        """Whether it is registered for goods and services tax in India."""
        return self.place.country == INDIA and self.tax_id is not None

    def profile_of(self, component: str) -> TaxProfile:
        """How a fee component is taxed. Raises TaxProfileMissing."""
        found = self.profiles.get(component) or self.profiles.get(DEFAULT)
        if found is None:
            raise TaxProfileMissing(
                f"component {component!r} has no tax profile: add [tax.{component}] or [tax.{DEFAULT}]"
                " to the seller's file"
            )
        return found

    def place_of_supply(self, buyer: Place) -> str | None:
        """Where a service to this buyer is supplied, as invoices print it; None where no tax asks for it."""
        if not self.gst:
            return None
        if buyer.country not in (None, INDIA):
            return f"Outside India ({buyer.country})"
        region = buyer.region or self.place.region
        return state_text(region) if region else None
