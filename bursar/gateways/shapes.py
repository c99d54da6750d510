"""Small readers of what a vendor wrote: ids, code words, times and our own metadata keys.

Whatever leaves this file is bounded, printable and free of personal data, or it is None.
"""

from datetime import UTC, datetime
from typing import Any

from bursar.gateways.protocol import Unreadable

IDENTIFIER_LENGTH_MAX = 255
"""Characters. Vendors promise less; the columns and logs that carry ids are made for this."""
WORD_LENGTH_MAX = 64
"""Characters of a code word such as a decline code; longer is prose and may be personal."""
UNIX_TIME_MAX = 253_402_300_799
"""The last second of the year 9999, where datetime ends."""

_INVOICE_KEYS = ("invoice", "invoice_id", "bursar_invoice")
_CUSTOMER_KEYS = ("student", "customer", "customer_ref", "student_id")
_TRACK_KEYS = ("track", "track_id", "course")


def find_identifier(value: object) -> str | None:
    """The value, if it is an id: 1 to 255 printable ASCII characters."""
    if (
        isinstance(value, str)
        and 0 < len(value) <= IDENTIFIER_LENGTH_MAX
        and value.isascii()
        and value.isprintable()
    ):
        return value
    return None


def find_reference(value: object) -> str | None:
    """The id of a linked object, which vendors send bare or expanded."""
    return find_identifier(value.get("id") if isinstance(value, dict) else value)


def get_identifier(value: object, field: str) -> str:
    """The value as an id. Raises Unreadable naming the field."""
    found = find_identifier(value)
    if found is None:
        raise Unreadable(f"{field} must be 1..{IDENTIFIER_LENGTH_MAX} printable ASCII characters")
    return found


def find_word(value: object) -> str | None:
    """A code word (`card`, `insufficient_funds`), never prose: no blanks and no @."""
    found = find_identifier(value)
    if found is None or len(found) > WORD_LENGTH_MAX or " " in found or "@" in found:
        return None
    return found


def find_time(value: object) -> datetime | None:
    """Unix seconds as aware UTC; None for anything that is not a time after 1970."""
    if type(value) is int and 0 < value <= UNIX_TIME_MAX:
        return datetime.fromtimestamp(value, UTC)
    return None


def find_object(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one (Razorpay writes empty notes as a list)."""
    return value if isinstance(value, dict) else {}


def find_invoice(metadata: dict[str, Any]) -> str | None:
    """Whose bill the payer meant, by any of the keys hosts use."""
    return _first_claim(metadata, _INVOICE_KEYS)


def find_customer(metadata: dict[str, Any]) -> str | None:
    """The host's reference of the student or payer."""
    return _first_claim(metadata, _CUSTOMER_KEYS)


def find_track(metadata: dict[str, Any]) -> str | None:
    """The course track."""
    return _first_claim(metadata, _TRACK_KEYS)


def find_claim(value: object) -> str | None:
    """A host's reference, trimmed. None when empty, too long, or plainly an e-mail address or phone number.

    Facts are kept for years and must not hold personal data, even where a host used an address as its key.
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    if not 0 < len(text) <= IDENTIFIER_LENGTH_MAX or not text.isprintable():
        return None
    if "@" in text or text[0] == "+":
        return None
    return text


def _first_claim(metadata: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    if not metadata:
        return None
    for key in keys:
        if key in metadata:
            found = find_claim(metadata[key])
            if found is not None:
                return found
    return None
