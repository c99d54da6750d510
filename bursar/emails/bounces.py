"""What comes back for a mail, read: delivery reports of mail servers (RFC 3464) and complaints (RFC 5965).

A report is a stranger's letter. All that is believed is which mail it is about: by the Message-ID, which only
its reader and the servers on its way have seen. Whose address that was, our books say.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from enum import StrEnum
from uuid import UUID

from bursar.emails.errors import MailInputRefused
from bursar.emails.headers import one_line

REPORT_BYTES_MAX = 10_000_000
"""Bytes of a report: it may carry the mail it is about, and that its attachments."""
_MESSAGE_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[a-z_.]+@[^<>\s]+>")
_HEADERS = ("Message-ID", "In-Reply-To", "References", "X-Original-Message-ID")
_NOBODY = re.compile(r"5\.1\.(?:1|2|3|6|10)|5\.2\.1")
"""Statuses by which an address reaches nobody (RFC 3463, RFC 7505): no such mailbox or domain, moved,
disabled. Other refusals speak of this mail or this day: full, too large, suspected as spam.
"""


class Verdict(StrEnum):
    """What a report says about one mail."""

    DELIVERED = "delivered"
    DELAYED = "delayed"
    """Somebody still tries; nothing is over."""
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report about one mail of ours."""

    email_id: UUID
    """The row of the mail."""
    verdict: Verdict
    detail: str
    """For operators: the server's words, one line, without addresses."""
    reaches_nobody: bool = False
    """Whether the address itself is the reason: nothing sent there will ever arrive."""


def read_report(raw: bytes) -> Report:
    """A report from its bytes. Raises MailInputRefused for what is none or names no mail of ours."""
    if len(raw) > REPORT_BYTES_MAX:
        raise MailInputRefused(f"the report has more than {REPORT_BYTES_MAX} bytes")
    message = message_from_bytes(raw, policy=policy.default)
    if message.get_content_type() != "multipart/report":
        raise MailInputRefused("this is no delivery report and no complaint (multipart/report)")
    parts = {part.get_content_type(): part for part in message.walk()}
    email_id = _mail_in(message)
    if "message/feedback-report" in parts:
        return _complaint(email_id, parts["message/feedback-report"])
    if "message/delivery-status" in parts:
        return _delivery(email_id, parts["message/delivery-status"])
    raise MailInputRefused("the report says neither how a delivery went nor who complained")


def _mail_in(report: EmailMessage) -> UUID:
    """Our mail, by the Message-ID of the copy or the headers that came back. Raises MailInputRefused."""
    returned = [part for part in report.walk() if part is not report]
    texts = [str(part.get(name, "")) for part in (*returned, report) for name in _HEADERS]
    texts += [_text(part) for part in returned if part.get_content_type() == "text/rfc822-headers"]
    for text in texts:
        found = _MESSAGE_ID.search(text)
        if found:
            return UUID(found[1])
    raise MailInputRefused("the report names no mail of ours: none of its Message-IDs was made here")


def _complaint(email_id: UUID, part: Message) -> Report:
    """RFC 5965: somebody pressed the button. `not-spam` takes it back, and needs nothing."""
    fields = _fields(part)
    kind = fields.get("feedback-type", "abuse").lower()
    if kind == "not-spam":
        return Report(email_id=email_id, verdict=Verdict.DELIVERED, detail="called not spam")
    return Report(email_id=email_id, verdict=Verdict.COMPLAINED, detail=one_line(f"complaint: {kind}"))


def _delivery(email_id: UUID, part: Message) -> Report:
    """RFC 3464, of the last recipient it speaks of: our mails have one."""
    fields = _fields(part)
    action, status = fields.get("action", "").lower(), fields.get("status", "")
    verdict = {
        "failed": Verdict.BOUNCED,
        "delayed": Verdict.DELAYED,
        "delivered": Verdict.DELIVERED,
        "relayed": Verdict.DELIVERED,
        "expanded": Verdict.DELIVERED,
    }.get(action)
    if verdict is None:
        raise MailInputRefused(
            f"the report says {one_line(action) or 'nothing'!r} instead of what became of it"
        )
    words = re.sub(r"\S+@\S+", "<address>", fields.get("diagnostic-code", ""))
    return Report(
        email_id=email_id,
        verdict=verdict,
        detail=one_line(" ".join(word for word in (action, status, words) if word)),
        reaches_nobody=verdict is Verdict.BOUNCED and bool(_NOBODY.match(status.strip())),
    )


def _fields(part: Message) -> dict[str, str]:
    """Every field of a report's machine-readable part, the last of a name; names in lower case."""
    blocks = [block for block in part.walk() if block is not part] or [part]
    found: dict[str, str] = {}
    for block in blocks:
        found |= {name.lower(): str(value).strip() for name, value in block.items()}
        pairs = (line.partition(":") for line in _text(block).splitlines() if ":" in line)
        found |= {name.strip().lower(): value.strip() for name, _, value in pairs}
    return found


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
