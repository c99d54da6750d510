"""A mail from its values: pure and deterministic, the same inputs give the same bytes.

No clock, no random Message-ID or boundary: an attempt after a crash sends exactly what the first one sent.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from bursar.emails.errors import MailInputRefused
from bursar.emails.headers import addr_spec, has_breaks, mailbox, message_id_local_part, one_line
from bursar.emails.kinds import VALUES_OF, EmailValues
from bursar.emails.wording import wording
from bursar.errors import invariant
from bursar.rules.consequences import MailKind

ATTACHMENTS_BYTES_MAX = 7_000_000
"""Bytes of all attachments: base64 makes 9.6 MB of it, and many servers refuse mails above 10 MB."""

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}\.pdf")


_IDS = frozenset({"Message-ID", "In-Reply-To", "References"})


class _Policy(EmailPolicy):
    """SMTP's line ends; ids of messages on one line: programs that look for doubles compare them raw."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header as bytes. A Message-ID is checked before, and far below SMTP's 998 characters."""
        if name in _IDS:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


# 7bit: a server without 8BITMIME may damage anything else, and a DKIM signature with it.
_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfAttachment:
    """A document that goes with the mail."""

    file_name: str
    content: bytes


def compose(
    kind: MailKind,
    values: EmailValues,
    *,
    to: str,
    sender: str,
    message_id: str,
    date: datetime,
    thread: str | None = None,
    attachments: Sequence[PdfAttachment] = (),
) -> EmailMessage:
    """Compose the mail of a kind. Raises MailInputRefused naming the field that cannot become a mail.

    `to` is one bare address, `sender` is `Name <address>`, `date` is aware; `thread` is the Message-ID of
    the mail below which programs show this one.
    """
    invariant(type(values) is VALUES_OF[kind], "a mail needs the values of its own kind", kind=kind.value)
    message = _with_headers(to=to, sender=sender, message_id=message_id, date=date)
    if thread:
        message_id_local_part(thread, "thread")
        message["In-Reply-To"] = message["References"] = thread
    _check_attachments(attachments)

    said = wording(kind, values)
    message["Subject"] = one_line(said.subject)
    shown = said.parts | {
        "subject": said.subject,
        "preheader": said.preheader,
        "lang": said.lang,
        "attached": bool(attachments),
        "sender_name": mailbox(sender, "sender").name,
    }

    message.set_content(_rendered(kind, "txt", shown), cte="quoted-printable")
    message.make_alternative(boundary=_boundary("alternative", message_id))
    message.add_alternative(_rendered(kind, "html", shown), subtype="html", cte="quoted-printable")
    if attachments:
        message.make_mixed(boundary=_boundary("mixed", message_id))
    for pdf in attachments:
        message.add_attachment(pdf.content, maintype="application", subtype="pdf", filename=pdf.file_name)
    for name, value in message.items():
        invariant(not has_breaks(str(value)), "a header must stay one header", header=name)
    return message


def _with_headers(*, to: str, sender: str, message_id: str, date: datetime) -> EmailMessage:
    message_id_local_part(message_id, "message_id")
    if date.tzinfo is None:
        raise MailInputRefused("date must carry its offset from UTC")
    house = mailbox(sender, "sender")
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(display_name=house.name, addr_spec=house.address)
    message["To"] = addr_spec(to, "to")
    message["Date"] = date.astimezone(UTC).replace(microsecond=0)
    message["Message-ID"] = message_id
    # RFC 3834, and Exchange's own word for it: no holiday note answers a receipt.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    return message


def _check_attachments(attachments: Sequence[PdfAttachment]) -> None:
    for pdf in attachments:
        if _FILE_NAME.fullmatch(pdf.file_name) is None:
            raise MailInputRefused("attachments: a file name is letters, digits, . _ - and ends in .pdf")
    if sum(len(pdf.content) for pdf in attachments) > ATTACHMENTS_BYTES_MAX:
        raise MailInputRefused(f"attachments: more than {ATTACHMENTS_BYTES_MAX} bytes")


def _boundary(part: str, message_id: str) -> str:
    """A MIME boundary that is fixed for the mail and cannot be guessed from what people may write."""
    digest = hashlib.sha256(f"{part} {message_id}".encode()).hexdigest()
    return f"=_{part}_{digest[:32]}"


def _rendered(kind: MailKind, extension: str, shown: dict[str, object]) -> str:
    name = kind.value.replace(".", "_")
    return _templates().get_template(f"{name}.{extension}").render(shown)


@cache
def _templates() -> Environment:
    """Built on first use and kept: an import reads no file, and a worker compiles each template once."""
    return Environment(
        loader=PackageLoader("bursar.emails"),
        autoescape=select_autoescape(enabled_extensions=["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
