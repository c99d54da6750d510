"""Send mails: what may already be out is never sent blindly again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.documents.receipt import ReceiptSnapshot
from bursar.documents.store import open_store
from bursar.emails.compose import PdfAttachment, compose
from bursar.emails.envelope import MailTransport
from bursar.emails.errors import MailDeferred, MailRefused
from bursar.emails.headers import mailbox, message_id
from bursar.emails.kinds import (
    ComponentPaid,
    EmailValues,
    EnrollmentUnlocked,
    PaymentReceived,
    RefundProcessed,
)
from bursar.emails.transports import transport_from_url
from bursar.errors import Refused, Transient
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import COPIES_MAX, RESENT_WHEN_UNKNOWN, MailKind, SendState
from bursar.settings import Settings, load
from models.inbox_writes import open_break
from models.kinds import EMAILS
from models.queries import mails
from models.session import is_transient, transaction
from models.work import Claim, WorkState, fail, release
from tasks.drain import claims
from workers.crashpoints import crash_point
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

OUTBOX_FOLDER = "outbox"
DRAIN_S = 2.0
"""Seconds after which no mail is begun: a slow server may take 42 for one, and a task is killed after 45."""
REFUND_TIMELINE = "5 to 10 working days"
"""How long banks take to show a refund (Stripe and Razorpay publish 5-10 and 5-7 working days)."""


class ReceiptMissing(Transient):
    """The payment's receipt has no number yet: the mail says what the receipt says, so it waits."""


class OwnerChanged(Refused):
    """Better evidence says the payment is another customer's: this one must not read about it."""


class NoAddress(Refused):
    """The customer has no e-mail address."""


@task("emails.send", queue=Queue.EMAILS, time_limit_s=45)
def send_emails(ids: Sequence[UUID] = ()) -> None:
    """Send what is due, until nothing is.

    Safe to repeat: `sending` is committed before the first byte of the message leaves, and only an attempt
    whose answer was lost may go out a second time, with the same Message-ID.
    """
    settings = load()
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    transport = transport_from_url(url, settings.var / OUTBOX_FOLDER)
    for held in claims(EMAILS, ids, drain_s=DRAIN_S):
        for row_id in held.ids:
            _send(settings, transport, held, row_id)


@dataclass(slots=True)
class _Attempt:
    """One mail on its way: what is known of it, and whether the other side may have it."""

    held: Claim
    row_id: UUID
    row: Row[Any] | None = None
    sending: bool = False


def _send(settings: Settings, transport: MailTransport, held: Claim, row_id: UUID) -> None:
    """One mail, whatever becomes of it: no broken mail holds up the others."""
    attempt = _Attempt(held, row_id)
    try:
        _hand_over(settings, transport, attempt)
    except Exception as error:  # noqa: BLE001 - the row says what happened
        _record(attempt, error)


def _hand_over(settings: Settings, transport: MailTransport, attempt: _Attempt) -> None:
    """Read, connect as far as RCPT, commit `sending`, hand over, commit what came of it."""
    with transaction() as session:
        attempt.row = mails.mail(session, attempt.row_id)
        to, message = _composed(session, settings, attempt.row)

    sender = mailbox(settings.mail_from, "BURSAR_MAIL_FROM").address
    with transport.open(sender, to) as envelope:
        if not _advance(attempt, SendState.SENDING, WorkState.RUNNING):
            return
        attempt.sending = True
        crash_point("emails.sending")
        envelope.deliver(message)
        crash_point("emails.delivered")

    _advance(attempt, SendState.SENT, WorkState.DONE)
    log.info("emails.sent", email_id=str(attempt.row_id), kind=attempt.row.kind)


def _record(attempt: _Attempt, error: Exception) -> None:
    """What an error says about a mail: never sent, not now, or nobody knows."""
    held, row_id = attempt.held, attempt.row_id
    match error:
        case NoAddress():
            _advance(attempt, SendState.RESERVED, WorkState.IGNORED, str(error))
        case MailRefused():
            _advance(attempt, SendState.FAILED, WorkState.DEAD, str(error))
        case MailDeferred():
            with transaction() as session:
                mails.retract(session, held, row_id)
            crash_point("emails.retracted")
            fail(EMAILS, held, row_id, error)
        case _ if attempt.sending and attempt.row:
            with transaction() as session:
                kind, copies = MailKind(attempt.row.kind), attempt.row.copies + 1
                settle_unknown(session, held, row_id, kind, copies, str(error))
        case _ if is_transient(error):
            release(EMAILS, held, [row_id])
        case _:
            fail(EMAILS, held, row_id, error, fatal=isinstance(error, Refused))
    log.warning("emails.not_sent", email_id=str(row_id), error=type(error).__name__)


def settle_unknown(
    session: Session, held: Claim, row_id: UUID, kind: MailKind, copies: int, reason: str
) -> None:
    """Nobody knows whether a mail went out: once more with the same Message-ID, or to the operators."""
    if kind in RESENT_WHEN_UNKNOWN and copies < COPIES_MAX:
        mails.advance(session, held, row_id, SendState.UNKNOWN, WorkState.PENDING, reason)
        return
    mails.advance(session, held, row_id, SendState.UNKNOWN, WorkState.DEAD, reason)
    open_break(session, BreakKind.EMAIL_UNKNOWN, f"email:{row_id}", "ask the mail provider by its Message-ID")


def _advance(attempt: _Attempt, send: SendState, state: WorkState, reason: str | None = None) -> bool:
    with transaction() as session:
        return mails.advance(session, attempt.held, attempt.row_id, send, state, reason)


def _composed(session: Session, settings: Settings, row: Row[Any]) -> tuple[str, bytes]:
    """The recipient and the finished bytes; equal rows give equal bytes: a second copy is the same mail."""
    if not row.email:
        raise NoAddress
    kind = MailKind(row.kind)
    attachments = []
    if row.document_key:
        pdf = open_store(settings).get(row.document_key)
        name = f"receipt-{row.receipt_number.replace('/', '-')}.pdf"
        attachments.append(PdfAttachment(file_name=name, content=pdf))
    domain = mailbox(settings.mail_from, "BURSAR_MAIL_FROM").domain
    message = compose(
        kind,
        VALUES[kind](session, row),
        to=row.email,
        sender=settings.mail_from,
        message_id=message_id(row.id, kind.value, domain),
        date=row.created_at.astimezone(UTC),
        attachments=attachments,
    )
    return row.email, message.as_bytes()


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


def _refund_processed(session: Session, row: Row[Any]) -> EmailValues:
    refund = mails.refund_facts(session, row.subject_id)
    return RefundProcessed(
        customer_name=row.name,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        locale=row.locale,
        invoice_number=refund.number,
        original_paid_at=refund.paid_at,
        timeline=REFUND_TIMELINE,
    )


def _enrollment_unlocked(session: Session, row: Row[Any]) -> EmailValues:
    enrollment = mails.enrollment_facts(session, row.subject_id)
    return EnrollmentUnlocked(
        customer_name=row.name,
        track=enrollment.title,
        first_project=enrollment.project or enrollment.title,
        steps=tuple(enrollment.steps or ()),
    )


VALUES: dict[MailKind, Callable[[Session, Row[Any]], EmailValues]] = {
    MailKind.PAYMENT_RECEIVED: _payment_received,
    MailKind.REFUND_PROCESSED: _refund_processed,
    MailKind.ENROLLMENT_UNLOCKED: _enrollment_unlocked,
}
