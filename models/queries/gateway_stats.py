"""What gateways did for us, counted from the rows of calls, checkouts and events. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

EVENTS_LOOKED_AT = 50_000
"""Newest events looked at for the last of each account; no index by account is worth its writes."""
_STATS = f"""
WITH calls AS (
  SELECT gateway_account AS account, count(*) AS calls,
    count(*) FILTER (WHERE outcome = 'answered') AS answered,
    count(*) FILTER (WHERE outcome = 'refused') AS refused,
    count(*) FILTER (WHERE outcome = 'given_up') AS given_up,
    count(*) FILTER (WHERE outcome IN ('sending', 'unknown')) AS unknown,
    count(*) FILTER (WHERE tries > 1) AS retried,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY took_ms) FILTER (WHERE outcome IN ('answered', 'refused')) AS p50_ms,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY took_ms) FILTER (WHERE outcome IN ('answered', 'refused')) AS p95_ms
  FROM gateway_calls WHERE gateway_account = ANY(:accounts) AND created_at >= :since GROUP BY 1
), pages AS (
  SELECT gateway_account AS account, count(*) FILTER (WHERE fallback_from IS NOT NULL) AS taken_over,
    count(*) AS pages, sum(reused) AS reused
  FROM checkouts WHERE gateway_account = ANY(:accounts) AND created_at >= :since GROUP BY 1
), lost AS (
  SELECT fallback_from AS account, count(*) AS handed_over
  FROM checkouts WHERE fallback_from = ANY(:accounts) AND created_at >= :since GROUP BY 1
), heard AS (
  SELECT gateway_account AS account, max(received_at) AS last_event_at
  FROM (SELECT gateway_account, source, received_at FROM gateway_events ORDER BY id DESC LIMIT {EVENTS_LOOKED_AT}) newest
  WHERE source = 'webhook' GROUP BY 1
)
SELECT a.account, coalesce(c.calls, 0) AS calls, coalesce(c.answered, 0) AS answered,
  coalesce(c.refused, 0) AS refused, coalesce(c.given_up, 0) AS given_up, coalesce(c.unknown, 0) AS unknown,
  coalesce(c.retried, 0) AS retried, c.p50_ms, c.p95_ms, coalesce(p.pages, 0) AS pages,
  coalesce(p.reused, 0)::bigint AS reused, coalesce(p.taken_over, 0) AS taken_over,
  coalesce(l.handed_over, 0) AS handed_over, h.last_event_at
FROM unnest(CAST(:accounts AS text[])) a(account) LEFT JOIN calls c USING (account) LEFT JOIN pages p USING (account)
LEFT JOIN lost l USING (account) LEFT JOIN heard h USING (account) ORDER BY a.account
"""


def stats(session: Session, accounts: Sequence[str], since: datetime) -> Sequence[Row[Any]]:
    """One row per account: calls and checkouts made since then, and the last webhook ever."""
    return session.execute(text(_STATS), {"accounts": list(accounts), "since": since}).all()
