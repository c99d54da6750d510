"""Which mails there are and what each needs to know. Values only: no wording, no sending.

A mail's values are frozen when its row is written and kept as JSON, so the mail says what was true then.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import get_args, get_origin, get_type_hints

from bursar.emails.errors import MailInputRefused
from bursar.rules.money import checked_currency


class EmailKind(StrEnum):
    """The wire name of a mail, as stored and as shown to operators."""

    PAYMENT_RECEIVED = "payment.received"
    REFUND_PROCESSED = "refund.processed"
    ENROLLMENT_UNLOCKED = "enrollment.unlocked"


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

VALUES_OF: dict[EmailKind, type[EmailValues]] = {
    EmailKind.PAYMENT_RECEIVED: PaymentReceived,
    EmailKind.REFUND_PROCESSED: RefundProcessed,
    EmailKind.ENROLLMENT_UNLOCKED: EnrollmentUnlocked,
}


def to_json(values: EmailValues) -> dict[str, object]:
    """The values as a JSON object, for the mail's row."""
    return {field.name: _encoded(getattr(values, field.name)) for field in fields(values)}


def from_json(kind: EmailKind, stored: Mapping[str, object]) -> EmailValues:
    """The values of a kind from the JSON of its row. Raises MailInputRefused naming the field.

    Unknown keys are ignored, so that a row written by the next release can be sent by this one.
    """
    make: Callable[..., EmailValues] = VALUES_OF[kind]
    return make(**_decoded_fields(VALUES_OF[kind], stored, kind.value))


def _encoded(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, ComponentPaid):
        return {field.name: _encoded(getattr(value, field.name)) for field in fields(value)}
    return value


def _decoded_fields(
    shape: type[EmailValues] | type[ComponentPaid], stored: object, where: str
) -> dict[str, object]:
    if not isinstance(stored, Mapping):
        raise MailInputRefused(f"{where}: expected a JSON object, got {type(stored).__name__}")
    hints = get_type_hints(shape)
    found: dict[str, object] = {}
    for field in fields(shape):
        if field.name in stored:
            found[field.name] = _decoded(hints[field.name], stored[field.name], f"{where}.{field.name}")
        elif field.default is MISSING:
            raise MailInputRefused(f"{where}.{field.name} is missing")
    return found


def _decoded(hint: object, stored: object, where: str) -> object:
    """One stored value as the type its field declares: the closed list of shapes the values above use."""
    if get_origin(hint) is tuple:
        if not isinstance(stored, list):
            raise MailInputRefused(f"{where}: expected a JSON list, got {type(stored).__name__}")
        return tuple(_decoded(get_args(hint)[0], item, f"{where}[{n}]") for n, item in enumerate(stored))
    if hint is ComponentPaid:
        make: Callable[..., ComponentPaid] = ComponentPaid
        return make(**_decoded_fields(ComponentPaid, stored, where))
    if hint is datetime:
        return _decoded_moment(stored, where)
    wanted = get_args(hint) or (hint,)
    if type(stored) not in wanted:
        raise MailInputRefused(f"{where}: unexpected {type(stored).__name__}")
    return stored


def _decoded_moment(stored: object, where: str) -> datetime:
    try:
        return datetime.fromisoformat(str(stored))
    except ValueError:
        raise MailInputRefused(f"{where}: not an ISO 8601 date and time") from None


def _check_moment(field: str, moment: datetime) -> None:
    if moment.tzinfo is None:
        raise MailInputRefused(f"{field} must carry its offset from UTC")


def _check_currency(currency: str) -> None:
    if checked_currency(currency) != currency:
        raise MailInputRefused("currency must be upper case")
