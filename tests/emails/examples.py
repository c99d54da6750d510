"""Values of every kind of mail: the least and the most there can be."""

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

from bursar.emails.compose import compose
from bursar.emails.headers import message_id
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
from bursar.sandbox.mails import DUE_ON, PAID_AT, PAY_URL, SAMPLES, sample

INDIA = timezone(timedelta(hours=5, minutes=30))
SENDER = "Demo School <billing@school.example>"
ROW_ID = UUID("01980000-0000-7000-8000-000000000001")
LONG = "&\"<'>ß₹स्ते " * 40
LONG_URL = PAY_URL + "/" + "x" * 1900
MUCH = 10**13

_MOST: dict[type[EmailValues], dict[str, Any]] = {
    InvoiceIssued: {
        "invoice_number": LONG,
        "total_minor": MUCH,
        "balance_minor": MUCH - 1,
        "lines": (ComponentOwed(component=LONG, gross_minor=MUCH),) * 300,
        "installments": (InstallmentDue(due_on=DUE_ON, amount_minor=MUCH),) * 300,
        "pay_url": LONG_URL,
    },
    PaymentReceived: {
        "amount_minor": MUCH,
        "invoice_numbers": (LONG,) * 300,
        "lines": (ComponentPaid(component=LONG, paid_minor=MUCH, balance_minor=MUCH),) * 300,
        "balance_minor": MUCH,
        "credit_minor": MUCH,
        "receipt_number": LONG,
    },
    PaymentFailed: {
        "amount_minor": MUCH,
        "invoice_number": LONG,
        "reason": LONG,
        "advice": LONG,
        "pay_url": LONG_URL,
    },
    PaymentRetryFailed: {
        "amount_minor": MUCH,
        "invoice_number": LONG,
        "method": LONG,
        "reason": LONG,
        "advice": LONG,
        "pay_url": LONG_URL,
    },
    ChargeAnnounced: {
        "amount_minor": MUCH,
        "invoice_number": LONG,
        "method": LONG,
        "pay_url": LONG_URL,
    },
    RefundProcessed: {"amount_minor": MUCH, "invoice_number": LONG, "timeline": LONG},
    DisputeAlert: {
        "customer_ref": LONG,
        "amount_minor": MUCH,
        "gateway": LONG,
        "payment": LONG,
        "dispute": LONG,
        "reason": LONG,
        "invoice_number": LONG,
    },
    EnrollmentUnlocked: {"track": LONG, "first_project": LONG, "steps": (LONG,) * 300},
    DunningNotice: {
        "invoice_number": LONG,
        "balance_minor": MUCH,
        "late_fee_minor": MUCH,
        "suspends": LONG,
        "pay_url": LONG_URL,
    },
    CardExpiring: {"card": LONG, "plan": LONG, "update_url": LONG_URL},
    PlanChanged: {"plan_before": LONG, "plan": LONG, "amount_minor": MUCH, "interval": LONG},
    SubscriptionCanceled: {"plan": LONG},
}
_LEAST: dict[type[EmailValues], dict[str, Any]] = {
    InvoiceIssued: {
        "invoice_number": "1",
        "total_minor": 1,
        "balance_minor": 0,
        "currency": "JPY",
        "due_on": DUE_ON,
    },
    PaymentReceived: {"amount_minor": 1, "currency": "JPY", "balance_minor": 0, "paid_at": PAID_AT},
    PaymentFailed: {
        "amount_minor": 1,
        "currency": "JPY",
        "reason": "R.",
        "advice": "A.",
        "failed_at": PAID_AT,
    },
    PaymentRetryFailed: {
        "amount_minor": 1,
        "currency": "JPY",
        "invoice_number": "1",
        "method": "M",
        "reason": "R.",
        "advice": "A.",
    },
    ChargeAnnounced: {
        "amount_minor": 1,
        "currency": "JPY",
        "invoice_number": "1",
        "method": "M",
        "charge_on": DUE_ON,
    },
    RefundProcessed: {
        "amount_minor": 1,
        "currency": "KWD",
        "original_paid_at": PAID_AT,
        "timeline": "a day",
    },
    DisputeAlert: {
        "customer_ref": "r",
        "amount_minor": 1,
        "currency": "JPY",
        "gateway": "G",
        "payment": "p",
        "dispute": "d",
    },
    EnrollmentUnlocked: {"track": "T", "first_project": "P"},
    DunningNotice: {"invoice_number": "1", "balance_minor": 1, "currency": "JPY", "due_on": DUE_ON},
    CardExpiring: {"card": "C", "expires": (2026, 11)},
    PlanChanged: {"plan": "P"},
    SubscriptionCanceled: {"plan": "P"},
}


make = sample
USUAL = SAMPLES
LEAST: dict[MailKind, EmailValues] = {
    kind: values(customer_name="S", **_LEAST[values]) for kind, values in VALUES_OF.items()
}
MOST: dict[MailKind, EmailValues] = {
    kind: make(values, customer_name=LONG, **_MOST[values]) for kind, values in VALUES_OF.items()
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
