"""Everything that is known within a scope, from the first event to where the money lies now. By indexes only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.rules.consequences import DocumentKind, MailKind
from models.queries import subscriptions
from models.queries.references import ROWS_MAX, Scope

_EVENTS = """
WITH told AS (
  SELECT event_id AS id FROM facts WHERE payment_id = ANY(:payments) AND payment_id IS NOT NULL
    AND (CAST(:fact AS text) IS NULL OR data ->> :fact = :label)
  UNION SELECT v.id FROM unnest(CAST(:accounts AS text[]), CAST(:event_keys AS text[])) AS n(account, event_key)
    JOIN gateway_events v ON v.gateway_account = n.account AND v.dedupe_key = n.event_key
  UNION SELECT id FROM gateway_events WHERE waiting_for = ANY(:waiting) AND waiting_for IS NOT NULL
  UNION SELECT id FROM gateway_events
    WHERE error IS NOT NULL AND state IN ('dead', 'ignored') AND object_id = ANY(:names)
  UNION SELECT id FROM gateway_events WHERE done_at IS NULL AND object_id = ANY(:names))
SELECT v.id, v.received_at, v.source, v.gateway_account, v.gateway_event_id, v.type, v.state, v.failures, v.crashes, v.error,
  v.waiting_for, nullif(v.not_before, 'infinity') AS not_before, v.done_at
FROM gateway_events v WHERE v.id IN (SELECT id FROM told) ORDER BY v.id LIMIT :limit"""
_FACTS = """
SELECT f.event_id, f.kind, f.data, f.payment_id, f.apply_seq, f.applied_at FROM facts f
WHERE f.event_id = ANY(:events) ORDER BY f.apply_seq LIMIT :limit"""
_AUDITS = """
SELECT id, at, actor, action, subject_type, subject_id, detail FROM audit_log WHERE subject_id = ANY(:subjects)
ORDER BY id LIMIT :limit"""
_LEDGER = """
WITH told AS MATERIALIZED (
  SELECT entry_id FROM ledger_lines WHERE payment_id = ANY(:ledger_payments) AND payment_id IS NOT NULL
  UNION SELECT entry_id FROM ledger_lines WHERE dispute_id = ANY(:disputes) AND dispute_id IS NOT NULL
  UNION SELECT entry_id FROM ledger_lines WHERE invoice_line_id = ANY(:lines) AND invoice_line_id IS NOT NULL
  UNION SELECT id FROM ledger_entries WHERE cause_type = ANY('{refund,dispute,movement}') AND cause_id = ANY(:causes)
  ORDER BY 1 LIMIT :limit)
SELECT e.id, e.posted_at, e.cause_type, e.cause_id, e.kind, e.policy, m.kind AS movement, k.account, k.amount_minor,
  k.currency, i.number AS invoice, l.component, p.gateway_payment_id AS payment
FROM told JOIN ledger_entries e ON e.id = told.entry_id JOIN ledger_lines k ON k.entry_id = e.id
LEFT JOIN movements m ON e.cause_type = 'movement' AND m.id = e.cause_id
LEFT JOIN invoice_lines l ON l.id = k.invoice_line_id LEFT JOIN invoices i ON i.id = l.invoice_id
LEFT JOIN payments p ON p.id = k.payment_id
ORDER BY e.id, k.amount_minor < 0, i.opened_seq NULLS FIRST, l.priority, l.position, k.n LIMIT :limit"""
_DOCUMENTS = """
SELECT d.id, d.kind, d.subject_id, d.state, d.failures, nullif(d.not_before, 'infinity') AS not_before, d.error, d.created_at, d.done_at, d.size_bytes,
  r.number
FROM documents d LEFT JOIN receipts r ON r.payment_id = d.subject_id
WHERE d.kind = ANY(:kinds) AND d.subject_id = ANY(:payments) ORDER BY d.id LIMIT :limit"""
_MAILS = """
SELECT id, kind, subject_id, document_id, state, send_state, copies, failures, nullif(not_before, 'infinity') AS not_before,
  error_class, error,
  created_at, sent_at, done_at
FROM emails WHERE dedupe_key = ANY(:keys) OR invoice_id = ANY(:invoices) ORDER BY id LIMIT :limit"""
_UNLOCKS = """
SELECT u.unlocked_at, t.slug AS track, p.title AS project FROM unlocks u
JOIN projects p ON p.id = u.project_id JOIN tracks t ON t.id = p.track_id
WHERE u.enrollment_id = ANY(:enrollments) ORDER BY u.unlocked_at, p.position LIMIT :limit"""
_BREAKS = """
SELECT id, kind, subject, detail, owner, opened_at, resolved_at, resolution FROM breaks
WHERE subject = ANY(:subjects) ORDER BY opened_at, id LIMIT :limit"""
_MOVEMENTS = """
SELECT m.id, m.gateway_account, m.kind, m.external_id, m.about, m.amount_minor, m.currency, m.tax_minor,
  m.counter_minor, m.counter_currency, m.dispute_id, m.event_key
FROM unnest(CAST(:accounts AS text[]), CAST(:names AS text[])) AS n(account, name)
JOIN movements m ON m.gateway_account = n.account AND m.about = n.name ORDER BY m.id LIMIT :limit"""
_PAYMENTS_NOW = """
SELECT p.id, p.gateway_account, p.gateway_payment_id, p.status, p.currency, p.amount_minor, p.refunded_minor,
  p.lost_minor, p.credit_minor, p.held_minor, p.unidentified_minor, p.suspense_minor, p.refund_watermark_minor,
  p.disputed, p.evidence, p.claim, c.external_ref AS customer, p.invoice_id, i.number AS invoice,
  i.currency AS invoice_currency, i.status AS invoice_status, p.created_at, a.decline_code
FROM payments p LEFT JOIN customers c ON c.id = p.customer_id LEFT JOIN invoices i ON i.id = p.invoice_id
LEFT JOIN LATERAL (SELECT decline_code FROM payment_attempts WHERE payment_id = p.id ORDER BY id DESC LIMIT 1) a ON true
WHERE p.id = ANY(:payments) ORDER BY p.applied_seq NULLS LAST, p.id LIMIT :limit"""
_REFUNDS_NOW = """
SELECT r.id, r.payment_id, r.gateway_refund_id, r.status, r.amount_minor, r.currency, r.effect, r.reason, r.created_at
FROM refunds r WHERE r.payment_id = ANY(:payments) ORDER BY r.id LIMIT :limit"""
_DISPUTES_NOW = """
SELECT d.id, d.payment_id, d.gateway_dispute_id, d.status, d.amount_minor, d.currency, d.reason, d.respond_by,
  d.created_at
FROM disputes d WHERE d.payment_id = ANY(:payments) ORDER BY d.id LIMIT :limit"""
_ALLOCATED = """
SELECT k.payment_id, i.number AS invoice, l.component, -sum(k.amount_minor)::bigint AS amount_minor
FROM ledger_lines k JOIN invoice_lines l ON l.id = k.invoice_line_id JOIN invoices i ON i.id = l.invoice_id
WHERE k.account = 'receivable' AND k.payment_id = ANY(:payments) AND k.payment_id IS NOT NULL
GROUP BY k.payment_id, i.number, i.opened_seq, l.priority, l.position, l.component
HAVING sum(k.amount_minor) <> 0 ORDER BY i.opened_seq, l.priority, l.position LIMIT :limit"""
_LINES_NOW = """
SELECT i.id, i.number, i.source_id, i.status, i.currency, i.due_on, i.contested, l.component, l.gross_minor,
  l.allocated_minor, l.refunded_minor, l.credited_minor, l.written_off_minor
FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id
WHERE i.id = ANY(:invoices) ORDER BY i.opened_seq, i.id, l.priority, l.position LIMIT :limit"""
_CHECKOUTS_NOW = """
SELECT id, invoice_id, external_id, status, amount_minor, currency, expires_at, created_at
FROM checkouts WHERE invoice_id = ANY(:invoices) ORDER BY created_at, id LIMIT :limit"""
_RIGHTS_NOW = """
SELECT e.id, t.slug AS track, e.desired, e.observed, e.state, e.failures, nullif(e.not_before, 'infinity') AS not_before,
  e.error
FROM enrollments e JOIN tracks t ON t.id = e.track_id
WHERE e.id = ANY(:enrollments) ORDER BY t.slug LIMIT :limit"""
_GRANTS_NOW = """
SELECT g.enrollment_id, g.state, i.id AS invoice_id, i.number AS invoice, i.status, i.currency, i.total_minor,
  i.paid_minor, i.refunded_minor, i.contested, t.unlock_rule, t.unlock_share_bp, t.withdraw_share_bp
FROM enrollment_grants g JOIN enrollments e ON e.id = g.enrollment_id JOIN tracks t ON t.id = e.track_id
JOIN invoices i ON g.source_type = 'invoice' AND i.id = g.source_id
WHERE g.enrollment_id = ANY(:enrollments) ORDER BY i.opened_seq NULLS LAST, i.id LIMIT :limit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The rows of a timeline, kind by kind, and of how everything stands now."""

    now: datetime
    scope: Scope
    events: Sequence[Row[Any]]
    facts: Sequence[Row[Any]]
    audits: Sequence[Row[Any]]
    ledger: Sequence[Row[Any]]
    """One row per leg, entry by entry."""
    documents: Sequence[Row[Any]]
    mails: Sequence[Row[Any]]
    unlocks: Sequence[Row[Any]]
    breaks: Sequence[Row[Any]]
    movements: Sequence[Row[Any]]
    payments: Sequence[Row[Any]]
    refunds: Sequence[Row[Any]]
    """Every refund of the payments, also where only one of them is told."""
    disputes: Sequence[Row[Any]]
    allocated: Sequence[Row[Any]]
    lines: Sequence[Row[Any]]
    checkouts: Sequence[Row[Any]]
    rights: Sequence[Row[Any]]
    grants: Sequence[Row[Any]]
    subscriptions: Sequence[Row[Any]]
    """Only of a customer: what gateways bill is no invoice of ours."""

    @property
    def cut(self) -> bool:
        """Whether some kind had more rows than one explanation shows."""
        kinds = (self.events, self.facts, self.audits, self.ledger, self.documents, self.mails, self.breaks)
        scope = (self.scope.payments, self.scope.invoices, self.scope.refunds, self.scope.names)
        return any(len(kind) >= ROWS_MAX for kind in (*kinds, *scope))


def get_story(session: Session, scope: Scope) -> Story:
    """Everything that happened within a scope, and how it stands now."""
    payments = _rows(session, _PAYMENTS_NOW, payments=scope.payments)
    movements = _rows(session, _MOVEMENTS, **_named(scope))
    events = _events(session, scope, movements)
    documents, mails = _papers(session, scope)
    checkouts = _rows(session, _CHECKOUTS_NOW, invoices=scope.invoices)
    event_ids = [row.id for row in events]
    consequences = [row.id for row in (*documents, *mails, *checkouts)]
    breaks = _rows(session, _BREAKS, subjects=_subjects(scope, documents, mails, movements, event_ids))
    subscribed = subscriptions.of_customer(session, scope.id, ROWS_MAX) if scope.kind == "customer" else []
    own = [*_own(scope), *(row.id for row in subscribed)]
    told = [*own, *event_ids, *consequences, *(row.id for row in breaks)]
    return Story(
        now=session.execute(text("SELECT now()")).scalar_one(),
        scope=scope,
        events=events,
        facts=_rows(session, _FACTS, events=event_ids),
        audits=_rows(session, _AUDITS, subjects=told),
        ledger=_ledger(session, scope, [row.id for row in movements]),
        documents=documents,
        mails=mails,
        unlocks=_rows(session, _UNLOCKS, enrollments=scope.enrollments),
        breaks=breaks,
        movements=movements,
        payments=payments,
        refunds=_rows(session, _REFUNDS_NOW, payments=scope.payments),
        disputes=_rows(session, _DISPUTES_NOW, payments=scope.payments),
        allocated=_rows(session, _ALLOCATED, payments=scope.payments),
        lines=_rows(session, _LINES_NOW, invoices=scope.invoices or scope.touched),
        checkouts=checkouts,
        rights=_rows(session, _RIGHTS_NOW, enrollments=scope.enrollments),
        grants=_rows(session, _GRANTS_NOW, enrollments=scope.enrollments),
        subscriptions=subscribed,
    )


def _is_part(scope: Scope) -> bool:
    """Whether the story is of a part of a payment: a refund or a dispute."""
    return scope.kind in {"refund", "dispute"}


def _own(scope: Scope) -> list[UUID]:
    money = [] if _is_part(scope) else scope.payments
    return [*money, *scope.refunds, *scope.disputes, *scope.invoices, *scope.enrollments]


def _named(scope: Scope) -> dict[str, list[str]]:
    return {"accounts": [name[0] for name in scope.names], "names": [name[1] for name in scope.names]}


def _events(session: Session, scope: Scope, movements: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """What gateways told of it: by its facts and movements, and what waits for it or was never applied."""
    keys = ["/".join(name) for name in scope.names]
    parameters = {
        "payments": list(scope.payments),
        "fact": scope.kind if _is_part(scope) else None,
        "label": scope.label,
        "accounts": [row.gateway_account for row in movements],
        "event_keys": [row.event_key for row in movements],
        "waiting": keys,  # what waits for a fetch is found by the object it names
        "names": _named(scope)["names"],
        "limit": ROWS_MAX,
    }
    return session.execute(text(_EVENTS), parameters).all()


def _papers(session: Session, scope: Scope) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """Documents and mails; the story of a right or of a part of a payment is told without its receipt."""
    money = [] if _is_part(scope) or scope.kind == "enrollment" else scope.payments
    rights = [] if _is_part(scope) else scope.enrollments
    about = (*money, *scope.refunds, *scope.disputes, *rights)
    keys = [f"{kind}/{each}" for each in about for kind in MailKind]
    documents = _rows(session, _DOCUMENTS, kinds=[kind.value for kind in DocumentKind], payments=money)
    return documents, _rows(session, _MAILS, keys=keys, invoices=[] if _is_part(scope) else scope.invoices)


def _ledger(session: Session, scope: Scope, movements: Sequence[UUID]) -> Sequence[Row[Any]]:
    tells_payments = scope.kind in {"payment", "customer"}
    tells_disputes = tells_payments or scope.kind == "dispute"
    own = [scope.id] if _is_part(scope) else []
    return _rows(
        session,
        _LEDGER,
        ledger_payments=scope.payments if tells_payments else [],
        disputes=scope.disputes if tells_disputes else [],
        causes=[*own, *movements] if tells_payments or own else [],
        lines=scope.lines,
    )


def _subjects(
    scope: Scope,
    documents: Sequence[Row[Any]],
    mails: Sequence[Row[Any]],
    movements: Sequence[Row[Any]],
    events: Sequence[UUID],
) -> list[str]:
    subjects = {
        "payment": scope.payments,
        "refund": scope.refunds,
        "dispute": scope.disputes,
        "invoice": scope.invoices,
        "document": [row.id for row in documents],
        "email": [row.id for row in mails],
        "movement": [row.id for row in movements],
        "event": events,
    }
    return [f"{kind}:{each}" for kind, ids in subjects.items() for each in ids]


def _rows(session: Session, statement: str, **parameters: Any) -> Sequence[Row[Any]]:
    lists = {name: list(value) for name, value in parameters.items()}
    return session.execute(text(statement), lists | {"limit": ROWS_MAX}).all()
