"""What all papers of a seller have in common: who writes to whom, under which number, marks and limits.

Values only. They say what will stand on the paper, word by word; nothing on it is computed later.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bursar.documents.snapshot import Snapshot
from bursar.errors import Refused

LINES_MAX = 2000
"""Lines of one paper: about sixty pages, two seconds of a worker; a longer one is two papers."""
TEXT_LENGTH_MAX = 5000
"""Characters of one text of a paper. A name has tens, the terms of a school a few hundred."""
PARAGRAPHS_MAX = 40
"""Terms, legal sentences, labelled values: more than forty of a kind is a book, not a paper."""


class PaperTooLong(Refused):
    """A paper has more lines or longer texts than Bursar prints; the message names what is too long."""


class Stamp(StrEnum):
    """A word across the paper that nobody may overlook. The first of a paper is the largest."""

    PAID = "paid"
    VOID = "void"
    TEST = "test"
    DUPLICATE = "duplicate"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A value with its label: ('GSTIN', '29AAAAA0000A1Z5'), ('Account number', '0123456789')."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The seller, or who is billed. `reference` is the customer's own: a roll or enrolment number."""

    name: str
    reference: str = ""
    address: tuple[str, ...] = ()
    tax_ids: tuple[Labelled, ...] = ()
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper(Snapshot):
    """The head of every paper. `locale` says how amounts are written, `theme` names the seller's look.

    `verify_url` is where a holder can check the paper; the fingerprint of the snapshot is printed beside it.
    """

    number: str
    issued_on: date
    seller: Party
    customer: Party
    currency: str
    locale: str
    stamps: tuple[Stamp, ...] = ()
    theme: str = "default"
    verify_url: str = ""


def check_length(what: str, many: tuple[object, ...], most: int = PARAGRAPHS_MAX) -> None:
    """Refuse more than a paper prints. Raises PaperTooLong."""
    if len(many) > most:
        raise PaperTooLong(f"{what}: {len(many)}, at most {most} fit a paper; split it in two")
    for each in many:
        if isinstance(each, str) and len(each) > TEXT_LENGTH_MAX:
            raise PaperTooLong(f"{what}: a text of {len(each)} characters; at most {TEXT_LENGTH_MAX}")
