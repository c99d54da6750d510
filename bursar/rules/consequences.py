"""What people keep of a fact, named: kinds of documents and mails, and how far a mail went."""

from enum import StrEnum


class DocumentKind(StrEnum):
    """Kinds of paper."""

    RECEIPT = "receipt"


class MailKind(StrEnum):
    """Kinds of mail."""

    PAYMENT_RECEIVED = "payment.received"
    REFUND_PROCESSED = "refund.processed"
    ENROLLMENT_UNLOCKED = "enrollment.unlocked"


class SendState(StrEnum):
    """How far a mail went; beyond `sending` the other side may have it."""

    RESERVED = "reserved"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


COPIES_MAX = 2
"""A receipt whose SMTP answer was lost is sent once more, with the same Message-ID; never a third time."""

RESENT_WHEN_UNKNOWN = frozenset({MailKind.PAYMENT_RECEIVED, MailKind.REFUND_PROCESSED})
"""Kinds that may go out twice when the answer was lost. The others go to the operators' list."""
