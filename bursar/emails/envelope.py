"""The two steps of handing a mail over, and what every transport refuses.

Two steps, because the worker commits that it is *sending* between them: a failure in the first step
cannot have left a copy anywhere, a failure in the second may have.
"""

import re
from contextlib import AbstractContextManager
from email import policy
from email.parser import BytesHeaderParser
from typing import Protocol

from bursar.emails.errors import MailInputRefused
from bursar.emails.headers import message_id_local_part

_BARE_NEWLINE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Envelope(Protocol):
    """One sender and one recipient that the other side has accepted. It carries one message, once."""

    def deliver(self, message: bytes) -> str:
        """Hand the message over and return what the other side said, for the operator.

        Raises MailRefused, MailDeferred or MailUnknown.
        """
        ...


class MailTransport(Protocol):
    """A way to people. Safe to use again and again; holds nothing open between two mails but within a run."""

    def run(self) -> AbstractContextManager[None]:
        """Within it, what is open may stay open from one mail to the next; not to be nested."""
        ...

    def open(self, sender: str, to: str) -> AbstractContextManager[Envelope]:
        """Reach the other side and have one bare sender and recipient address accepted. Nothing is sent yet.

        Raises MailRefused or MailDeferred, and MailInputRefused for anything but one address each.
        """
        ...


def checked_wire(message: bytes) -> bytes:
    """The message when every line ends in CRLF and it has a Message-ID. Raises MailInputRefused.

    A bare CR or LF is where two servers may disagree about the end of a message (SMTP smuggling).
    """
    if _BARE_NEWLINE.search(message) or not message.endswith(b"\r\n"):
        raise MailInputRefused("message: every line must end in CRLF")
    local_part_of(message)
    return message


def local_part_of(message: bytes) -> str:
    """What names the message: its Message-ID before the @. Raises MailInputRefused."""
    headers = BytesHeaderParser(policy=policy.SMTP).parsebytes(message)
    return message_id_local_part(str(headers["Message-ID"] or "").strip(), "message_id")
