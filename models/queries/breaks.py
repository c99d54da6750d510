"""What waits for a person: open breaks and resolved ones, who owns them, and closing them for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.rules.breaks import BreakKind

_COLUMNS = """b.id, b.kind, b.subject, b.detail, b.owner, b.opened_at, now() - b.opened_at AS age, b.resolved_at,
  b.resolution, coalesce(p.gateway_payment_id, d.gateway_dispute_id, v.gateway_event_id, m.external_id, r.number,
    e.kind) AS about"""
_ABOUT = """CROSS JOIN LATERAL (SELECT split_part(b.subject, ':', 1) AS kind,
    CASE WHEN b.subject ~ ':[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      THEN CAST(split_part(b.subject, ':', 2) AS uuid) END AS id) s
  LEFT JOIN payments p ON s.kind = 'payment' AND p.id = s.id
  LEFT JOIN disputes d ON s.kind = 'dispute' AND d.id = s.id
  LEFT JOIN gateway_events v ON s.kind = 'event' AND v.id = s.id
  LEFT JOIN movements m ON s.kind IN ('movement', 'settlement') AND m.id = s.id
  LEFT JOIN documents o ON s.kind = 'document' AND o.id = s.id
  LEFT JOIN receipts r ON r.payment_id = o.subject_id
  LEFT JOIN emails e ON s.kind = 'email' AND e.id = s.id"""
_STILL_OVERDRAWN = """
SELECT b.id FROM breaks b JOIN payments p ON b.subject = 'payment:' || p.id
WHERE b.id = ANY(:ids) AND b.kind = :kind
  AND p.refunded_minor + p.lost_minor > CASE WHEN p.status = 'succeeded' THEN p.amount_minor ELSE 0 END
ORDER BY b.id LIMIT 1"""


class BreakUnknown(Refused):
    """No break has this id."""


class BreakResolved(Refused):
    """The break is resolved already; should it happen again, that is a break of its own."""


class BreakStillTrue(Refused):
    """What the break says is still true, and the books must say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakSearch:
    """Which breaks; None means any."""

    kind: str | None = None
    owner: str | None = None
    resolved: bool = False
    """Also those that are resolved."""
    limit: int


def find_breaks(session: Session, search: BreakSearch) -> Sequence[Row[Any]]:
    """Breaks as they wait: the oldest first, resolved ones after all open ones."""
    statement = f"""SELECT {_COLUMNS} FROM (
        SELECT * FROM breaks WHERE (CAST(:kind AS text) IS NULL OR kind = :kind)
          AND (CAST(:owner AS text) IS NULL OR owner = :owner) AND (:resolved OR resolved_at IS NULL)
        ORDER BY resolved_at IS NOT NULL, opened_at, id LIMIT :limit) AS b {_ABOUT}
      ORDER BY b.resolved_at IS NOT NULL, b.opened_at, b.id"""
    parameters = {
        "kind": search.kind,
        "owner": search.owner,
        "resolved": search.resolved,
        "limit": search.limit,
    }
    return session.execute(text(statement), parameters).all()


def get_break(session: Session, break_id: UUID) -> Row[Any]:
    """One break. Raises BreakUnknown."""
    found = session.execute(
        text(f"SELECT {_COLUMNS} FROM breaks b {_ABOUT} WHERE b.id = :id"), {"id": break_id}
    )
    row = found.one_or_none()
    if row is None:
        raise BreakUnknown(f"no break has the id {break_id}; `bursar breaks list` shows them")
    return row


def count_alike(session: Session, row: Row[Any]) -> int:
    """How often the same break of the same subject was opened besides this one."""
    statement = "SELECT count(*) FROM breaks WHERE kind = :kind AND subject = :subject AND id <> :id"
    named = {"kind": row.kind, "subject": row.subject, "id": row.id}
    return int(session.execute(text(statement), named).scalar_one())


def lock_open(session: Session, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """These breaks, locked, in the order named. Raises BreakUnknown or BreakResolved: all or nothing."""
    wanted = list(dict.fromkeys(ids))
    locked = session.execute(
        text(
            """SELECT id, kind, subject, owner, resolved_at FROM breaks WHERE id = ANY(:ids)
               ORDER BY id FOR NO KEY UPDATE"""
        ),
        {"ids": wanted},
    )
    found = {row.id: row for row in locked}
    for each in wanted:
        if each not in found:
            raise BreakUnknown(f"no break has the id {each}; `bursar breaks list` shows them")
        if found[each].resolved_at is not None:
            raise BreakResolved(f"break {each} is resolved already; should it happen again, a new one opens")
    return [found[each] for each in wanted]


def lock_open_of(session: Session, kind: str, *, limit: int) -> Sequence[Row[Any]]:
    """Every open break of a kind, locked, the oldest first."""
    statement = """SELECT id, kind, subject, owner, resolved_at FROM breaks WHERE kind = :kind AND resolved_at IS NULL
      ORDER BY id LIMIT :limit FOR NO KEY UPDATE"""
    return session.execute(text(statement), {"kind": kind, "limit": limit}).all()


def set_owner(session: Session, ids: Sequence[UUID], owner: str) -> None:
    """Say who looks at them."""
    session.execute(
        text("UPDATE breaks SET owner = :owner WHERE id = ANY(:ids)"), {"ids": list(ids), "owner": owner}
    )


def resolve(session: Session, ids: Sequence[UUID], *, resolution: str, owner: str) -> None:
    """Close breaks for good. Raises BreakStillTrue for what an invariant would miss."""
    kind = BreakKind.REFUND_EXCEEDS_PAYMENT.value
    still = session.scalar(text(_STILL_OVERDRAWN), {"ids": list(ids), "kind": kind})
    if still:
        raise BreakStillTrue(
            f"break {still}: more was taken back than came in, and that is still so (I4); "
            "it closes by itself when the capture arrives or a refund fails. `bursar breaks take` says who looks"
        )
    session.execute(
        text(
            """UPDATE breaks SET resolved_at = now(), resolution = :resolution, owner = coalesce(owner, :owner)
               WHERE id = ANY(:ids) AND resolved_at IS NULL"""
        ),
        {"ids": list(ids), "resolution": resolution, "owner": owner},
    )


def heal(session: Session, kind: BreakKind, subjects: Sequence[str], resolution: str) -> None:
    """What these were opened for is so no more; those that are not open stay as they are."""
    session.execute(
        text(
            """UPDATE breaks SET resolved_at = now(), resolution = :resolution
               WHERE kind = :kind AND subject = ANY(:subjects) AND resolved_at IS NULL"""
        ),
        {"kind": kind.value, "subjects": list(subjects), "resolution": resolution},
    )
