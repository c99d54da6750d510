"""Whether a mail that is about to go out should: is what it says still so, and may its reader be written to?"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.rules.consequences import Precondition
from models import books
from models.session import raw

_OWED = """EXISTS (
      SELECT FROM invoices i WHERE i.id = e.invoice_id AND i.status = 'open' AND EXISTS (
        SELECT FROM (SELECT sum(l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor
                            - l.written_off_minor) AS minor FROM invoice_lines l WHERE l.invoice_id = i.id) open
        WHERE open.minor > 0 AND open.minor = coalesce(e.owed_minor, open.minor)))"""
HOLDS: dict[Precondition, str] = {
    Precondition.INVOICE_OWED: _OWED,
    Precondition.DUNNING_TRUE: f"""{_OWED} AND EXISTS (
      SELECT FROM dunning_cases k WHERE k.subject_id = e.invoice_id AND k.status IN ('open', 'exhausted')
        AND (k.hold IS NULL OR k.hold_until <= now()))
      AND NOT EXISTS (
        SELECT FROM dunning_steps s JOIN dunning_steps later ON later.case_id = s.case_id AND later.n > s.n
        WHERE s.id = e.subject_id AND later.email_id IS NOT NULL)""",
    Precondition.PAYMENT_MISSING: """EXISTS (
      SELECT FROM payments p LEFT JOIN invoices i ON i.id = p.invoice_id
      WHERE p.id = e.subject_id AND p.status = 'failed'
        AND coalesce(p.occurred_at, p.created_at) > now() - interval '1 day'
        AND NOT EXISTS (
          SELECT FROM gateway_aliases a JOIN checkouts k USING (gateway_account, external_id)
          WHERE a.payment_id = p.id AND k.kind = 'charge' AND k.requested_by = 'dunning')
        AND (i.id IS NULL OR (i.status = 'open' AND i.paid_minor + i.refunded_minor < i.total_minor))
        AND NOT EXISTS (
          SELECT FROM payments q WHERE q.customer_id = p.customer_id AND q.status = 'succeeded'
            AND q.currency = p.currency AND q.amount_minor = p.amount_minor
            AND q.invoice_id IS NOT DISTINCT FROM p.invoice_id AND q.updated_at >= p.created_at))""",
    Precondition.DISPUTE_OPEN: """EXISTS (
      SELECT FROM disputes d WHERE d.id = e.subject_id AND d.status IN ('needs_response', 'under_review'))""",
}
"""When each precondition holds, as SQL over the mail `e`. A failure of yesterday is no news: events may be late."""
LAPSED: dict[Precondition, str] = {
    Precondition.INVOICE_OWED: "the invoice was paid, closed or changed before the mail went out",
    Precondition.PAYMENT_MISSING: "it was paid, is told of by dunning, or is a day old",
    Precondition.DUNNING_TRUE: "the case was over, held, a step further, or its debt another before the mail went out",
    Precondition.DISPUTE_OPEN: "the dispute was over before the mail went out",
}
"""Why a mail goes to nobody then."""


def lock_reader(session: Session, customer_id: UUID | None) -> None:
    """Wait for whoever is just writing about this customer, and let nobody write until the commit."""
    if customer_id is not None:
        books.lock_customers(raw(session), [customer_id])


def why_not(session: Session, row: Row[Any], address: str) -> str | None:
    """Why the mail must not go out now; None when it should. `row`: of `models.queries.mails.mail`."""
    statement = "SELECT reason || ': ' || detail FROM suppressions WHERE address = lower(:address)"
    suppressed = session.scalar(text(statement), {"address": address})
    if suppressed is not None:
        return f"nothing is sent to this address ({suppressed})"
    if row.precondition is None:
        return None
    precondition = Precondition(row.precondition)
    holds = session.scalar(
        text(f"SELECT {HOLDS[precondition]} FROM emails e WHERE e.id = :id"), {"id": row.id}
    )
    return None if holds else LAPSED[precondition]
