"""Refunds that only a cumulative amount knows of: asked for among the refunds of their payment, then a break."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.rules.breaks import BreakKind

WATERMARK_GRACE_S = 120
"""Seconds a refund named only by a cumulative amount may be missing before the gateway is asked."""
ANSWER_GRACE_S = 60
"""Seconds after its answer in which what a gateway listed is applied."""
ANSWER_MAX_S = 3_600
"""Seconds after which a person is asked although the gateway has not answered yet."""
ASKED_MAX = 200
"""Payments asked about at a time; the next tick goes on."""

_MISSING = """payments p WHERE p.refund_watermark_minor > p.refunded_minor
  AND p.updated_at < now() - make_interval(secs => :grace_s)"""
_ASKED = """SELECT FROM gateway_calls c WHERE c.operation = 'fetch' AND c.created_at >= p.updated_at
  AND c.subject = 'reconcile:' || p.gateway_account || '/refunds/' || p.gateway_payment_id"""


def heal_missing_refunds(session: Session) -> int:
    """Close the breaks of payments whose refunds are all known by now. Returns how many."""
    healed = session.execute(
        text(
            """UPDATE breaks b SET resolved_at = now(), resolution = 'the missing refund arrived' FROM payments p
               WHERE b.kind = :kind AND b.resolved_at IS NULL AND b.subject = 'payment:' || p.id
                 AND p.refunded_minor >= p.refund_watermark_minor RETURNING b.id"""
        ),
        {"kind": BreakKind.REFUND_MISSING.value},
    )
    return len(healed.all())


def payments_to_ask_about(session: Session, accounts: Sequence[str]) -> Sequence[Row[Any]]:
    """Payments of these accounts that miss refunds and were not asked about since they changed."""
    statement = f"""SELECT p.gateway_account, p.gateway_payment_id FROM {_MISSING}
      AND p.gateway_account = ANY(:accounts) AND NOT EXISTS ({_ASKED}) ORDER BY p.updated_at, p.id LIMIT :limit"""
    told = {"accounts": list(accounts), "grace_s": WATERMARK_GRACE_S, "limit": ASKED_MAX}
    return session.execute(text(statement), told).all()


def open_missing_refunds(session: Session, accounts: Sequence[str]) -> int:
    """Open a break where the gateway listed all refunds of a payment and one is missing still.

    The same where nobody can ask: the account is not one of these, or does not answer. Returns how many.
    """
    statement = f"""INSERT INTO breaks (id, kind, subject, detail)
      SELECT gen_random_uuid(), :kind, 'payment:' || p.id,
        'the gateway refunded ' || p.refund_watermark_minor || ' minor units, we know of ' || p.refunded_minor
      FROM {_MISSING} AND (p.gateway_account <> ALL(:accounts) OR EXISTS ({_ASKED}
        AND (c.done_at < now() - make_interval(secs => :answer_s) OR c.state = 'dead'
          OR c.created_at < now() - make_interval(secs => :answer_max_s))))
      ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO NOTHING RETURNING id"""
    told = {
        "kind": BreakKind.REFUND_MISSING.value,
        "accounts": list(accounts),
        "grace_s": WATERMARK_GRACE_S,
        "answer_s": ANSWER_GRACE_S,
        "answer_max_s": ANSWER_MAX_S,
    }
    return len(session.execute(text(statement), told).all())
