"""Send mails: what may already be out is never sent blindly again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.documents.links import document_link
from bursar.documents.store import open_store
from bursar.emails.compose import PdfAttachment, compose
from bursar.emails.envelope import MailTransport
from bursar.emails.errors import MailDeferred, MailRefused
from bursar.emails.headers import mailbox, message_id
from bursar.emails.kinds import EmailValues
from bursar.emails.transports import transport_from_url
from bursar.emails.values.money import PaymentReceived
from bursar.errors import Refused, Transient
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import (
    COPIES_MAX,
    RESENT_WHEN_UNKNOWN,
    TO_OPERATORS,
    MailKind,
    Precondition,
    SendState,
)
from bursar.settings import Settings, load
from models.inbox_writes import open_break
from models.kinds import EMAILS
from models.queries import mails, wanted
from models.session import is_transient, transaction
from models.work import Claim, WorkState, fail, release, still_ours
from tasks.certainty import why_unclear
from tasks.drain import claims
from tasks.pacing import TooFast, pace
from tasks.saying import values_of
from workers.crashpoints import crash_point
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

OUTBOX_FOLDER = "outbox"
LOOK_AGAIN_S = 30.0
"""Seconds until a mail that waits for the truth is tried again; `dunning.advance` asks gateways meanwhile."""
DRAIN_S = 2.0
"""Seconds after which no mail is begun: a slow server may take 42 for one, and a task is killed after 45."""


class NoAddress(Refused):
    """The customer has no e-mail address."""


class NoOperators(Refused):
    """BURSAR_OPERATORS_MAIL is not set: nobody is told of disputes by mail."""


class TruthUnknown(Transient):
    """A payment may have come that we do not know of: nobody is asked for money until we do."""

    wait_s = LOOK_AGAIN_S


class Unwanted(Refused):
    """What it says is no longer so, or nothing is sent to its reader any more."""


@task("emails.send", queue=Queue.EMAILS, time_limit_s=45)
def send_emails(ids: Sequence[UUID] = ()) -> None:
    """Send what is due, until nothing is.

    Safe to repeat: `sending` is committed before the first byte of the message leaves, and only an attempt
    whose answer was lost may go out a second time, with the same Message-ID.
    """
    settings = load()
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    transport = transport_from_url(url, settings.var / OUTBOX_FOLDER)
    with transport.run():
        for held in claims(EMAILS, ids, drain_s=DRAIN_S):
            for row_id in held.ids:
                _send(settings, transport, held, row_id)


@dataclass(slots=True)
class _Attempt:
    """One mail on its way: what is known of it, and whether the other side may have it."""

    held: Claim
    row_id: UUID
    row: Row[Any] | None = None
    to: str = ""
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
        attempt.to = _reader(settings, attempt.row)
        _refuse_unwanted(session, attempt)
        values = _linked(settings, attempt.row, values_of(session, attempt.row))

    pace(settings, attempt.to)
    message = _composed(settings, attempt.row, attempt.to, values)
    sender = mailbox(settings.mail_from, "BURSAR_MAIL_FROM").address
    with transport.open(sender, attempt.to) as envelope:
        if not _begin(attempt):
            return
        crash_point("emails.sending")
        answer = envelope.deliver(message)
        crash_point("emails.delivered")

    with transaction() as session:
        mails.advance(session, attempt.held, attempt.row_id, SendState.SENT, WorkState.DONE, answer=answer)
    log.info("emails.sent", email_id=str(attempt.row_id), kind=attempt.row.kind)


def _begin(attempt: _Attempt) -> bool:
    """Commit `sending`, if the mail is still ours. Raises Unwanted when it is not true any more.

    Money is booked under its customer's lock: with that lock in hand nothing becomes untrue before the
    commit.
    """
    with transaction() as session:
        if attempt.row is None or not still_ours(session, EMAILS, attempt.held, [attempt.row_id]):
            return False
        wanted.lock_reader(session, attempt.row.customer_id)
        _refuse_unwanted(session, attempt)
        mails.advance(session, attempt.held, attempt.row_id, SendState.SENDING, WorkState.RUNNING)
    attempt.sending = True
    return True


def _refuse_unwanted(session: Session, attempt: _Attempt) -> None:
    if attempt.row is None:
        return
    reason = wanted.why_not(session, attempt.row, attempt.to)
    if reason:
        raise Unwanted(reason)
    if attempt.row.precondition == Precondition.DUNNING_TRUE:
        unclear = why_unclear(session, attempt.row.customer_id, utc_now())
        if unclear:
            raise TruthUnknown(unclear)


def _record(attempt: _Attempt, error: Exception) -> None:
    """What an error says about a mail: never sent, not now, or nobody knows."""
    held, row_id = attempt.held, attempt.row_id
    match error:
        case NoAddress() | NoOperators() | Unwanted():
            with transaction() as session:
                mails.put_aside(session, held, row_id, str(error), type(error).__name__)
        case TooFast() | TruthUnknown():
            with transaction() as session:
                mails.put_off(session, held, row_id, error.wait_s, str(error), type(error).__name__)
        case MailRefused():
            with transaction() as session:
                mails.advance(session, held, row_id, SendState.FAILED, WorkState.DEAD, str(error))
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


def _reader(settings: Settings, row: Row[Any]) -> str:
    """The one address it goes to. Raises NoAddress or NoOperators."""
    if MailKind(row.kind) in TO_OPERATORS:
        if not settings.operators_mail:
            raise NoOperators
        return settings.operators_mail
    if not row.email:
        raise NoAddress
    return str(row.email)


def _linked(settings: Settings, row: Row[Any], values: EmailValues) -> EmailValues:
    """With a link to the receipt where the seller wants that. It counts from the row: a copy has the same."""
    if settings.mail_links == "off" or row.document_key is None or not isinstance(values, PaymentReceived):
        return values
    return replace(values, receipt_url=document_link(settings, row.document_id, row.created_at))


def _composed(settings: Settings, row: Row[Any], to: str, values: EmailValues) -> bytes:
    """The finished bytes; equal rows give equal bytes: a second copy is the same mail.

    The store of documents may be at the other end of a network: no transaction is open here.
    """
    kind = MailKind(row.kind)
    attachments = []
    if row.document_key:
        pdf = open_store(settings).get(row.document_key)
        name = f"{row.document_kind}-{row.document_number.replace('/', '-')}.pdf"
        attachments.append(PdfAttachment(file_name=name, content=pdf))
    domain = mailbox(settings.mail_from, "BURSAR_MAIL_FROM").domain
    thread = message_id(row.thread_id, MailKind.INVOICE_ISSUED, domain) if row.thread_id else None
    message = compose(
        kind,
        values,
        to=to,
        sender=settings.mail_from,
        message_id=message_id(row.id, kind.value, domain),
        date=row.created_at.astimezone(UTC),
        thread=thread,
        attachments=attachments,
    )
    return message.as_bytes()
