"""What each mail says: kept on its row when it was reserved, or read from its subject when it goes out."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.documents.receipt import ReceiptSnapshot
from bursar.emails.kinds import EmailValues, from_json
from bursar.emails.values.money import (
    ComponentPaid,
    DisputeAlert,
    PaymentFailed,
    PaymentReceived,
    RefundProcessed,
)
from bursar.emails.values.rights import EnrollmentUnlocked
from bursar.errors import Broken, Refused, Transient
from bursar.rules.consequences import MailKind
from bursar.rules.declines import WORDS, decline_reason
from bursar.rules.routing import gateway_of
from models.queries import mail_facts

REFUND_TIMELINE = "5 to 10 working days"
"""How long banks take to show a refund (Stripe and Razorpay publish 5-10 and 5-7 working days)."""


class ReceiptMissing(Transient):
    """The payment's receipt has no number yet: the mail says what the receipt says, so it waits."""


class OwnerChanged(Refused):
    """Better evidence says the payment is another customer's: this one must not read about it."""


def values_of(session: Session, row: Row[Any]) -> EmailValues:
    """What a mail says. `row`: of `models.queries.mails.mail`."""
    kind = MailKind(row.kind)
    return VALUES[kind](session, row) if row.said is None else from_json(kind, row.said)


def _payment_received(_: Session, row: Row[Any]) -> EmailValues:
    if not row.still_theirs:
        raise OwnerChanged
    if row.snapshot is None:
        raise ReceiptMissing
    receipt = ReceiptSnapshot.from_json(bytes(row.snapshot))
    paid = [line for line in receipt.lines if line.paid_now_minor]
    return PaymentReceived(
        customer_name=row.name,
        amount_minor=receipt.amount_minor,
        currency=receipt.currency,
        locale=row.locale,
        invoice_numbers=tuple(dict.fromkeys(line.invoice_number for line in receipt.lines)),
        lines=tuple(
            ComponentPaid(
                component=line.component, paid_minor=line.paid_now_minor, balance_minor=line.balance_minor
            )
            for line in paid
        ),
        balance_minor=receipt.invoice_balance_minor,
        credit_minor=receipt.credit_minor,
        receipt_number=receipt.number,
        paid_at=receipt.paid_at,
    )


def _payment_failed(session: Session, row: Row[Any]) -> EmailValues:
    if not row.still_theirs:
        raise OwnerChanged
    failure = mail_facts.failure_facts(session, row.subject_id)
    words = WORDS[decline_reason(gateway_of(failure.gateway_account), failure.decline_code)]
    return PaymentFailed(
        customer_name=row.name,
        amount_minor=failure.amount_minor,
        currency=failure.currency,
        locale=row.locale,
        invoice_number=failure.number,
        reason=words.reason,
        advice=words.advice,
        failed_at=failure.failed_at,
        pay_url=failure.url,
    )


def _refund_processed(session: Session, row: Row[Any]) -> EmailValues:
    refund = mail_facts.refund_facts(session, row.subject_id)
    return RefundProcessed(
        customer_name=row.name,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        locale=row.locale,
        invoice_number=refund.number,
        original_paid_at=refund.paid_at,
        timeline=REFUND_TIMELINE,
    )


def _dispute_alert(session: Session, row: Row[Any]) -> EmailValues:
    dispute = mail_facts.dispute_facts(session, row.subject_id)
    return DisputeAlert(
        customer_name=dispute.name,
        customer_ref=dispute.external_ref,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
        locale=row.locale,
        gateway=gateway_of(dispute.gateway_account),
        payment=dispute.gateway_payment_id,
        dispute=dispute.gateway_dispute_id,
        reason=dispute.reason,
        respond_by=dispute.respond_by,
        invoice_number=dispute.number,
    )


def _enrollment_unlocked(session: Session, row: Row[Any]) -> EmailValues:
    enrollment = mail_facts.enrollment_facts(session, row.subject_id)
    return EnrollmentUnlocked(
        customer_name=row.name,
        track=enrollment.title,
        first_project=enrollment.project or enrollment.title,
        steps=tuple(enrollment.steps or ()),
    )


def _only_kept(_: Session, row: Row[Any]) -> EmailValues:
    """Of these kinds only whoever reserves one knows what it says."""
    raise Broken("a mail of this kind keeps what it says on its row", kind=row.kind)


VALUES: dict[MailKind, Callable[[Session, Row[Any]], EmailValues]] = {
    MailKind.INVOICE_ISSUED: _only_kept,
    MailKind.PAYMENT_RECEIVED: _payment_received,
    MailKind.PAYMENT_FAILED: _payment_failed,
    MailKind.PAYMENT_RETRY_FAILED: _only_kept,
    MailKind.CHARGE_ANNOUNCED: _only_kept,
    MailKind.REFUND_PROCESSED: _refund_processed,
    MailKind.DISPUTE_ALERT: _dispute_alert,
    MailKind.ENROLLMENT_UNLOCKED: _enrollment_unlocked,
    MailKind.DUNNING_REMINDER: _only_kept,
    MailKind.DUNNING_DUE: _only_kept,
    MailKind.DUNNING_OVERDUE: _only_kept,
    MailKind.DUNNING_FINAL_NOTICE: _only_kept,
    MailKind.DUNNING_SUSPENDED: _only_kept,
    MailKind.CARD_EXPIRING: _only_kept,
    MailKind.PLAN_CHANGED: _only_kept,
    MailKind.SUBSCRIPTION_CANCELED: _only_kept,
}
"""Where each kind's words come from when its row keeps none."""
