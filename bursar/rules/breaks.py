"""What we understand but cannot place: booked, and put before a person as an open break."""

from enum import StrEnum


class BreakKind(StrEnum):
    """Why a person must look."""

    UNIDENTIFIED_PAYMENT = "unidentified_payment"
    UNKNOWN_INVOICE = "unknown_invoice"
    OWNER_MISMATCH = "owner_mismatch"
    WRONG_CURRENCY = "wrong_currency"
    AMOUNT_MISMATCH = "amount_mismatch"
    REFUND_EXCEEDS_PAYMENT = "refund_exceeds_payment"
    REFUND_MISSING = "refund_missing"
    ALIAS_CONFLICT = "alias_conflict"
    WRONG_MODE = "wrong_mode"
    PAID_TWICE = "paid_twice"
    """A refund cancelled a charge while other money of this customer, left as credit, could pay it."""
    DOCUMENT_DEAD = "document_dead"
    EMAIL_UNKNOWN = "email_unknown"
