"""What each kind of mail needs to know. Values only: no wording, no sending."""

from dataclasses import dataclass
from datetime import datetime

from bursar.emails.errors import MailInputRefused
from bursar.rules.consequences import MailKind
from bursar.rules.money import checked_currency


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentPaid:
    """What one fee component got from the payment, and what is still open on it."""

    component: str
    paid_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived:
    """Money arrived: what it paid, what is left to pay, what is kept as credit."""

    customer_name: str
    amount_minor: int
    currency: str
    locale: str = "en_IN"
    invoice_numbers: tuple[str, ...] = ()
    """Empty while the payment is credit only."""
    lines: tuple[ComponentPaid, ...] = ()
    balance_minor: int
    credit_minor: int = 0
    receipt_number: str | None = None
    paid_at: datetime
    """Aware; the mail shows the calendar day of the offset it carries."""

    def __post_init__(self) -> None:
        _check_moment("paid_at", self.paid_at)
        _check_currency(self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundProcessed:
    """Money is on its way back."""

    customer_name: str
    amount_minor: int
    currency: str
    locale: str = "en_IN"
    invoice_number: str | None = None
    original_paid_at: datetime
    """Aware; the mail shows the calendar day of the offset it carries."""
    timeline: str
    """When the bank will show it, to follow "within": "5 to 7 working days"."""

    def __post_init__(self) -> None:
        _check_moment("original_paid_at", self.original_paid_at)
        _check_currency(self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentUnlocked:
    """A track is open: where to begin."""

    customer_name: str
    track: str
    first_project: str
    steps: tuple[str, ...] = ()


EmailValues = PaymentReceived | RefundProcessed | EnrollmentUnlocked

VALUES_OF: dict[MailKind, type[EmailValues]] = {
    MailKind.PAYMENT_RECEIVED: PaymentReceived,
    MailKind.REFUND_PROCESSED: RefundProcessed,
    MailKind.ENROLLMENT_UNLOCKED: EnrollmentUnlocked,
}


def _check_moment(field: str, moment: datetime) -> None:
    if moment.tzinfo is None:
        raise MailInputRefused(f"{field} must carry its offset from UTC")


def _check_currency(currency: str) -> None:
    if checked_currency(currency) != currency:
        raise MailInputRefused("currency must be upper case")
