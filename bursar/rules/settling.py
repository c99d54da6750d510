"""The lines of a settlement beside what reached the bank: each tied to what it is about, or labelled."""

from collections.abc import Iterable
from typing import NamedTuple

from bursar.rules.money_text import money_text

TIED_KINDS = frozenset({"payment", "refund", "dispute"})
"""Lines about something the books must know. Fees of their own, transfers and adjustments need not be."""
TRANSFER = "transfer"


class Line(NamedTuple):
    """One line, and whether the books know what it is about."""

    line: str
    kind: str
    about: str | None
    gross_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    known: bool
    """What it is about is in the books."""
    fee_known: bool
    """So is its fee; true where it has none."""


class Untied(NamedTuple):
    """A line that nothing in the books explains."""

    line: str
    label: str
    """`payment pay_1 is unknown`, `fee`, `adjustment`."""
    net_minor: int


class Tied(NamedTuple):
    """One settlement in one currency. `tied + untied + remainder` is what reached the bank."""

    settlement: str
    currency: str
    paid_minor: int | None
    """What reached the bank; None where no gateway told us."""
    lines: int
    tied_minor: int
    fee_minor: int
    untied: tuple[Untied, ...]
    unknown: tuple[str, ...]
    """Lines, by their id, about something that must be in the books and is not."""
    feeless: tuple[str, ...]
    """Lines whose fee no fact has told the books yet."""

    @property
    def untied_minor(self) -> int:
        """The lines that nothing here explains."""
        return sum(each.net_minor for each in self.untied)

    @property
    def remainder_minor(self) -> int | None:
        """What reached the bank and no line explains; 0 where all is well."""
        if self.paid_minor is None:
            return None
        return self.paid_minor - self.tied_minor - self.untied_minor

    @property
    def agrees(self) -> bool:
        """Whether the lines sum to what reached the bank and each that must be is tied."""
        return self.remainder_minor == 0 and not self.unknown

    @property
    def detail(self) -> str:
        """In words, for the person who gets the break."""
        if self.remainder_minor is None or self.paid_minor is None:
            return "its lines are known, but not what reached the bank"
        paid, rest = (money_text(each, self.currency) for each in (self.paid_minor, self.remainder_minor))
        labels = "; ".join(each.label for each in self.untied[:LABELS_MAX]) or "none"
        return f"{paid} reached the bank, no line explains {rest}; untied lines: {labels}"


LABELS_MAX = 10
"""Untied lines that a break names; `bursar reconcile settle` shows all."""


def tie(settlement: str, currency: str, paid_minor: int | None, lines: Iterable[Line]) -> Tied:
    """Add up the lines of one settlement, whatever their order. All must be of this currency.

    A gateway that keeps a balance (PayPal) tells of nothing but the transfer: that is what reached the bank.
    """
    ordered = sorted(lines)
    if paid_minor is None and ordered and all(each.kind == TRANSFER for each in ordered):
        paid_minor = sum(each.net_minor for each in ordered)
    untied = [Untied(each.line, _label(each), each.net_minor) for each in ordered if not each.known]
    owed = [each for each in ordered if each.kind in TIED_KINDS]
    return Tied(
        settlement=settlement,
        currency=currency,
        paid_minor=paid_minor,
        lines=len(ordered),
        tied_minor=sum(each.net_minor for each in ordered if each.known),
        fee_minor=sum(each.fee_minor for each in ordered),
        untied=tuple(untied),
        unknown=tuple(each.line for each in owed if not each.known),
        feeless=tuple(each.line for each in owed if each.known and not each.fee_known),
    )


def _label(line: Line) -> str:
    if line.kind in TIED_KINDS:
        return f"{line.kind} {line.about or line.line} is unknown"
    return f"{line.kind} {line.about}" if line.about else line.kind
