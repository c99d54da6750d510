"""Which values each kind of mail is made of, and how they are kept on its row until it goes out."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bursar.emails.errors import MailInputRefused
from bursar.emails.values.dunning import DunningNotice
from bursar.emails.values.money import (
    ChargeAnnounced,
    DisputeAlert,
    InvoiceIssued,
    PaymentFailed,
    PaymentReceived,
    PaymentRetryFailed,
    RefundProcessed,
)
from bursar.emails.values.rights import CardExpiring, EnrollmentUnlocked, PlanChanged, SubscriptionCanceled
from bursar.errors import invariant
from bursar.rules.consequences import MailKind

EmailValues = (
    InvoiceIssued
    | PaymentReceived
    | PaymentFailed
    | PaymentRetryFailed
    | ChargeAnnounced
    | RefundProcessed
    | DisputeAlert
    | EnrollmentUnlocked
    | DunningNotice
    | CardExpiring
    | PlanChanged
    | SubscriptionCanceled
)

VALUES_OF: dict[MailKind, type[EmailValues]] = {
    MailKind.INVOICE_ISSUED: InvoiceIssued,
    MailKind.PAYMENT_RECEIVED: PaymentReceived,
    MailKind.PAYMENT_FAILED: PaymentFailed,
    MailKind.PAYMENT_RETRY_FAILED: PaymentRetryFailed,
    MailKind.CHARGE_ANNOUNCED: ChargeAnnounced,
    MailKind.REFUND_PROCESSED: RefundProcessed,
    MailKind.DISPUTE_ALERT: DisputeAlert,
    MailKind.ENROLLMENT_UNLOCKED: EnrollmentUnlocked,
    MailKind.DUNNING_REMINDER: DunningNotice,
    MailKind.DUNNING_DUE: DunningNotice,
    MailKind.DUNNING_OVERDUE: DunningNotice,
    MailKind.DUNNING_FINAL_NOTICE: DunningNotice,
    MailKind.DUNNING_SUSPENDED: DunningNotice,
    MailKind.CARD_EXPIRING: CardExpiring,
    MailKind.PLAN_CHANGED: PlanChanged,
    MailKind.SUBSCRIPTION_CANCELED: SubscriptionCanceled,
}


def to_json(kind: MailKind, values: EmailValues) -> str:
    """The values as the row of the mail keeps them."""
    invariant(type(values) is VALUES_OF[kind], "a mail needs the values of its own kind", kind=kind.value)
    return _adapter(kind).dump_json(values, exclude_none=True).decode()


def from_json(kind: MailKind, kept: Any) -> EmailValues:
    """The values that a row kept, from parsed JSON. Raises MailInputRefused naming the field.

    A field added later takes its default; one that is gone is passed over.
    """
    try:
        return _adapter(kind).validate_python(kept)
    except ValidationError as refused:
        wrong = refused.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, wrong["loc"]))
        raise MailInputRefused(f"{kind} {place}: {wrong['msg']}") from None


@cache
def _adapter(kind: MailKind) -> TypeAdapter[EmailValues]:
    """Built on first use: it looks at every field."""
    return TypeAdapter(VALUES_OF[kind])
