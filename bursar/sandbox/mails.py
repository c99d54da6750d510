"""Made-up values of every kind of mail, for whoever wants to see how one looks. Nobody in them exists."""

from datetime import UTC, date, datetime, timedelta, timezone
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from bursar.emails.compose import compose
from bursar.emails.headers import mailbox, message_id
from bursar.emails.kinds import VALUES_OF, EmailValues
from bursar.emails.values.dunning import DunningNotice
from bursar.emails.values.money import (
    ChargeAnnounced,
    ComponentOwed,
    ComponentPaid,
    DisputeAlert,
    InstallmentDue,
    InvoiceIssued,
    PaymentFailed,
    PaymentReceived,
    PaymentRetryFailed,
    RefundProcessed,
)
from bursar.emails.values.rights import CardExpiring, EnrollmentUnlocked, PlanChanged, SubscriptionCanceled
from bursar.rules.consequences import MailKind

PAID_AT = datetime(2026, 10, 6, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
DUE_ON = date(2026, 10, 20)
NUMBER = "INV/26-27/000042"
PAY_URL = "https://pay.school.example/i/8f14e45f"
_ROW_ID = UUID("01980000-0000-7000-8000-000000000001")

_VALUES: dict[type[EmailValues], dict[str, Any]] = {
    InvoiceIssued: {
        "invoice_number": NUMBER,
        "total_minor": 6500000,
        "balance_minor": 6500000,
        "currency": "INR",
        "due_on": DUE_ON,
        "lines": (
            ComponentOwed(component="Tuition", gross_minor=4500000),
            ComponentOwed(component="Hostel", gross_minor=2000000),
        ),
        "installments": (
            InstallmentDue(due_on=DUE_ON, amount_minor=3500000),
            InstallmentDue(due_on=date(2026, 12, 20), amount_minor=3000000),
        ),
        "pay_url": PAY_URL,
    },
    PaymentReceived: {
        "amount_minor": 6100000,
        "currency": "INR",
        "invoice_numbers": (NUMBER,),
        "lines": (
            ComponentPaid(component="Tuition", paid_minor=4500000, balance_minor=0),
            ComponentPaid(component="Hostel", paid_minor=1600000, balance_minor=400000),
        ),
        "balance_minor": 400000,
        "receipt_number": "RCT/26-27/000007",
        "paid_at": PAID_AT,
    },
    PaymentFailed: {
        "amount_minor": 6100000,
        "currency": "INR",
        "invoice_number": NUMBER,
        "reason": "There was not enough money on the account.",
        "advice": "Please try again later, or pay in another way.",
        "failed_at": PAID_AT,
        "pay_url": PAY_URL,
    },
    PaymentRetryFailed: {
        "amount_minor": 6100000,
        "currency": "INR",
        "invoice_number": NUMBER,
        "method": "Visa ending in 4242",
        "reason": "There was not enough money on the account.",
        "advice": "Please see to it that there is enough.",
        "next_attempt_on": DUE_ON,
        "pay_url": PAY_URL,
    },
    ChargeAnnounced: {
        "amount_minor": 1250000,
        "currency": "INR",
        "invoice_number": NUMBER,
        "method": "Visa ending in 4242",
        "charge_on": DUE_ON,
        "pay_url": PAY_URL,
    },
    RefundProcessed: {
        "amount_minor": 1250000,
        "currency": "INR",
        "invoice_number": NUMBER,
        "original_paid_at": PAID_AT,
        "timeline": "5 to 7 working days",
    },
    DisputeAlert: {
        "customer_ref": "student-7",
        "amount_minor": 6100000,
        "currency": "INR",
        "gateway": "Stripe",
        "payment": "pi_3Demo0001",
        "dispute": "dp_1Demo0001",
        "reason": "product not received",
        "respond_by": PAID_AT,
        "invoice_number": NUMBER,
    },
    EnrollmentUnlocked: {
        "track": "Backend Engineering",
        "first_project": "Build a small ledger",
        "steps": ("Read the brief", "Write the first test"),
    },
    DunningNotice: {
        "invoice_number": NUMBER,
        "balance_minor": 400000,
        "currency": "INR",
        "due_on": DUE_ON,
        "installment": 2,
        "installments": 4,
        "late_fee_minor": 25000,
        "suspends": "Backend Engineering",
        "suspends_on": date(2026, 11, 3),
        "pay_url": PAY_URL,
    },
    CardExpiring: {
        "card": "Visa ending in 4242",
        "expires": (2026, 11),
        "plan": "Studio Monthly",
        "update_url": PAY_URL,
    },
    PlanChanged: {
        "plan_before": "Studio Monthly",
        "plan": "Studio Yearly",
        "amount_minor": 1200000,
        "currency": "INR",
        "interval": "year",
        "renews_on": DUE_ON,
    },
    SubscriptionCanceled: {"plan": "Studio Monthly", "ends_on": DUE_ON},
}


def sample(values: type[Any], **changes: Any) -> Any:
    """Usual values of a class; the keywords name what is different."""
    return values(**{"customer_name": "Student 1"} | _VALUES[values] | changes)


SAMPLES: dict[MailKind, EmailValues] = {kind: sample(values) for kind, values in VALUES_OF.items()}


def composed(kind: MailKind, *, sender: str) -> EmailMessage:
    """A mail of a kind, from this sender to nobody."""
    return compose(
        kind,
        SAMPLES[kind],
        to="student1@example.org",
        sender=sender,
        message_id=message_id(_ROW_ID, kind, mailbox(sender, "sender").domain),
        date=datetime(2026, 10, 6, 4, 0, tzinfo=UTC),
    )
