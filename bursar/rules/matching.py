"""Which invoice does a line of a bank statement pay? Certain is: it names one, and pays all that is open."""

import re
from collections.abc import Container, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from bursar.rules.money_text import money_text

NAME_LENGTH_MIN = 4
"""Letters and digits of a number or reference that is looked for in prose; chance finds shorter ones."""
PIECES_MAX = 10
"""How many pieces a bank may have cut a number into: INV/26-27/000001 has four."""
SHOWN_MAX = 5
"""Invoices named in a reason."""
_PIECES = re.compile(r"[^\W_]+")


class Verdict(StrEnum):
    """What is to be done with a line."""

    CERTAIN = "certain"
    ENTERED = "entered"
    """It was entered before, from this file or by hand."""
    NOT_INCOMING = "not_incoming"
    UNNAMED = "unnamed"
    """It names no open invoice."""
    AMBIGUOUS = "ambiguous"
    AMOUNT_DIFFERS = "amount_differs"
    WRONG_CURRENCY = "wrong_currency"


class Owed(NamedTuple):
    """An open invoice, by the names a payer may give it."""

    id: UUID
    number: str
    reference: str
    """The host's own."""
    customer: str
    currency: str
    open_minor: int


class Came(NamedTuple):
    """Money on a statement."""

    key: str
    """Equal for the same slip."""
    amount_minor: int
    currency: str
    text: str


class Match(NamedTuple):
    """What a line was found to be, and why it is not certain."""

    verdict: Verdict
    owed: Owed | None = None
    why: str = ""


def match(lines: Iterable[Came], owed: Sequence[Owed], entered: Container[str]) -> list[Match]:
    """One verdict for each line, in their order; what an earlier line pays is not open for a later one.

    `entered`: keys of slips that are in the books already.
    """
    by_name: dict[str, set[int]] = {}
    for n, invoice in enumerate(owed):
        for name in (invoice.number, invoice.reference):
            plain = "".join(_PIECES.findall(name.upper()))
            if len(plain) >= NAME_LENGTH_MIN:
                by_name.setdefault(plain, set()).add(n)
    paid: set[int] = set()
    seen: set[str] = set()
    return [_judge(line, owed, by_name, paid, entered, seen) for line in lines]


def _judge(
    line: Came,
    owed: Sequence[Owed],
    by_name: dict[str, set[int]],
    paid: set[int],
    entered: Container[str],
    seen: set[str],
) -> Match:
    if line.amount_minor <= 0:
        return Match(Verdict.NOT_INCOMING, why="no money came")
    if line.key in entered or line.key in seen:
        return Match(Verdict.ENTERED, why="a slip with this reference, amount and day was entered before")
    seen.add(line.key)
    named = sorted(_named(line.text, by_name))
    if not named:
        return Match(Verdict.UNNAMED, why="it names no open invoice, by number or reference")
    if len(named) > 1:
        several = ", ".join(owed[n].number for n in named[:SHOWN_MAX])
        return Match(Verdict.AMBIGUOUS, why=f"it names {several}")
    [n] = named
    invoice = owed[n]
    if invoice.currency != line.currency:
        return Match(Verdict.WRONG_CURRENCY, invoice, f"{invoice.number} is in {invoice.currency}")
    if n in paid or invoice.open_minor != line.amount_minor:
        left = money_text(0 if n in paid else invoice.open_minor, invoice.currency)
        return Match(Verdict.AMOUNT_DIFFERS, invoice, f"{invoice.number} has {left} open")
    paid.add(n)
    return Match(Verdict.CERTAIN, invoice)


def _named(text: str, by_name: dict[str, set[int]]) -> set[int]:
    """The invoices whose names stand in a text, whatever stands between their letters."""
    pieces = _PIECES.findall(text.upper())
    found: set[int] = set()
    for start in range(len(pieces)):
        for end in range(start + 1, min(start + PIECES_MAX, len(pieces)) + 1):
            found |= by_name.get("".join(pieces[start:end]), set())
    return found
