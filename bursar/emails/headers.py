"""What may become a mail header or an SMTP command. It refuses; it never repairs an address.

A repaired address is a guess about who may read somebody's receipt.
"""

import re
import unicodedata
from dataclasses import dataclass
from email.utils import parseaddr
from uuid import UUID

from bursar.emails.errors import MailInputRefused

ADDRESS_LENGTH_MAX = 254
"""Characters of an addr-spec: RFC 5321 gives a path 256 octets including its angle brackets."""
LOCAL_PART_LENGTH_MAX = 64
"""Characters before the @: RFC 5321 section 4.5.3.1.1."""
TEXT_LENGTH_MAX = 120
"""Characters shown of any one name or title: longer is an attack or a mistake, and a mail must stay small."""

# Dot-atoms without % ! | and backtick: they are legal, but relays once read them as routes and pipes.
# A leading hyphen is refused because sendmail-like programs read it as an option.
_ATOM = r"[A-Za-z0-9#$&'*+/=?^_{}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_ADDRESS = re.compile(rf"(?!-)({_ATOM}(?:\.{_ATOM})*)@({_DOMAIN.pattern})")
_MESSAGE_ID = re.compile(rf"<([A-Za-z0-9][A-Za-z0-9._-]{{0,99}})@{_DOMAIN.pattern}>")

# Characters that turn the text around them: with them a name could show another amount or sender.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A sender as people see it: a display name and one addr-spec."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]


def addr_spec(text: str, field: str) -> str:
    """The text itself when it is exactly one ASCII address, name@domain. Raises MailInputRefused.

    Lists, routes, display names, line breaks and encoded tricks are refused: one mail has one reader.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or len(text) > ADDRESS_LENGTH_MAX or len(found[1]) > LOCAL_PART_LENGTH_MAX:
        raise MailInputRefused(f"{field} must be exactly one ASCII address such as name@example.org")
    return text


def mailbox(text: str, field: str) -> Mailbox:
    """A sender from `Name <address>` or a bare address. Raises MailInputRefused."""
    if one_line(text) != text.strip():
        raise MailInputRefused(f"{field} must be one line of at most {TEXT_LENGTH_MAX} characters")
    name, address = parseaddr(text)
    checked = addr_spec(address, field)
    if not text.rstrip().endswith((checked, f"<{checked}>")):
        raise MailInputRefused(f"{field} must be `Name <name@example.org>`")
    return Mailbox(name=one_line(name) or checked, address=checked)


def message_id(row_id: UUID, kind: str, domain: str) -> str:
    """The Message-ID of a mail's row: the same in every attempt, so that a second copy can be recognised."""
    return f"<{row_id}.{kind}@{domain}>"


def message_id_local_part(text: str, field: str) -> str:
    """What stands between `<` and `@`; safe as a file name. Raises MailInputRefused."""
    found = _MESSAGE_ID.fullmatch(text)
    if found is None:
        raise MailInputRefused(f"{field} must be <name@domain> of letters, digits, dots and hyphens")
    return found[1]


def one_line(text: str) -> str:
    """The text as it may be shown: one line, no control or turning characters, at most TEXT_LENGTH_MAX.

    `=?` is pulled apart because it begins an RFC 2047 encoded word: Python's email package *decodes* one
    that a person typed into a subject, line breaks and all, and writes what it found as header lines.
    """
    visible = "".join(" " if _is_break(char) else char for char in text.translate(_TURNING))
    shown = re.sub(" {2,}", " ", visible).strip(" ").replace("=?", "= ?")
    return shown if len(shown) <= TEXT_LENGTH_MAX else shown[: TEXT_LENGTH_MAX - 1] + "…"


def has_breaks(text: str) -> bool:
    """Whether a character in the text could end the header that it is in."""
    return any(_is_break(char) for char in text)


def _is_break(char: str) -> bool:
    """Control characters, lone surrogates and line or paragraph separators."""
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
