"""Jobs that issue what is due: begun once per days, carried on chunk by chunk, ended. Decides nothing."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from models.work import Claim

_COLUMNS = """id, since, until, state, wanted, issued, refused, reached_on, reached_id, failures, error, requested_by,
  created_at, done_at"""
_DUE = "status = 'draft' AND issue_on BETWEEN :since AND :until"
_BEGIN = f"""
INSERT INTO issuing_runs (id, since, until, requested_by, wanted)
SELECT :id, :since, :until, :by, (SELECT count(*) FROM invoices WHERE {_DUE})
ON CONFLICT (since, until) WHERE state IN ('pending', 'running') DO NOTHING RETURNING id"""
_OPEN = """
SELECT id FROM issuing_runs WHERE since = :since AND until = :until AND state IN ('pending', 'running')"""
_NEXT = """
SELECT i.issue_on, i.id FROM invoices i
WHERE i.status = 'draft' AND i.issue_on <= :until AND (i.issue_on, i.id) > (:on, :id)
ORDER BY i.issue_on, i.id LIMIT :limit"""
_ADVANCE = """
UPDATE issuing_runs SET reached_on = :on, reached_id = :reached, issued = issued + :issued, refused = refused + :refused,
  lease_until = now() + make_interval(secs => :lease_s) WHERE id = :id AND claim_token = :token"""
FIRST_ID = UUID(int=0)


class Place(NamedTuple):
    """How far a run got, in the order in which drafts are issued."""

    on: date
    id: UUID


def begin(session: Session, since: date, until: date, by: str) -> UUID:
    """The id of the run over these days; the one that is under way, if there is one."""
    days = {"since": since, "until": until}
    begun = session.scalar(text(_BEGIN), {**days, "id": new_id(), "by": by})
    found: UUID = begun or session.scalars(text(_OPEN), days).one()
    return found


def oldest_due(session: Session, today: date) -> date | None:
    """The first day of which drafts should have been issued by now; None while a run is under way."""
    statement = """SELECT min(issue_on) FROM invoices
      WHERE status = 'draft' AND issue_on <= :today AND refused_because IS NULL
        AND NOT EXISTS (SELECT FROM issuing_runs WHERE state IN ('pending', 'running'))"""
    found: date | None = session.scalar(text(statement), {"today": today})
    return found


def get(session: Session, run_id: UUID) -> Row[Any]:
    """One run."""
    return session.execute(text(f"SELECT {_COLUMNS} FROM issuing_runs WHERE id = :id"), {"id": run_id}).one()


def next_drafts(session: Session, run: Row[Any], limit: int) -> Sequence[Place]:
    """The drafts behind the place that the run has reached."""
    reached = {"on": run.reached_on or run.since, "id": run.reached_id or FIRST_ID}
    rows = session.execute(text(_NEXT), {**reached, "until": run.until, "limit": limit})
    return [Place(row.issue_on, row.id) for row in rows]


def advance(
    session: Session, held: Claim, run_id: UUID, reached: Place, *, issued: int, refused: int, lease_s: int
) -> None:
    """Keep how far it got, and the lease; the row is locked and ours."""
    session.execute(
        text(_ADVANCE),
        {
            "id": run_id,
            "token": held.token,
            "on": reached.on,
            "reached": reached.id,
            "issued": issued,
            "refused": refused,
            "lease_s": lease_s,
        },
    )


def refuse(session: Session, invoice_id: UUID, why: str) -> None:
    """Keep on a draft why it cannot be issued as it is."""
    statement = "UPDATE invoices SET refused_because = :why WHERE id = :id AND status = 'draft'"
    session.execute(text(statement), {"id": invoice_id, "why": why})
