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
    DOUBLE_PAYMENT = "double_payment"
    """An invoice was paid twice: the second money is held until it is refunded or released."""
    DISPUTE_OPEN = "dispute_open"
    FRAUD_WARNING = "fraud_warning"
    FEE_CHANGED = "fee_changed"
    """A gateway named another fee or rate for what was booked; the difference is posted."""
    SETTLEMENT_FAILED = "settlement_failed"
    GATEWAY_DIFFERS = "gateway_differs"
    """What a gateway has of a payment, refund, dispute or fee is not what the books have."""
    SETTLEMENT_DIFFERS = "settlement_differs"
    """The lines of a settlement do not explain what reached the bank."""
    CALL_REFUSED = "call_refused"
    """A gateway would not do what somebody asked for here."""
    CALL_STUCK = "call_stuck"
    """A setting is wrong, a key means another call, or nobody could learn for a day what became of a call."""
    DOCUMENT_DEAD = "document_dead"
    EMAIL_UNKNOWN = "email_unknown"
