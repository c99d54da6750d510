"""What each mail says: its values turned into finished sentences' parts. Templates only place them.

Every string that came from people passes `one_line`, every amount and day a `Reader`; templates do no
arithmetic.
"""

from collections.abc import Callable
from typing import Any

from bursar.emails.kinds import EmailValues
from bursar.emails.wording import dunning, money, rights
from bursar.emails.wording.text import Wording
from bursar.rules.consequences import MailKind

_WORDINGS: dict[MailKind, Callable[[Any], Wording]] = {
    MailKind.INVOICE_ISSUED: money.invoice_issued,
    MailKind.PAYMENT_RECEIVED: money.payment_received,
    MailKind.PAYMENT_FAILED: money.payment_failed,
    MailKind.PAYMENT_RETRY_FAILED: money.payment_retry_failed,
    MailKind.CHARGE_ANNOUNCED: money.charge_announced,
    MailKind.REFUND_PROCESSED: money.refund_processed,
    MailKind.DISPUTE_ALERT: money.dispute_alert,
    MailKind.ENROLLMENT_UNLOCKED: rights.enrollment_unlocked,
    MailKind.DUNNING_REMINDER: dunning.reminder,
    MailKind.DUNNING_DUE: dunning.due,
    MailKind.DUNNING_OVERDUE: dunning.overdue,
    MailKind.DUNNING_FINAL_NOTICE: dunning.final_notice,
    MailKind.DUNNING_SUSPENDED: dunning.suspended,
    MailKind.CARD_EXPIRING: rights.card_expiring,
    MailKind.PLAN_CHANGED: rights.plan_changed,
    MailKind.SUBSCRIPTION_CANCELED: rights.subscription_canceled,
}


def wording(kind: MailKind, values: EmailValues) -> Wording:
    """The wording of a mail."""
    return _WORDINGS[kind](values)
