"""Small readers of what a vendor wrote: ids, code words, times and our own metadata keys.

Whatever leaves this file is bounded, printable and free of personal data, or it is None.
"""

from datetime import UTC, datetime
from typing import Any

from bursar.gateways.protocol import Unreadable
from bursar.rules.money import AMOUNT_MINOR_MAX
from bursar.rules.states import RefundEffect

IDENTIFIER_LENGTH_MAX = 255
"""Characters. Vendors promise less; the columns and logs that carry ids are made for this."""
WORD_LENGTH_MAX = 64
"""Characters of a code word such as a decline code; longer is prose and may be personal."""
UNIX_TIME_MAX = 253_402_300_799
"""The last second of the year 9999, where datetime ends."""

COMPONENTS_MAX = 50
"""Fee components one payment may name; a vendor's 500 characters hold fewer."""
EFFECT_KEY = "bursar_effect"
"""Metadata of a refund that was asked for here."""
_AMOUNT_DIGITS_MAX = len(str(AMOUNT_MINOR_MAX))

_INVOICE_KEYS = ("invoice", "invoice_id", "bursar_invoice")
_CUSTOMER_KEYS = ("student", "customer", "customer_ref", "student_id")
_TRACK_KEYS = ("track", "track_id", "course")
_COMPONENT_KEYS = ("components", "allocation")


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


def find_components(metadata: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """How the host spread the money: `tuition=50000,library=2500`, in minor units.

    All or nothing: a text that is wrong anywhere, or names a component twice, says nothing.
    """
    for key in _COMPONENT_KEYS:
        found = _components(metadata.get(key))
        if found:
            return found
    return ()


def find_effect(metadata: dict[str, Any]) -> RefundEffect:
    """What a refund that was asked for here means for what is owed; `cancel` for all others."""
    return RefundEffect.REOPEN if metadata.get(EFFECT_KEY) == RefundEffect.REOPEN else RefundEffect.CANCEL


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


def _components(text: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(text, str):
        return ()
    parts = text.split(",", COMPONENTS_MAX)
    found = {}
    for part in parts:
        name, _, amount = part.partition("=")
        word, minor = find_word(name.strip()), _amount_minor(amount.strip())
        if word is None or minor is None:
            return ()
        found[word] = minor
    return tuple(found.items()) if len(found) == len(parts) <= COMPONENTS_MAX else ()


def _amount_minor(digits: str) -> int | None:
    """Plain ASCII digits only: `int` would also take signs, underscores and digits of other scripts."""
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _AMOUNT_DIGITS_MAX:
        return None
    amount_minor = int(digits)
    return amount_minor if 0 < amount_minor <= AMOUNT_MINOR_MAX else None


def _first_claim(metadata: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    if not metadata:
        return None
    for key in keys:
        if key in metadata:
            found = find_claim(metadata[key])
            if found is not None:
                return found
    return None
