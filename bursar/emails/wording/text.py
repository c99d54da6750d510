"""What every wording is made of: the finished parts of a mail, and lists that end somewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from bursar.emails.headers import one_line

ITEMS_SHOWN_MAX = 40
"""Fee components, invoices or steps listed in one mail: Gmail cuts a mail at 102 kB and hides the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The parts of one mail, ready to be placed. Every text of a person has passed `one_line`."""

    subject: str
    preheader: str
    """What a mailbox shows beside the subject."""
    lang: str = "en"
    parts: dict[str, object]
    """What the templates of this kind name."""


def listed(texts: Sequence[str]) -> tuple[list[str], int]:
    """The texts that are shown, and how many more there are."""
    return [one_line(text) for text in texts[:ITEMS_SHOWN_MAX]], max(0, len(texts) - ITEMS_SHOWN_MAX)


def joined(*parts: str) -> str:
    """The parts that there are, with spaces between them."""
    return " ".join(part for part in parts if part)


def maybe_line(text: str | None) -> str | None:
    """One line, or nothing."""
    return one_line(text) if text else None
