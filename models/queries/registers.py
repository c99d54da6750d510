"""What gateways said of subscriptions and saved cards that their owners should read, and were not told yet."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

NEWS_MAX_DAYS = 3
"""Days after which a change is no news: a backfill of old events tells nobody."""
EXPIRES_WITHIN_DAYS = 30
ROWS_MAX = 500
"""Mails of a kind that one run reserves; the next run finds the rest."""

_OURS = """
FROM subscriptions s JOIN customers c ON c.id = s.customer_id
JOIN prices r ON r.id = s.price_id JOIN plans b ON b.id = r.plan_id
JOIN gateway_objects g ON g.kind = 'subscription' AND g.gateway_account = s.gateway_account
  AND g.external_id = s.external_id
WHERE g.updated_at > now() - make_interval(days => :days)
"""
_CANCELED = f"""
SELECT s.id, s.customer_id, c.name, c.locale, b.title,
  CASE WHEN g.status <> 'canceled' THEN (g.data ->> 'period_end')::timestamptz END AS ends_at
{_OURS} AND (g.status = 'canceled' OR (g.data ->> 'cancel_at_period_end')::boolean)
  AND NOT EXISTS (SELECT FROM emails m WHERE m.dedupe_key = 'subscription.canceled/' || s.id)
ORDER BY s.id LIMIT :limit
"""
_CHANGED = f"""
SELECT s.id, s.customer_id, c.name, c.locale, n.title, n.interval, t.title AS title_before, n.slug, t.told,
  (g.data ->> 'period_end')::timestamptz AS renews_at
{
    _OURS.replace(
        "WHERE",
        '''
JOIN LATERAL (
  SELECT p.title, p.slug, p.interval FROM prices q JOIN plans p ON p.id = q.plan_id
  WHERE q.gateway_account = s.gateway_account AND q.external_id = g.data -> 'plans' ->> 0 LIMIT 1) n ON true
JOIN LATERAL (
  SELECT coalesce((array_agg(m.said ->> 'plan' ORDER BY m.id DESC))[1], b.title) AS title, count(*) AS told
  FROM emails m WHERE m.kind = 'plan.changed' AND m.subject_id = s.id) t ON true
WHERE''',
    )
} AND g.status = 'active' AND n.title <> t.title
ORDER BY s.id LIMIT :limit
"""
_EXPIRING = """
SELECT g.id, f.customer_id, c.name, c.locale, g.data ->> 'brand' AS brand, g.data ->> 'last4' AS last4,
  (g.data -> 'expires' ->> 0)::int AS year, (g.data -> 'expires' ->> 1)::int AS month
FROM gateway_objects g
JOIN customer_gateway_refs f ON f.gateway_account = g.gateway_account
  AND f.external_id = g.data ->> 'gateway_customer'
JOIN customers c ON c.id = f.customer_id
WHERE g.kind = 'payment_method' AND g.status = 'attached' AND jsonb_typeof(g.data -> 'expires') = 'array'
  AND make_date((g.data -> 'expires' ->> 0)::int, (g.data -> 'expires' ->> 1)::int, 1) + interval '1 month'
    BETWEEN :today AND :today + make_interval(days => :within)
  AND NOT EXISTS (SELECT FROM emails m WHERE m.dedupe_key =
    'card.expiring/' || g.id || '/' || (g.data -> 'expires' ->> 0) || '-' || (g.data -> 'expires' ->> 1))
ORDER BY g.id LIMIT :limit
"""


def canceled(session: Session) -> Sequence[Row[Any]]:
    """Subscriptions that ended, or will at `ends_at`."""
    return session.execute(text(_CANCELED), {"days": NEWS_MAX_DAYS, "limit": ROWS_MAX}).all()


def changed(session: Session) -> Sequence[Row[Any]]:
    """Subscriptions with another plan than was told last (`told`: how often), or than they were begun with."""
    return session.execute(text(_CHANGED), {"days": NEWS_MAX_DAYS, "limit": ROWS_MAX}).all()


def expiring(session: Session, today: date) -> Sequence[Row[Any]]:
    """Saved cards that end within a month."""
    parameters = {"today": today, "within": EXPIRES_WITHIN_DAYS, "limit": ROWS_MAX}
    return session.execute(text(_EXPIRING), parameters).all()
