"""What has been kept long enough: found, counted and forgotten in chunks. Rows stay, what names a person goes."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.ids import first_id_at
from bursar.rules.retention import DAYS, Kept

CHUNK_MAX = 1_000
"""Rows of one transaction: a second of a worker's time, and no lock is held longer."""
LOOK_BACK = timedelta(days=35)
"""How far before the limit a nightly look begins: the whole past is gone through once a month."""


class _Forgetting(NamedTuple):
    """The rows that are old enough, and what becomes of them."""

    find: str
    forget: str


_EVENTS = """SELECT id FROM gateway_events v WHERE id >= :first AND id < :last AND body_removed_at IS NULL
  AND source <> 'manual' AND state IN ('done', 'ignored') AND done_at < :before"""
_NO_BODY = "UPDATE gateway_events SET body = ''::bytea, body_removed_at = now()"
_OF_ERASED = """(id IN (
    SELECT f.event_id FROM facts f JOIN payments p ON p.id = f.payment_id JOIN customers c ON c.id = p.customer_id
    WHERE f.event_id >= :first AND c.erased_at IS NOT NULL)
  OR EXISTS (
    SELECT FROM customer_gateway_refs r JOIN customers c ON c.id = r.customer_id AND c.erased_at IS NOT NULL
    WHERE r.gateway_account = v.gateway_account AND position(convert_to(r.external_id, 'UTF8') IN v.body) > 0))"""
_STATEMENTS: dict[Kept, _Forgetting] = {
    Kept.BODIES: _Forgetting(_EVENTS, _NO_BODY),
    Kept.ERASED: _Forgetting(f"{_EVENTS} AND {_OF_ERASED}", _NO_BODY),
    Kept.CALLS: _Forgetting(
        """SELECT id FROM gateway_calls WHERE id >= :first AND id < :last AND state = 'done'
             AND operation <> 'fetch' AND params <> '{}' AND done_at < :before""",
        """UPDATE gateway_calls SET params = '{}', answer = NULL,
             failure = CASE WHEN failure IS NOT NULL THEN jsonb_build_object('code', failure -> 'code') END""",
    ),
    Kept.MAILS: _Forgetting(
        """SELECT id FROM emails WHERE id >= :first AND id < :last AND state IN ('done', 'ignored')
             AND (said IS NOT NULL OR answer IS NOT NULL) AND done_at < :before""",
        "UPDATE emails SET said = NULL, answer = NULL",
    ),
}
_OLD_TICKS = """SELECT job, "window" FROM beat_ticks t WHERE at < :before AND EXISTS (
  SELECT FROM beat_ticks newer WHERE newer.job = t.job AND newer.at > t.at AND newer.done_at IS NOT NULL)"""


def count_old(session: Session, kept: Kept, now: datetime, *, whole: bool) -> int:
    """How many rows would be forgotten. Locks nothing."""
    find = _OLD_TICKS if kept is Kept.TICKS else _STATEMENTS[kept].find
    return int(
        session.scalar(text(f"SELECT count(*) FROM ({find}) AS old"), _span(kept, now, whole=whole)) or 0
    )


def forget_old(session: Session, kept: Kept, now: datetime, *, whole: bool) -> int:
    """Forget one chunk; how many rows. Again finds the next: what was forgotten is not found any more."""
    if kept is Kept.TICKS:
        old = f"{_OLD_TICKS} ORDER BY at LIMIT :limit"
        forget = f"""DELETE FROM beat_ticks WHERE (job, "window") IN ({old}) RETURNING 1"""
    else:
        old = f"{_STATEMENTS[kept].find} ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED"
        forget = f"{_STATEMENTS[kept].forget} WHERE id IN ({old}) RETURNING 1"
    found = session.execute(text(forget), _span(kept, now, whole=whole) | {"limit": CHUNK_MAX})
    return len(found.all())


def _span(kept: Kept, now: datetime, *, whole: bool) -> dict[str, object]:
    """Ids are made in order of time: a span of time is a span of the primary key."""
    before = now - timedelta(days=DAYS[kept])
    since = datetime.fromtimestamp(0, now.tzinfo) if whole else before - LOOK_BACK
    return {"before": before, "first": first_id_at(since), "last": first_id_at(before)}
