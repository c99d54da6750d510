"""Mails as operators look at them: what went to whom, and the same once more because a person wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id

_MAIL = """
SELECT e.id, e.kind, coalesce(c.email, CASE WHEN e.customer_id IS NULL THEN 'operators' END) AS to, e.state,
  e.send_state, e.copies, e.failures, nullif(e.not_before, 'infinity') AS not_before, e.created_at, e.sent_at,
  e.error, e.answer, e.said, coalesce(i.number, p.gateway_payment_id, d.gateway_dispute_id, c.external_ref) AS about,
  s.reason AS suppressed
FROM emails e LEFT JOIN customers c ON c.id = e.customer_id
LEFT JOIN invoices i ON i.id = coalesce(e.invoice_id, e.subject_id)
LEFT JOIN payments p ON p.id = e.subject_id LEFT JOIN disputes d ON d.id = e.subject_id
LEFT JOIN suppressions s ON s.address = lower(c.email)
"""
_AGAIN = """
INSERT INTO emails (id, kind, dedupe_key, customer_id, subject_id, said, invoice_id, precondition, owed_minor, document_id)
SELECT CAST(:again AS uuid), kind, dedupe_key || '/again/' || :again, customer_id, subject_id, said, invoice_id, precondition,
  owed_minor, document_id
FROM emails WHERE id = :id AND state IN ('done', 'dead', 'ignored') RETURNING id
"""


class NoSuchMail(Refused):
    """No mail has this id."""


class MailOnItsWay(Refused):
    """The mail has not ended yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSearch:
    """Which mails; None does not narrow."""

    kind: str | None = None
    send_state: str | None = None
    customer: str | None = None
    limit: int


def find_mails(session: Session, search: MailSearch) -> Sequence[Row[Any]]:
    """The newest first."""
    statement = f"""{_MAIL} WHERE (CAST(:kind AS text) IS NULL OR e.kind = :kind)
      AND (CAST(:send_state AS text) IS NULL OR e.send_state = :send_state)
      AND (CAST(:customer AS text) IS NULL OR c.external_ref = :customer) ORDER BY e.id DESC LIMIT :limit"""
    parameters = {
        "kind": search.kind,
        "send_state": search.send_state,
        "customer": search.customer,
        "limit": search.limit,
    }
    return session.execute(text(statement), parameters).all()


def get_mail(session: Session, row_id: UUID) -> Row[Any]:
    """One mail. Raises NoSuchMail."""
    found = session.execute(text(f"{_MAIL} WHERE e.id = :id"), {"id": row_id}).one_or_none()
    if found is None:
        raise NoSuchMail(f"no mail has the id {row_id}; `bursar emails list` shows them")
    return found


def reserve_again(session: Session, row_id: UUID) -> UUID:
    """The same mail as another row, due at once. Raises NoSuchMail or MailOnItsWay.

    Not the same row: its Message-ID and its count of copies say what happened, and stay as they are.
    """
    again = new_id()
    if session.scalar(text(_AGAIN), {"again": str(again), "id": row_id}) is None:
        row = get_mail(session, row_id)
        raise MailOnItsWay(f"mail {row.id} is {row.state}: it goes out by itself")
    return again
