"""What a mail needs to know, and how far it went."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.consequences import MailKind, Precondition, SendState
from models.arrays import Array
from models.session import raw
from models.work import ERROR_LENGTH_MAX, Claim

_MAIL = """
SELECT e.id, e.kind, e.customer_id, e.subject_id, e.said, e.precondition, e.send_state, e.copies, e.created_at,
  coalesce(c.name, '') AS name, c.email, coalesce(c.locale, 'en_IN') AS locale,
  e.document_id, d.blob_key AS document_key, d.kind AS document_kind, coalesce(r.number, i.number) AS document_number, r.snapshot,
  e.customer_id = p.customer_id AS still_theirs, t.id AS thread_id
FROM emails e LEFT JOIN customers c ON c.id = e.customer_id
LEFT JOIN documents d ON d.id = e.document_id AND d.state = 'done'
LEFT JOIN receipts r ON r.payment_id = e.subject_id LEFT JOIN payments p ON p.id = e.subject_id
LEFT JOIN invoices i ON i.id = e.invoice_id
LEFT JOIN emails t ON t.dedupe_key = 'invoice.issued/' || e.invoice_id AND t.id <> e.id AND t.copies > 0
WHERE e.id = :id
"""
_ENQUEUE = """
INSERT INTO emails (id, kind, dedupe_key, customer_id, subject_id, said, invoice_id, precondition, owed_minor,
  document_id, not_before)
SELECT n.id, n.kind, n.dedupe_key, n.customer_id, n.subject_id, n.said::jsonb, n.invoice_id, n.precondition,
  n.owed_minor, n.document_id, CASE WHEN d.id IS NULL OR d.state IN ('done', 'dead')
    THEN now() + make_interval(secs => n.wait_s) ELSE 'infinity' END
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[],
    %s::int8[], %s::uuid[], %s::float8[])
  AS n(id, kind, dedupe_key, customer_id, subject_id, said, invoice_id, precondition, owed_minor, document_id, wait_s)
LEFT JOIN documents d ON d.id = n.document_id
ON CONFLICT (dedupe_key) DO NOTHING RETURNING id, not_before <= now()
"""
_ENQUEUE_TYPES = ("uuid", "text", "text", "uuid", "uuid", "text", "uuid", "text", "int8", "uuid", "float8")
_ADVANCE = """
UPDATE emails SET send_state = :send_state, copies = copies + :copies,
  sent_at = CASE WHEN :send_state = 'sent' THEN now() ELSE sent_at END, answer = coalesce(:answer, answer),
  state = :state, error_class = :error_class, error = :error,
  not_before = CASE WHEN :state = 'pending' THEN now() + interval '30 seconds' ELSE not_before END,
  done_at = CASE WHEN :state IN ('done', 'dead', 'ignored') THEN now() END,
  lease_until = CASE WHEN :state = 'running' THEN lease_until END,
  claim_token = CASE WHEN :state = 'running' THEN claim_token END
WHERE id = :id AND claim_token = :token RETURNING id
"""


class MailRow(NamedTuple):
    """A mail to be reserved."""

    kind: MailKind
    dedupe_key: str
    customer_id: UUID | None
    subject_id: UUID
    said: str | None
    invoice_id: UUID | None
    precondition: Precondition | None
    owed_minor: int | None
    document_id: UUID | None
    wait_s: float


def enqueue(session: Session, mails: Sequence[MailRow]) -> list[UUID]:
    """Reserve mails, each once per dedupe key, in one statement; the ids of those that are due now."""
    if not mails:
        return []
    rows = [(new_id(), *mail) for mail in sorted(mails, key=lambda mail: mail.dedupe_key)]
    columns = zip(_ENQUEUE_TYPES, zip(*rows, strict=True), strict=True)
    found = raw(session).execute(_ENQUEUE, [Array(name, column) for name, column in columns])
    return [row_id for row_id, due in found if due]


def mail(session: Session, row_id: UUID) -> Row[Any]:
    """A mail with its recipient, its finished document and the frozen receipt of its payment."""
    return session.execute(text(_MAIL), {"id": row_id}).one()


def advance(
    session: Session,
    held: Claim,
    row_id: UUID,
    send_state: SendState,
    state: str,
    reason: str | None = None,
    answer: str | None = None,
) -> bool:
    """Move a mail one step, if it is still ours. `sending` counts a copy: from here on it may be out."""
    moved = session.scalar(
        text(_ADVANCE),
        {
            "id": row_id,
            "token": held.token,
            "send_state": send_state,
            "copies": 1 if send_state is SendState.SENDING else 0,
            "state": state,
            "error": reason and reason[:ERROR_LENGTH_MAX],
            "error_class": reason and send_state.value,
            "answer": answer and answer[:ERROR_LENGTH_MAX],
        },
    )
    return moved is not None


def put_off(
    session: Session, held: Claim, row_id: UUID, wait_s: float, reason: str, error_class: str
) -> None:
    """Not now: it is due again after so many seconds. Counts as no failure of this mail."""
    session.execute(
        text(
            """UPDATE emails SET state = 'pending', lease_until = NULL, claim_token = NULL, error = :reason,
                 error_class = :error_class, not_before = now() + make_interval(secs => :wait_s)
               WHERE id = :id AND claim_token = :token"""
        ),
        {
            "id": row_id,
            "token": held.token,
            "wait_s": wait_s,
            "reason": reason[:ERROR_LENGTH_MAX],
            "error_class": error_class,
        },
    )


def put_aside(session: Session, held: Claim, row_id: UUID, reason: str, error_class: str) -> None:
    """Nobody gets this mail, and that is right. How far an earlier copy of it went stays on the row."""
    session.execute(
        text(
            """UPDATE emails SET state = 'ignored', error = :reason, error_class = :error_class, done_at = now(),
                 lease_until = NULL, claim_token = NULL WHERE id = :id AND claim_token = :token"""
        ),
        {
            "id": row_id,
            "token": held.token,
            "reason": reason[:ERROR_LENGTH_MAX],
            "error_class": error_class,
        },
    )


def retract(session: Session, held: Claim, row_id: UUID) -> None:
    """The server said no before it took the mail: this copy is certainly not out and does not count."""
    session.execute(
        text(
            """UPDATE emails SET copies = copies - 1, send_state = CASE WHEN copies > 1 THEN 'unknown' ELSE 'reserved' END
               WHERE id = :id AND claim_token = :token AND send_state = 'sending'"""
        ),
        {"id": row_id, "token": held.token},
    )


def lost_while_sending(session: Session) -> Sequence[Row[Any]]:
    """Mails whose worker died after `sending` was committed: nobody knows whether they went out."""
    return session.execute(
        text(
            """SELECT id, kind, copies, claim_token FROM emails
               WHERE state = 'running' AND send_state = 'sending' AND lease_until < now()
               ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"""
        )
    ).all()
