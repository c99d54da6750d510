"""What must be known before anybody is asked for money: what was not heard or applied yet, and the cards there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

GRACE_S = 60.0
"""Seconds. What a gateway's own book has shown for so long must be known here before a step is taken."""
_UNHEARD = """
SELECT a.account FROM unnest(CAST(:accounts AS text[])) a(account)
WHERE NOT EXISTS (
  SELECT FROM reconciliation_runs r
  WHERE r.gateway_account = a.account AND r.kind = 'backfill' AND r.state IN ('done', 'ignored')
    AND r.until >= CAST(:now AS timestamptz) - make_interval(secs => :grace_s)
    AND (r.periodic OR r.since <= (SELECT max(p.until) FROM reconciliation_runs p
      WHERE p.gateway_account = a.account AND p.kind = 'backfill' AND p.periodic AND p.state IN ('done', 'ignored'))))
ORDER BY a.account
"""
_BACKLOG = """
SELECT EXISTS (SELECT FROM gateway_events
  WHERE done_at IS NULL AND state IN ('pending', 'running') AND (waiting_for IS NULL OR waiting_for LIKE 'fetch:%')
    AND least(occurred_at, received_at) < CAST(:now AS timestamptz) - make_interval(secs => :grace_s))
"""
_NAMED = """
WITH names AS (
  SELECT gateway_account AS account, external_id AS name FROM customer_gateway_refs WHERE customer_id = :customer_id
  UNION SELECT gateway_account, gateway_payment_id FROM payments WHERE customer_id = :customer_id
  UNION SELECT x.gateway_account, x.external_id FROM checkouts x JOIN invoices i ON i.id = x.invoice_id
    WHERE i.customer_id = :customer_id AND x.external_id IS NOT NULL)
SELECT e.type FROM names n JOIN gateway_events e ON e.object_id = n.name AND e.gateway_account = n.account
WHERE (e.done_at IS NULL AND e.state IN ('pending', 'running')) OR (e.state = 'dead' AND e.error IS NOT NULL)
UNION ALL
SELECT e.type FROM names n JOIN gateway_events e ON e.waiting_for = n.account || '/' || n.name
WHERE e.waiting_for IS NOT NULL AND e.state = 'pending'
LIMIT 1
"""
_CARDS = """
SELECT r.gateway_account, m.external_id AS method, m.data ->> 'brand' AS brand, m.data ->> 'type' AS type,
  m.data ->> 'last4' AS last4, m.data ->> 'fingerprint' AS fingerprint,
  coalesce(m.occurred_at, m.created_at) AS saved_at
FROM customer_gateway_refs r
JOIN gateway_objects m ON m.gateway_account = r.gateway_account AND m.kind = 'payment_method'
  AND m.data ->> 'gateway_customer' = r.external_id
LEFT JOIN gateway_objects c ON c.gateway_account = r.gateway_account AND c.kind = 'customer'
  AND c.external_id = r.external_id
WHERE r.customer_id = :customer_id AND m.status = 'attached'
ORDER BY (c.data ->> 'default_method' = m.external_id) DESC NULLS LAST, m.occurred_at DESC NULLS LAST, m.external_id
"""
_CHARGES = """
WITH cards AS (
  SELECT DISTINCT a.account, o.external_id AS method, coalesce(a.fingerprint, a.method) AS card
  FROM unnest(CAST(:accounts AS text[]), CAST(:methods AS text[]), CAST(:fingerprints AS text[]))
    AS a(account, method, fingerprint)
  JOIN gateway_objects o ON o.gateway_account = a.account AND o.kind = 'payment_method'
    AND (o.data ->> 'fingerprint' = a.fingerprint OR o.external_id = a.method))
SELECT a.account || '/' || a.card AS card, g.params ->> 'payment_method' AS method, x.invoice_id, x.status,
  coalesce(g.sent_at, g.created_at) AS at, x.amount_minor, x.currency,
  coalesce(x.decline_code, g.failure ->> 'decline_code') AS decline_code,
  coalesce(x.advice_code, g.failure ->> 'advice_code') AS advice_code, g.failure ->> 'network_code' AS network_code
FROM cards a JOIN gateway_calls g ON g.operation = 'charge' AND g.gateway_account = a.account
  AND g.params ->> 'payment_method' = a.method
JOIN checkouts x ON g.subject = 'checkout:' || x.id
WHERE g.outcome IS DISTINCT FROM 'given_up'
ORDER BY at
"""
_WISHED = """
SELECT x.amount_minor, i.customer_id, c.held_at IS NOT NULL AS held, coalesce(sum(l.gross_minor - l.allocated_minor - l.refunded_minor
  - l.credited_minor - l.written_off_minor), 0)::bigint AS open_minor
FROM checkouts x JOIN invoices i ON i.id = x.invoice_id JOIN customers c ON c.id = i.customer_id
JOIN invoice_lines l ON l.invoice_id = i.id
WHERE x.id = :id AND x.requested_by = 'dunning' GROUP BY x.id, i.id, c.id
"""


def unheard(session: Session, accounts: Sequence[str], now: datetime) -> Sequence[str]:
    """Of these accounts those whose own book we have not heard up to a minute ago."""
    parameters = {"accounts": list(accounts), "now": now, "grace_s": GRACE_S}
    return session.scalars(text(_UNHEARD), parameters).all()


def backlog(session: Session, now: datetime) -> bool:
    """Whether an event has been due for more than a minute: whose it is nobody knows before it is applied."""
    return bool(session.scalar(text(_BACKLOG), {"now": now, "grace_s": GRACE_S}))


def unapplied(session: Session, customer_id: UUID) -> str | None:
    """The type of an event that names something of this customer and was not applied, or never will be."""
    found: str | None = session.scalar(text(_NAMED), {"customer_id": customer_id})
    return found


def cards(session: Session, customer_id: UUID) -> Sequence[Row[Any]]:
    """What gateways told us that can be charged; the customer's choice first."""
    return session.execute(text(_CARDS), {"customer_id": customer_id}).all()


def charges_of(session: Session, saved: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Every charge of these cards without their owner, under whatever id and for whomever; the oldest first.

    One that certainly never reached its gateway is none.
    """
    parameters = {
        "accounts": [each.gateway_account for each in saved],
        "methods": [each.method for each in saved],
        "fingerprints": [each.fingerprint for each in saved],
    }
    return session.execute(text(_CHARGES), parameters).all() if saved else []


def wished_charge(session: Session, checkout_id: UUID) -> Row[Any] | None:
    """A charge that dunning wished for, beside what its invoice owes now; None where it did not."""
    return session.execute(text(_WISHED), {"id": checkout_id}).one_or_none()
