"""How a line is taxed and what that rounds to: profiles are data, arithmetic is here. No rate is known here.

India: Central and State tax in halves where the place of supply is the seller's State, Integrated tax
elsewhere (IGST Act 2017, sections 7, 8 and 12). European Union and United Kingdom: value added tax by rate,
zero-rated or reversed abroad (Directive 2006/112/EC, articles 44 and 196). Rates are in basis points: 1800
is 18 %.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from bursar.rules.indian_states import UNION_TERRITORIES
from bursar.rules.money import exponent, split

RATE_BP_MAX = 10_000
"""Basis points: a rate above 100 % is a typing mistake."""
_ONE = 10_000
INDIA = "IN"


class TaxSystem(StrEnum):
    """Which law a profile follows."""

    TOLD = "told"
    """The host says how much tax a line bears; nothing is computed."""
    NONE = "none"
    """Outside the scope of any tax."""
    EXEMPT = "exempt"
    GST = "gst"
    VAT = "vat"


class Abroad(StrEnum):
    """What becomes of a rate when the buyer is in another country."""

    SAME = "same"
    ZERO = "zero"
    """Zero-rated, as an export."""
    REVERSE_CHARGE = "reverse_charge"
    """A registered buyer owes the tax; who is not registered pays it here."""


class TaxKind(StrEnum):
    """How a line was taxed, as it stays on the line."""

    TOLD = "told"
    NONE = "none"
    EXEMPT = "exempt"
    CGST_SGST = "cgst_sgst"
    CGST_UTGST = "cgst_utgst"
    IGST = "igst"
    VAT = "vat"
    ZERO = "zero"
    REVERSE_CHARGE = "reverse_charge"


HALVED = frozenset({TaxKind.CGST_SGST, TaxKind.CGST_UTGST})
"""Half of the tax is the Union's, half the State's or Union Territory's; each is rounded by itself."""
_TAXABLE = HALVED | {TaxKind.IGST, TaxKind.VAT, TaxKind.ZERO, TaxKind.REVERSE_CHARGE}


class RoundingPolicy(StrEnum):
    """Over what a tax is summed before it is rounded, half up, to the minor unit."""

    LINE = "line"
    RATE_GROUP = "rate_group"
    """All lines of one kind and rate together (EN 16931, BR-CO-17)."""
    DOCUMENT = "document"


class InvoiceKind(StrEnum):
    """What an invoice is called by law; it follows from its lines."""

    INVOICE = "invoice"
    TAX_INVOICE = "tax_invoice"
    BILL_OF_SUPPLY = "bill_of_supply"
    INVOICE_CUM_BILL_OF_SUPPLY = "invoice_cum_bill_of_supply"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxProfile:
    """How a fee component is taxed: the seller's own words, checked when they are read."""

    system: TaxSystem
    rate_bp: int = 0
    code: str | None = None
    """SAC or HSN in India; printed."""
    words: str | None = None
    """The law that exempts it, or whatever else must be printed."""
    abroad: Abroad = Abroad.SAME
    rates_abroad: Mapping[str, int] = field(default_factory=dict)
    """Country -> basis points, where the buyer's country taxes (one-stop shop)."""


class Place(NamedTuple):
    """Where somebody is, for tax."""

    country: str | None = None
    """ISO 3166-1, two letters."""
    region: str | None = None
    """In India the two digits of the State, as in a GSTIN."""


class Treatment(NamedTuple):
    """What a profile means for one buyer."""

    kind: TaxKind
    rate_bp: int = 0
    code: str | None = None
    words: str | None = None


class Taxable(NamedTuple):
    """A line before tax, in minor units."""

    net_minor: int
    treatment: Treatment
    told_minor: int = 0
    """The tax that the host says it bears."""


class TaxedLine(NamedTuple):
    """A line after tax, in minor units."""

    net_minor: int
    tax_minor: int
    rounding_minor: int
    """The round-off of the document, on its largest line; 0 on all others."""
    treatment: Treatment

    @property
    def gross_minor(self) -> int:
        """What is owed for it."""
        return self.net_minor + self.tax_minor + self.rounding_minor

    @property
    def halves_minor(self) -> tuple[int, int]:
        """Central and State tax; (0, 0) where the tax is not halved."""
        return (self.tax_minor // 2,) * 2 if self.treatment.kind in HALVED else (0, 0)


class SummaryRow(NamedTuple):
    """All lines of one kind, rate and code, in minor units."""

    kind: TaxKind
    rate_bp: int
    code: str | None
    taxable_minor: int
    tax_minor: int


def treat(profile: TaxProfile, seller: Place, buyer: Place, *, registered: bool) -> Treatment:
    """What a profile means for this buyer; `registered`: he has a tax id of his own.

    A buyer whose country nobody knows is at home; in India the place of supply is then the seller's State
    (IGST Act, section 12(2)(b)(ii)).
    """
    rate_bp, code, words = profile.rate_bp, profile.code, profile.words
    if profile.system not in (TaxSystem.GST, TaxSystem.VAT):
        return Treatment(TaxKind(profile.system.value), 0, code, words)
    abroad = buyer.country is not None and buyer.country != seller.country
    if abroad and profile.abroad is Abroad.ZERO:
        return Treatment(TaxKind.ZERO, 0, code, words)
    if abroad and registered and profile.abroad is Abroad.REVERSE_CHARGE:
        return Treatment(TaxKind.REVERSE_CHARGE, 0, code, words)
    if profile.system is TaxSystem.VAT:
        there_bp = profile.rates_abroad.get(buyer.country or "", rate_bp) if abroad else rate_bp
        return Treatment(TaxKind.VAT, there_bp, code, words)
    if abroad or (buyer.region or seller.region) != seller.region:
        return Treatment(TaxKind.IGST, rate_bp, code, words)
    kind = TaxKind.CGST_UTGST if seller.region in UNION_TERRITORIES else TaxKind.CGST_SGST
    return Treatment(kind, rate_bp, code, words)


def tax(
    lines: Sequence[Taxable], policy: RoundingPolicy, currency: str, *, to_whole: bool = False
) -> list[TaxedLine]:
    """The tax of each line; the lines sum to the document. `to_whole`: the total is rounded to whole units.

    What is rounded over several lines is shared out by the largest remainder. The round-off stands on the
    largest line; there is none where the total or that line would become nothing.
    """
    groups: dict[object, list[int]] = {}
    for n, line in enumerate(lines):
        groups.setdefault(_rounded_with(n, line.treatment, policy), []).append(n)
    taxes = [line.told_minor if line.treatment.kind is TaxKind.TOLD else 0 for line in lines]
    for members in groups.values():
        for n, tax_minor in zip(members, _shared([lines[n] for n in members]), strict=True):
            taxes[n] += tax_minor
    taxed = [
        TaxedLine(line.net_minor, minor, 0, line.treatment) for line, minor in zip(lines, taxes, strict=True)
    ]
    return _rounded_off(taxed, 10 ** exponent(currency)) if to_whole else taxed


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two integers, not negative, to the nearest integer; a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)


def summary(lines: Iterable[TaxedLine]) -> list[SummaryRow]:
    """The tax by kind, rate and code, the highest rate first; round-off is no part of it."""
    sums: dict[tuple[TaxKind, int, str | None], tuple[int, int]] = {}
    for line in lines:
        key = (line.treatment.kind, line.treatment.rate_bp, line.treatment.code)
        taxable, taxes = sums.get(key, (0, 0))
        sums[key] = (taxable + line.net_minor, taxes + line.tax_minor)
    ordered = sorted(sums.items(), key=lambda item: (-item[0][1], item[0][0], item[0][2] or ""))
    return [SummaryRow(*key, *minor) for key, minor in ordered]


def invoice_kind(lines: Iterable[TaxedLine], *, gst: bool) -> InvoiceKind:
    """What the document is called. `gst`: the seller is registered in India, where exempt fees have a bill of
    their own (CGST Rules 2017, rules 46, 46A and 49).
    """
    found = list(lines)
    taxable = any(each.treatment.kind in _TAXABLE or each.tax_minor for each in found)
    exempt = gst and any(each.treatment.kind is TaxKind.EXEMPT for each in found)
    if taxable:
        return InvoiceKind.INVOICE_CUM_BILL_OF_SUPPLY if exempt else InvoiceKind.TAX_INVOICE
    return InvoiceKind.BILL_OF_SUPPLY if exempt else InvoiceKind.INVOICE


def sentences(lines: Iterable[TaxedLine]) -> list[str]:
    """What the law wants in words, each once, in the order of the lines."""
    said: dict[str, None] = {}
    for line in lines:
        for words in (_WORDS.get(line.treatment.kind), line.treatment.words):
            if words:
                said[words] = None
    return list(said)


_WORDS = {
    TaxKind.REVERSE_CHARGE: "Reverse charge: the recipient is liable for the tax.",
    TaxKind.ZERO: "Zero-rated supply.",
}
"""Directive 2006/112/EC, article 226 (11a); India: CGST Rules 2017, rule 46 (p) and its provisos."""


def _rounded_with(n: int, treatment: Treatment, policy: RoundingPolicy) -> object:
    """The key of the lines whose tax is rounded together; halves never with wholes."""
    keys: dict[RoundingPolicy, object] = {
        RoundingPolicy.LINE: n,
        RoundingPolicy.RATE_GROUP: (treatment.kind, treatment.rate_bp),
        RoundingPolicy.DOCUMENT: treatment.kind in HALVED,
    }
    return keys[policy]


def _shared(lines: Sequence[Taxable]) -> list[int]:
    """The tax of lines that are rounded together, shared out over them."""
    halves = 2 if lines[0].treatment.kind in HALVED else 1
    exact = [line.net_minor * line.treatment.rate_bp for line in lines]
    if not any(exact):
        return [0] * len(lines)
    total_minor = half_up(sum(exact), halves * _ONE)
    return [halves * minor for minor in split(total_minor, exact)]


def _rounded_off(lines: list[TaxedLine], unit_minor: int) -> list[TaxedLine]:
    total_minor = sum(line.gross_minor for line in lines)
    whole_minor = half_up(total_minor, unit_minor) * unit_minor
    off_minor = whole_minor - total_minor
    at = max(range(len(lines)), key=lambda n: (lines[n].gross_minor, -n))
    if whole_minor <= 0 or lines[at].gross_minor + off_minor <= 0:
        return lines
    return [line._replace(rounding_minor=off_minor) if n == at else line for n, line in enumerate(lines)]
