"""Values of every kind of mail: the least and the most there can be."""

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

from bursar.emails.compose import compose
from bursar.emails.headers import message_id
from bursar.emails.kinds import (
    ComponentPaid,
    EmailValues,
    EnrollmentUnlocked,
    PaymentReceived,
    RefundProcessed,
)
from bursar.rules.consequences import MailKind

INDIA = timezone(timedelta(hours=5, minutes=30))
PAID_AT = datetime(2026, 10, 6, 9, 30, tzinfo=INDIA)
SENDER = "Demo School <billing@school.example>"
ROW_ID = UUID("01980000-0000-7000-8000-000000000001")
LONG = "&\"<'>ß₹स्ते " * 40


def make_payment_received(**changes: Any) -> PaymentReceived:
    usual: dict[str, Any] = {
        "customer_name": "Student 1",
        "amount_minor": 6100000,
        "currency": "INR",
        "invoice_numbers": ("INV/26-27/000042",),
        "lines": (
            ComponentPaid(component="Tuition", paid_minor=4500000, balance_minor=0),
            ComponentPaid(component="Hostel", paid_minor=1600000, balance_minor=400000),
        ),
        "balance_minor": 400000,
        "receipt_number": "RCT/26-27/000007",
        "paid_at": PAID_AT,
    }
    return PaymentReceived(**usual | changes)


def make_refund_processed(**changes: Any) -> RefundProcessed:
    usual: dict[str, Any] = {
        "customer_name": "Student 1",
        "amount_minor": 1250000,
        "currency": "INR",
        "invoice_number": "INV/26-27/000042",
        "original_paid_at": PAID_AT,
        "timeline": "5 to 7 working days",
    }
    return RefundProcessed(**usual | changes)


def make_enrollment_unlocked(**changes: Any) -> EnrollmentUnlocked:
    usual: dict[str, Any] = {
        "customer_name": "Student 1",
        "track": "Backend Engineering",
        "first_project": "Build a small ledger",
        "steps": ("Read the brief", "Write the first test"),
    }
    return EnrollmentUnlocked(**usual | changes)


USUAL: dict[MailKind, EmailValues] = {
    MailKind.PAYMENT_RECEIVED: make_payment_received(),
    MailKind.REFUND_PROCESSED: make_refund_processed(),
    MailKind.ENROLLMENT_UNLOCKED: make_enrollment_unlocked(),
}
LEAST: dict[MailKind, EmailValues] = {
    MailKind.PAYMENT_RECEIVED: PaymentReceived(
        customer_name="S", amount_minor=1, currency="JPY", balance_minor=0, paid_at=PAID_AT
    ),
    MailKind.REFUND_PROCESSED: RefundProcessed(
        customer_name="S", amount_minor=1, currency="KWD", original_paid_at=PAID_AT, timeline="a day"
    ),
    MailKind.ENROLLMENT_UNLOCKED: EnrollmentUnlocked(customer_name="S", track="T", first_project="P"),
}
MOST: dict[MailKind, EmailValues] = {
    MailKind.PAYMENT_RECEIVED: make_payment_received(
        customer_name=LONG,
        amount_minor=10**13,
        invoice_numbers=(LONG,) * 300,
        lines=(ComponentPaid(component=LONG, paid_minor=10**13, balance_minor=10**13),) * 300,
        balance_minor=10**13,
        credit_minor=10**13,
        receipt_number=LONG,
    ),
    MailKind.REFUND_PROCESSED: make_refund_processed(
        customer_name=LONG, amount_minor=10**13, invoice_number=LONG, timeline=LONG
    ),
    MailKind.ENROLLMENT_UNLOCKED: make_enrollment_unlocked(
        customer_name=LONG, track=LONG, first_project=LONG, steps=(LONG,) * 300
    ),
}


def composed(kind: MailKind, values: EmailValues, **changes: Any) -> Any:
    """A mail with usual headers."""
    usual: dict[str, Any] = {
        "to": "student1@example.org",
        "sender": SENDER,
        "message_id": message_id(ROW_ID, kind, "school.example"),
        "date": datetime(2026, 10, 6, 4, 0, tzinfo=UTC),
    }
    return compose(kind, values, **usual | changes)


def wire(kind: MailKind = MailKind.PAYMENT_RECEIVED, **changes: Any) -> bytes:
    """The bytes of a usual mail, as the worker hands them over."""
    return composed(kind, USUAL[kind], **changes).as_bytes()


def read(message: Any) -> Any:
    """The mail as a reader's program sees it."""
    return message_from_bytes(message.as_bytes(), policy=policy.default)


def text_of(message: Any) -> str:
    return read(message).get_body(("plain",)).get_content()


def html_of(message: Any) -> str:
    return read(message).get_body(("html",)).get_content()
