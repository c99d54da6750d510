"""The dead letters of every kind of work: what died and why, back to life or put aside, always audited."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import COPIES_MAX, RESENT_WHEN_UNKNOWN, SendState
from models.kinds import KINDS
from models.work import ERROR_LENGTH_MAX

SUBJECTS = {
    "gateway_events": "event",
    "enrollments": "enrollment",
    "documents": "document",
    "emails": "email",
    "gateway_calls": "call",
    "bundles": "bundle",
    "reconciliation_runs": "reconciliation",
    "notifications": "notification",
    "credit_notes": "credit_note",
    "issuing_runs": "issuing",
    "dunning_steps": "dunning_step",
}
"""Table -> how the audit log and breaks call one of its rows."""
TASKS = {kind.table: kind.task for kind in KINDS}
_WHAT = {
    "gateway_events": "type || ' ' || gateway_event_id",
    "enrollments": "'to ' || desired || ', is ' || observed",
    "documents": "kind || ' of ' || subject_id",
    "emails": "kind || ', ' || send_state || ', ' || copies || ' out'",
    "gateway_calls": "operation || ' for ' || subject || ' at ' || gateway_account",
    "bundles": "format || ' of documents for ' || requested_by",
    "reconciliation_runs": "kind || ' of ' || gateway_account || ' since ' || since",
    "notifications": "kind || ' of ' || subject_id",
    "credit_notes": "'of invoice ' || invoice_id || ', ' || reason",
    "issuing_runs": "since || ' to ' || until || ', ' || issued || ' issued'",
    "dunning_steps": "'step ' || n || ' of case ' || case_id",
}
_SINCE = {"gateway_events": "received_at"}
_ONE = """SELECT '{table}' AS kind, id, {what} AS what, state, failures, crashes, error_class, error,
  {since} AS since, done_at AS died_at, {send_state} AS send_state, {mail} AS mail_kind, {copies} AS copies
  FROM {table} WHERE state = 'dead'"""
_BREAKS = {"documents": BreakKind.DOCUMENT_DEAD, "emails": BreakKind.EMAIL_UNKNOWN}


class DeadUnknown(Refused):
    """Nothing dead has this id."""


class MailMayBeOut(Refused):
    """The mail may have reached its reader; sending it again is not allowed."""


class RunReplaced(Refused):
    """Another run of this kind is under way at this account."""


def find_dead(session: Session, *, kind: str | None, limit: int) -> Sequence[Row[Any]]:
    """What died last comes first, of one kind or of all."""
    tables = [kind] if kind else list(SUBJECTS)
    every = " UNION ALL ".join(_select(table) for table in tables)
    return session.execute(
        text(f"SELECT * FROM ({every}) dead ORDER BY died_at DESC NULLS LAST, id LIMIT :limit"),
        {"limit": limit},
    ).all()


def lock_dead(session: Session, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """These dead rows, locked, whatever their kind. Raises DeadUnknown naming the first that is not dead."""
    found: dict[UUID, Row[Any]] = {}
    for table in SUBJECTS:
        statement = f"{_select(table)} AND id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"
        found |= {row.id: row for row in session.execute(text(statement), {"ids": list(ids)})}
    for each in ids:
        if each not in found:
            raise DeadUnknown(f"nothing dead has the id {each}; `bursar dead list` shows what is")
    return [found[each] for each in dict.fromkeys(ids)]


def lock_all_dead(session: Session, *, kind: str | None, limit: int) -> Sequence[Row[Any]]:
    """Everything dead of one kind or of all, locked."""
    return lock_dead(session, [row.id for row in find_dead(session, kind=kind, limit=limit)])


def refuse_second_copies(rows: Sequence[Row[Any]]) -> None:
    """Raise MailMayBeOut when a mail whose answer was lost would go out once too often."""
    for row in rows:
        resent = (
            row.mail_kind in {kind.value for kind in RESENT_WHEN_UNKNOWN} and (row.copies or 0) < COPIES_MAX
        )
        if row.send_state == SendState.UNKNOWN and not resent:
            raise MailMayBeOut(
                f"mail {row.id} ({row.mail_kind}) may have gone out {row.copies} times already: ask the mail "
                "provider by its Message-ID, then `bursar dead discard` it with what you found"
            )


def refuse_runs_that_were_replaced(session: Session, rows: Sequence[Row[Any]]) -> None:
    """Raise RunReplaced for a run of reconciliation beside which another of its kind is, or would be, open."""
    ids = [row.id for row in rows if row.kind == "reconciliation_runs"]
    statement = """SELECT d.id FROM reconciliation_runs d JOIN reconciliation_runs o USING (gateway_account, kind)
      WHERE d.id = ANY(:ids) AND o.id <> d.id AND (o.state IN ('pending', 'running') OR o.id = ANY(:ids))
      ORDER BY d.id LIMIT 1"""
    replaced = session.scalar(text(statement), {"ids": ids}) if ids else None
    if replaced:
        raise RunReplaced(
            f"run {replaced} has another of its kind beside it, as `bursar reconcile runs` shows; "
            "one at a time goes through an account: `bursar dead discard` the older one"
        )


def replay_dead(session: Session, rows: Sequence[Row[Any]]) -> None:
    """Make dead rows due again with a clean slate. Their natural keys keep every effect single."""
    for table, ids in _by_table(rows).items():
        mail = ", send_state = 'reserved', copies = copies - (send_state = 'failed' AND copies > 0)::int"
        # A right that is as it should be has nothing to be due for.
        due = "CASE WHEN desired = observed THEN 'done' ELSE 'pending' END"
        session.execute(
            text(
                f"""UPDATE {table} SET state = {due if table == "enrollments" else "'pending'"}, failures = 0, crashes = 0, not_before = now(), done_at = NULL,
                      lease_until = NULL, claim_token = NULL {mail if table == "emails" else ""}
                    WHERE id = ANY(:ids) AND state = 'dead'"""
            ),
            {"ids": ids},
        )


def discard_dead(session: Session, rows: Sequence[Row[Any]], reason: str) -> None:
    """Put dead rows aside for good, with the reason on the row."""
    for table, ids in _by_table(rows).items():
        session.execute(
            text(
                f"""UPDATE {table} SET state = 'ignored', error = :reason, error_class = 'Discarded', done_at = now()
                    WHERE id = ANY(:ids) AND state = 'dead'"""
            ),
            {"ids": ids, "reason": reason[:ERROR_LENGTH_MAX]},
        )


def close_breaks(session: Session, rows: Sequence[Row[Any]], resolution: str) -> None:
    """A person has acted on these rows: the breaks that asked for it are resolved."""
    for table, kind in _BREAKS.items():
        subjects = [f"{SUBJECTS[table]}:{row.id}" for row in rows if row.kind == table]
        if subjects:
            session.execute(
                text(
                    """UPDATE breaks SET resolved_at = now(), resolution = :resolution
                       WHERE kind = :kind AND subject = ANY(:subjects) AND resolved_at IS NULL"""
                ),
                {"kind": kind.value, "subjects": subjects, "resolution": resolution},
            )


def _select(table: str) -> str:
    mail = table == "emails"
    return _ONE.format(
        table=table,
        what=_WHAT[table],
        since=_SINCE.get(table, "created_at"),
        send_state="send_state" if mail else "NULL::text",
        mail="kind" if mail else "NULL::text",
        copies="copies" if mail else "NULL::int",
    )


def _by_table(rows: Sequence[Row[Any]]) -> dict[str, list[UUID]]:
    tables: dict[str, list[UUID]] = {}
    for row in rows:
        tables.setdefault(row.kind, []).append(row.id)
    return tables
