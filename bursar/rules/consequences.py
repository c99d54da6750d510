"""What follows a fact, named: kinds of documents, mails and notices, and how far a mail went."""

from enum import StrEnum


class DocumentKind(StrEnum):
    """Kinds of paper."""

    RECEIPT = "receipt"
    STATEMENT = "statement"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class MailKind(StrEnum):
    """Kinds of mail."""

    INVOICE_ISSUED = "invoice.issued"
    PAYMENT_RECEIVED = "payment.received"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_RETRY_FAILED = "payment.retry_failed"
    CHARGE_ANNOUNCED = "charge.announced"
    REFUND_PROCESSED = "refund.processed"
    DISPUTE_ALERT = "dispute.alert"
    ENROLLMENT_UNLOCKED = "enrollment.unlocked"
    DUNNING_REMINDER = "dunning.reminder"
    DUNNING_DUE = "dunning.due"
    DUNNING_OVERDUE = "dunning.overdue"
    DUNNING_FINAL_NOTICE = "dunning.final_notice"
    DUNNING_SUSPENDED = "dunning.suspended"
    CARD_EXPIRING = "card.expiring"
    PLAN_CHANGED = "plan.changed"
    SUBSCRIPTION_CANCELED = "subscription.canceled"


class NoticeKind(StrEnum):
    """What hosts are told: the `type` of a notice, a public interface."""

    ENROLLMENT_CHANGED = "enrollment.changed"


class SendState(StrEnum):
    """How far a mail went; beyond `sending` the other side may have it."""

    RESERVED = "reserved"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    """The reader's server says that it has the mail."""
    BOUNCED = "bounced"
    """The reader's server took it, or another did for it, and sent it back."""
    COMPLAINED = "complained"
    """The reader called it spam."""


class Precondition(StrEnum):
    """What must still be true in the commit after which a mail may be out; otherwise nobody gets it."""

    INVOICE_OWED = "invoice_owed"
    """The mail's invoice is open and owes something: exactly `owed_minor`, where the mail names an amount."""
    PAYMENT_MISSING = "payment_missing"
    """The payment failed within a day, did not succeed after all, nothing else paid for the same, and it is
    not dunning that tried: it tells of its own charges."""
    DISPUTE_OPEN = "dispute_open"
    """The bank still waits for an answer."""
    DUNNING_TRUE = "dunning_true"
    """As INVOICE_OWED, its case is not over, and no payment can have come that we do not know of."""


class SuppressionReason(StrEnum):
    """Why nothing is sent to an address any more."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPERATOR = "operator"


COPIES_MAX = 2
"""A receipt whose SMTP answer was lost is sent once more, with the same Message-ID; never a third time."""

RESENT_WHEN_UNKNOWN = frozenset(
    {MailKind.INVOICE_ISSUED, MailKind.PAYMENT_RECEIVED, MailKind.REFUND_PROCESSED}
)
"""Kinds that may go out twice when the answer was lost. The others go to the operators' list."""

TO_OPERATORS = frozenset({MailKind.DISPUTE_ALERT})
"""Kinds that no customer reads."""

GONE_OUT = frozenset({SendState.SENT, SendState.DELIVERED, SendState.BOUNCED, SendState.COMPLAINED})
"""The mail server has answered yes."""
