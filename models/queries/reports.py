"""What operators count: money kept, money charged, what is owed, subscriptions, tries. Reads only.

Spans of time are spans of ids: entries and attempts get theirs when they are written, and the primary key finds
them. Days and months are those of the zone that is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import first_id_at

_PERIOD = "to_char(e.posted_at AT TIME ZONE :zone, :period)"
_COLLECTED = f"""
SELECT {_PERIOD} AS period, l.currency, split_part(p.gateway_account, ':', 1) AS gateway,
  CASE l.account WHEN 'receivable' THEN n.component WHEN 'customer_credit' THEN '(credit)'
    WHEN 'unidentified' THEN '(unidentified)' ELSE '(taken back beyond)' END AS component,
  -sum(l.amount_minor)::bigint AS amount_minor
FROM ledger_entries e JOIN ledger_lines l ON l.entry_id = e.id JOIN payments p ON p.id = l.payment_id
LEFT JOIN invoice_lines n ON n.id = l.invoice_line_id
WHERE e.id >= :first AND e.id < :last AND l.account IN ('receivable', 'customer_credit', 'unidentified', 'suspense')
  AND (CAST(:currency AS text) IS NULL OR l.currency = :currency)
GROUP BY 1, 2, 3, 4 HAVING sum(l.amount_minor) <> 0 ORDER BY 1, 2, 3, 4
"""
_CHARGED = f"""
SELECT {_PERIOD} AS period, l.currency, NULL AS gateway, substr(l.account, 9) AS component,
  -sum(l.amount_minor)::bigint AS amount_minor
FROM ledger_entries e JOIN ledger_lines l ON l.entry_id = e.id
WHERE e.id >= :first AND e.id < :last AND l.account LIKE 'revenue:%'
  AND (CAST(:currency AS text) IS NULL OR l.currency = :currency)
GROUP BY 1, 2, 4 HAVING sum(l.amount_minor) <> 0 ORDER BY 1, 2, 4
"""
_AGEING = """
WITH owed AS (
  SELECT i.id, i.customer_id, i.currency, CAST(:today AS date) - n.due_on AS days,
    n.gross_minor - n.allocated_minor - n.refunded_minor - n.credited_minor - n.written_off_minor AS open_minor
  FROM invoices i JOIN invoice_lines n ON n.invoice_id = i.id
  WHERE i.status = 'open' AND (CAST(:currency AS text) IS NULL OR i.currency = :currency))
SELECT b.name AS age, o.currency, count(DISTINCT o.id) AS invoices, count(DISTINCT o.customer_id) AS customers,
  sum(o.open_minor)::bigint AS amount_minor
FROM (VALUES (1, 'not due', -1000000, 0), (2, '1 to 30 days', 1, 30), (3, '31 to 60 days', 31, 60),
             (4, '61 to 90 days', 61, 90), (5, 'over 90 days', 91, 1000000)) AS b(n, name, least, most)
JOIN owed o ON o.days BETWEEN b.least AND b.most
WHERE o.open_minor > 0 GROUP BY b.n, b.name, o.currency ORDER BY o.currency, b.n
"""
_TRIES = """
SELECT split_part(a.gateway_account, ':', 1) AS gateway,
  CASE a.status WHEN 'succeeded' THEN 'succeeded' ELSE coalesce(a.decline_code, 'no reason given') END AS outcome,
  count(*) AS tries, sum(p.amount_minor) AS amount_minor, p.currency
FROM payment_attempts a JOIN payments p ON p.id = a.payment_id
WHERE a.id >= :first AND a.id < :last AND (CAST(:currency AS text) IS NULL OR p.currency = :currency)
GROUP BY 1, 2, p.currency, a.status ORDER BY 1, p.currency, (a.status = 'succeeded') DESC, count(*) DESC, 2
"""
_ENDED = "('canceled', 'completed', 'unpaid', 'incomplete_expired')"
_SUBSCRIPTIONS = f"""
WITH months AS (
  SELECT m AS start, m + interval '1 month' AS stop
  FROM generate_series(date_trunc('month', CAST(:since AS timestamptz) AT TIME ZONE :zone),
    (CAST(:until AS timestamptz) AT TIME ZONE :zone) - interval '1 microsecond', interval '1 month') m),
lives AS (
  SELECT s.created_at AT TIME ZONE :zone AS began, s.status,
    CASE WHEN s.status IN {_ENDED} THEN coalesce(s.occurred_at, s.updated_at) AT TIME ZONE :zone END AS ended,
    bill.currency, bill.paid_minor,
    extract(epoch FROM (s.data ->> 'period_end')::timestamptz - (s.data ->> 'period_start')::timestamptz)
      / 86400 AS days
  FROM gateway_objects s LEFT JOIN LATERAL (
    SELECT b.data ->> 'currency' AS currency, (b.data ->> 'paid_minor')::bigint AS paid_minor
    FROM gateway_objects b WHERE b.kind = 'gateway_invoice' AND b.gateway_account = s.gateway_account
      AND b.data ->> 'subscription' = s.external_id AND b.data ->> 'paid_minor' <> '0'
    ORDER BY b.occurred_at DESC NULLS LAST, b.event_key DESC LIMIT 1) bill ON true
  WHERE s.kind = 'subscription' AND s.status <> 'incomplete')
SELECT to_char(m.start, 'YYYY-MM') AS period, l.currency,
  count(*) FILTER (WHERE l.began < m.start AND (l.ended IS NULL OR l.ended >= m.start)) AS at_start,
  count(*) FILTER (WHERE l.began >= m.start AND l.began < m.stop) AS begun,
  count(*) FILTER (WHERE l.ended >= m.start AND l.ended < m.stop) AS ended,
  count(*) FILTER (WHERE l.began < m.stop AND (l.ended IS NULL OR l.ended >= m.stop)) AS at_end,
  coalesce(round(sum(l.paid_minor * 365 / (12 * l.days)) FILTER (
    WHERE l.days > 0 AND l.began < m.stop AND (l.ended IS NULL OR l.ended >= m.stop)
      AND l.status <> 'trialing')), 0)::bigint AS amount_minor
FROM months m CROSS JOIN lives l
WHERE CAST(:currency AS text) IS NULL OR l.currency = :currency
GROUP BY m.start, l.currency ORDER BY m.start, l.currency
"""
"""A subscription's month is worth what its last paid bill was, by the days it was for; it begins when we heard."""
PERIODS = {"day": "YYYY-MM-DD", "month": "YYYY-MM"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From a moment on, up to before another, seen from a zone; of one currency, or of each."""

    since: datetime
    until: datetime
    zone: str
    currency: str | None = None

    def parameters(self) -> dict[str, object]:
        """As the statements take them."""
        return {
            "first": first_id_at(self.since),
            "last": first_id_at(self.until),
            "since": self.since,
            "until": self.until,
            "zone": self.zone,
            "currency": self.currency,
        }


def collected(session: Session, span: Span, per: str) -> Sequence[Row[Any]]:
    """Money that came less what went back, by where it lies now: fee component, credit, unidentified."""
    return session.execute(text(_COLLECTED), span.parameters() | {"period": PERIODS[per]}).all()


def charged(session: Session, span: Span, per: str) -> Sequence[Row[Any]]:
    """Revenue by fee component as invoices earned it, less what was credited, cancelled and voided; no tax."""
    return session.execute(text(_CHARGED), span.parameters() | {"period": PERIODS[per]}).all()


def ageing(session: Session, today: object, currency: str | None) -> Sequence[Row[Any]]:
    """What is owed now, by how many days it is overdue."""
    return session.execute(text(_AGEING), {"today": today, "currency": currency}).all()


def tries(session: Session, span: Span) -> Sequence[Row[Any]]:
    """Tries to collect, by gateway and outcome: succeeded, or the bank's reason."""
    return session.execute(text(_TRIES), span.parameters()).all()


def subscriptions(session: Session, span: Span) -> Sequence[Row[Any]]:
    """Month by month: subscriptions at its start and end, begun and ended, and what a month of them is worth."""
    return session.execute(text(_SUBSCRIPTIONS), span.parameters()).all()
