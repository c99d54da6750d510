"""Everything that is known of one payment, invoice or customer, from the first event to where the money lies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from models.queries.inbox import uuid_or_none

ROWS_MAX = 1000
"""Rows of one kind in one explanation; more is a report, not an explanation."""


class ReferenceUnknown(Refused):
    """Nothing here has this id, number or reference."""


class ReferenceAmbiguous(Refused):
    """Several rows have this reference; name one by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The subject, and the ids of all that belongs to its story."""

    kind: str
    id: UUID
    label: str
    locale: str
    payments: Sequence[UUID] = ()
    invoices: Sequence[UUID] = ()
    """Told in full: their ledger entries belong to the story."""
    touched: Sequence[UUID] = ()
    """Invoices that the payments paid: only for the rights they grant."""
    refunds: Sequence[UUID] = ()
    enrollments: Sequence[UUID] = ()
    names: Sequence[tuple[str, str]] = field(default_factory=list)
    """(gateway account, external id) of payments, refunds and checkouts."""


_FIND = {
    "payment": """
SELECT p.id, p.gateway_payment_id AS label, coalesce(c.locale, 'en_IN') AS locale
FROM payments p LEFT JOIN customers c ON c.id = p.customer_id
WHERE p.id = :id OR p.gateway_payment_id = :ref
  OR p.id IN (SELECT payment_id FROM gateway_aliases WHERE external_id = :ref
    UNION SELECT payment_id FROM refunds WHERE gateway_refund_id = :ref OR id = :id
    UNION SELECT payment_id FROM receipts WHERE number = :ref)""",
    "invoice": """
SELECT i.id, coalesce(i.number, 'draft ' || i.id) AS label, c.locale
FROM invoices i JOIN customers c ON c.id = i.customer_id
WHERE i.id = :id OR i.number = :ref OR i.source_id = :ref""",
    "customer": """
SELECT c.id, c.external_ref AS label, c.locale FROM customers c
WHERE c.id = :id OR c.external_ref = :ref
  OR c.id IN (SELECT customer_id FROM customer_gateway_refs WHERE external_id = :ref)""",
}
_PAYMENTS = {
    "payment": "SELECT CAST(:id AS uuid)",
    "invoice": """SELECT p.id FROM payments p WHERE p.invoice_id = :id OR p.id IN (
  SELECT k.payment_id FROM ledger_lines k JOIN invoice_lines l ON l.id = k.invoice_line_id WHERE l.invoice_id = :id)""",
    "customer": "SELECT id FROM payments WHERE customer_id = :id",
}
_INVOICES = {
    "payment": "SELECT NULL::uuid WHERE false",
    "invoice": "SELECT CAST(:id AS uuid)",
    "customer": "SELECT id FROM invoices WHERE customer_id = :id",
}
_TOUCHED = """
SELECT DISTINCT l.invoice_id FROM ledger_lines k JOIN invoice_lines l ON l.id = k.invoice_line_id
WHERE k.payment_id = ANY(:payments)"""
_ENROLLMENTS = """
SELECT DISTINCT enrollment_id FROM enrollment_grants WHERE source_type = 'invoice' AND source_id = ANY(:invoices)"""
_NAMES = """
SELECT gateway_account, external_id FROM gateway_aliases WHERE payment_id = ANY(:payments)
UNION SELECT gateway_account, gateway_payment_id FROM payments WHERE id = ANY(:payments)
UNION SELECT gateway_account, gateway_refund_id FROM refunds WHERE id = ANY(:refunds)
UNION SELECT gateway_account, external_id FROM checkouts WHERE invoice_id = ANY(:invoices)"""

_EVENTS = """
WITH names AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:accounts AS text[]), CAST(:external_ids AS text[])) AS n(account, external_id)),
said AS (
  SELECT event_id, data ->> 'payment' AS name FROM facts
  UNION ALL SELECT event_id, data ->> 'refund' FROM facts WHERE data ? 'refund'
  UNION ALL SELECT event_id, data ->> 'checkout' FROM facts WHERE data ? 'checkout'),
told AS (
  SELECT v.id FROM gateway_events v JOIN names n ON (v.gateway_account, v.object_id) = (n.account, n.external_id)
  UNION SELECT v.id FROM said s JOIN names n ON n.external_id = s.name
    JOIN gateway_events v ON v.id = s.event_id AND v.gateway_account = n.account
  UNION SELECT v.id FROM gateway_events v JOIN names n ON v.waiting_for = n.account || '/' || n.external_id)
SELECT v.id, v.received_at, v.gateway_account, v.gateway_event_id, v.type, v.state, v.failures, v.crashes, v.error,
  v.waiting_for, v.done_at
FROM gateway_events v WHERE v.id IN (SELECT id FROM told) ORDER BY v.id LIMIT :limit"""
_FACTS = """
SELECT f.event_id, f.kind, f.data, f.apply_seq, f.applied_at FROM facts f WHERE f.event_id = ANY(:events)
ORDER BY f.apply_seq LIMIT :limit"""
_AUDITS = """
SELECT id, at, actor, action, subject_type, subject_id, detail FROM audit_log WHERE subject_id = ANY(:subjects)
ORDER BY id LIMIT :limit"""
_LEDGER = """
SELECT e.id, e.posted_at, e.cause_type, e.cause_id, e.kind, e.policy, k.account, k.amount_minor, k.currency,
  i.number AS invoice, l.component, p.gateway_payment_id AS payment
FROM ledger_entries e JOIN ledger_lines k ON k.entry_id = e.id
LEFT JOIN invoice_lines l ON l.id = k.invoice_line_id LEFT JOIN invoices i ON i.id = l.invoice_id
LEFT JOIN payments p ON p.id = k.payment_id
WHERE e.id IN (
  SELECT entry_id FROM ledger_lines WHERE payment_id = ANY(:ledger_payments)
  UNION SELECT k.entry_id FROM ledger_lines k JOIN invoice_lines l ON l.id = k.invoice_line_id
    WHERE l.invoice_id = ANY(:invoices))
ORDER BY e.id, k.amount_minor < 0, i.opened_seq NULLS FIRST, l.priority, l.position, k.n LIMIT :limit"""
_DOCUMENTS = """
SELECT d.id, d.kind, d.subject_id, d.state, d.error, d.created_at, d.done_at, d.size_bytes, r.number
FROM documents d LEFT JOIN receipts r ON r.payment_id = d.subject_id
WHERE d.subject_id = ANY(:payments) ORDER BY d.id LIMIT :limit"""
_MAILS = """
SELECT id, kind, subject_id, state, send_state, copies, error, created_at, sent_at, done_at FROM emails
WHERE subject_id = ANY(:subjects) ORDER BY id LIMIT :limit"""
_UNLOCKS = """
SELECT u.id, u.unlocked_at, t.slug AS track, p.title AS project FROM unlocks u
JOIN projects p ON p.id = u.project_id JOIN tracks t ON t.id = p.track_id
WHERE u.enrollment_id = ANY(:enrollments) ORDER BY u.unlocked_at, p.position LIMIT :limit"""
_BREAKS = """
SELECT id, kind, subject, detail, opened_at, resolved_at, resolution FROM breaks WHERE subject = ANY(:subjects)
ORDER BY opened_at, id LIMIT :limit"""
_PAYMENTS_NOW = """
SELECT id, gateway_account, gateway_payment_id, status, currency, amount_minor, refunded_minor, credit_minor,
  unidentified_minor, suspense_minor
FROM payments WHERE id = ANY(:payments) ORDER BY applied_seq NULLS LAST, id LIMIT :limit"""
_ALLOCATED = """
SELECT k.payment_id, i.number AS invoice, l.component, -sum(k.amount_minor)::bigint AS amount_minor
FROM ledger_lines k JOIN invoice_lines l ON l.id = k.invoice_line_id JOIN invoices i ON i.id = l.invoice_id
WHERE k.account = 'receivable' AND k.payment_id = ANY(:payments)
GROUP BY k.payment_id, i.number, i.opened_seq, l.priority, l.position, l.component
HAVING sum(k.amount_minor) <> 0 ORDER BY i.opened_seq, l.priority, l.position LIMIT :limit"""
_LINES_NOW = """
SELECT i.id, i.number, i.status, i.currency, l.component, l.gross_minor, l.allocated_minor, l.refunded_minor
FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id
WHERE i.id = ANY(:invoices) ORDER BY i.opened_seq, l.priority, l.position LIMIT :limit"""
_RIGHTS_NOW = """
SELECT e.id, t.slug AS track, e.desired, e.observed FROM enrollments e JOIN tracks t ON t.id = e.track_id
WHERE e.id = ANY(:enrollments) ORDER BY t.slug LIMIT :limit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The rows of a timeline, kind by kind, and of where the money lies now."""

    events: Sequence[Row[Any]]
    facts: Sequence[Row[Any]]
    audits: Sequence[Row[Any]]
    ledger: Sequence[Row[Any]]
    """One row per leg, entry by entry."""
    documents: Sequence[Row[Any]]
    mails: Sequence[Row[Any]]
    unlocks: Sequence[Row[Any]]
    breaks: Sequence[Row[Any]]
    payments: Sequence[Row[Any]]
    allocated: Sequence[Row[Any]]
    lines: Sequence[Row[Any]]
    rights: Sequence[Row[Any]]

    @property
    def cut(self) -> bool:
        """Whether some kind had more rows than one explanation shows."""
        kinds = (self.events, self.facts, self.audits, self.ledger, self.documents, self.mails, self.breaks)
        return any(len(kind) == ROWS_MAX for kind in kinds)


def get_scope(session: Session, kind: str, ref: str) -> Scope:
    """What belongs to a payment, invoice or customer. Raises ReferenceUnknown or ReferenceAmbiguous."""
    found = session.execute(text(f"{_FIND[kind]} LIMIT 3"), {"id": uuid_or_none(ref), "ref": ref}).all()
    if not found:
        raise ReferenceUnknown(f"no {kind} is called {ref!r}")
    if len(found) > 1:
        ids = ", ".join(str(row.id) for row in found)
        raise ReferenceAmbiguous(f"several {kind}s are called {ref!r}; name one by its id: {ids}")
    [subject] = found
    payments = _ids(session, _PAYMENTS[kind], id=subject.id)
    invoices = _ids(session, _INVOICES[kind], id=subject.id)
    touched = _ids(session, _TOUCHED, payments=payments) if kind == "payment" else []
    refunds = _ids(session, "SELECT id FROM refunds WHERE payment_id = ANY(:payments)", payments=payments)
    named = {"payments": payments, "refunds": refunds, "invoices": invoices}
    return Scope(
        kind=kind,
        id=subject.id,
        label=subject.label,
        locale=subject.locale,
        payments=payments,
        invoices=invoices,
        touched=touched,
        refunds=refunds,
        enrollments=_ids(session, _ENROLLMENTS, invoices=[*invoices, *touched]),
        names=[(row[0], row[1]) for row in session.execute(text(_NAMES), named)],
    )


def get_story(session: Session, scope: Scope) -> Story:
    """Everything that happened within a scope, and where the money lies now."""
    accounts, external_ids = [name[0] for name in scope.names], [name[1] for name in scope.names]
    events = _rows(session, _EVENTS, accounts=accounts, external_ids=external_ids)
    documents = _rows(session, _DOCUMENTS, payments=scope.payments)
    mails = _rows(session, _MAILS, subjects=[*scope.payments, *scope.refunds, *scope.enrollments])
    event_ids = [row.id for row in events]
    consequences = [row.id for row in (*documents, *mails)]
    own = [*scope.payments, *scope.refunds, *scope.invoices, *scope.enrollments]
    return Story(
        events=events,
        facts=_rows(session, _FACTS, events=event_ids),
        audits=_rows(session, _AUDITS, subjects=[*own, *event_ids, *consequences]),
        ledger=_rows(
            session,
            _LEDGER,
            ledger_payments=[] if scope.kind == "invoice" else scope.payments,
            invoices=scope.invoices,
        ),
        documents=documents,
        mails=mails,
        unlocks=_rows(session, _UNLOCKS, enrollments=scope.enrollments),
        breaks=_rows(session, _BREAKS, subjects=_break_subjects(scope, documents, mails, event_ids)),
        payments=_rows(session, _PAYMENTS_NOW, payments=scope.payments),
        allocated=_rows(session, _ALLOCATED, payments=scope.payments),
        lines=_rows(session, _LINES_NOW, invoices=scope.invoices),
        rights=_rows(session, _RIGHTS_NOW, enrollments=scope.enrollments),
    )


def _break_subjects(
    scope: Scope, documents: Sequence[Row[Any]], mails: Sequence[Row[Any]], events: Sequence[UUID]
) -> list[str]:
    subjects = {
        "payment": scope.payments,
        "refund": scope.refunds,
        "invoice": scope.invoices,
        "document": [row.id for row in documents],
        "email": [row.id for row in mails],
        "event": events,
    }
    return [f"{kind}:{each}" for kind, ids in subjects.items() for each in ids]


def _ids(session: Session, statement: str, **parameters: object) -> list[UUID]:
    return list(session.scalars(text(statement), parameters))


def _rows(session: Session, statement: str, **parameters: Any) -> Sequence[Row[Any]]:
    lists = {name: list(value) for name, value in parameters.items()}
    return session.execute(text(statement), lists | {"limit": ROWS_MAX}).all()
