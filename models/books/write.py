"""Write what was decided: set-based, every table in one statement, rows sorted by key, all in one round trip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import psycopg

from bursar.errors import invariant
from bursar.ids import new_id
from bursar.rules.books import Dispute, Payment
from bursar.rules.changes import Changes, waiting_key
from bursar.rules.facts import ObjectFact
from bursar.rules.movements import Movement
from bursar.rules.registers import GatewayObject
from models.arrays import Array
from models.books import statements as sql

Connection = psycopg.Connection[Any]
Cursor = psycopg.Cursor[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Rows that are due now because of what was written: wake them after the commit."""

    documents: list[UUID]
    enrollments: list[UUID]
    emails: list[UUID]


def next_seqs(connection: Connection, count: int) -> list[int]:
    """Fresh numbers of the apply sequence, in order. Taken under the locks, so their order is the lock order."""
    rows = connection.execute("SELECT nextval('apply_seq') FROM generate_series(1, %s)", [count])
    return [row[0] for row in rows]


def write(
    connection: Connection, changes: Changes, *, weak_wait_s: float, failed_wait_s: float = 0.0
) -> Written:
    """Write all changes of one decision. Seconds: how long a receipt waits while evidence is weak, and how long
    a payer who failed has to try again before he is told.
    """
    with connection.pipeline():
        pen = _Pen(connection)
        _write_money(pen, changes)
        _write_ledger(pen, changes)
        enrollments = _write_rights(pen, changes)
        documents, emails = _write_consequences(pen, changes, weak_wait_s, failed_wait_s)
        _write_trust(pen, changes)
        _close_events(pen, changes)
    pen.check()
    return Written(
        documents=[row[0] for row in _rows(documents) if row[1]],
        enrollments=[row[0] for row in _rows(enrollments)],
        emails=[row[0] for row in _rows(emails) if row[1]],
    )


class _Pen:
    """Sends statements without waiting for each answer: two dozen round trips become one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._exact: list[tuple[Cursor, int]] = []

    def write(self, statement: sql.Unnest, rows: Sequence[Sequence[Any]]) -> Cursor | None:
        """Send a statement over `unnest`ed columns; nothing at all when there are no rows."""
        if not rows:
            return None
        columns = zip(*rows, strict=True)
        arrays = [Array(name, column) for name, column in zip(statement.type_names, columns, strict=True)]
        cursor = self._connection.execute(statement.text, arrays)
        if statement.exact:
            self._exact.append((cursor, len(rows)))
        return cursor

    def release(self, known: Sequence[str]) -> None:
        """Let events go on that waited for one of these."""
        self._connection.execute(sql.RELEASE_EVENTS, [Array("text", known)])

    def check(self) -> None:
        """Once all answers are in: what had to meet every row did."""
        for cursor, expected in self._exact:
            invariant(cursor.rowcount == expected, "a set-based write met fewer rows than it was given")


def _rows(cursor: Cursor | None) -> list[Any]:
    return cursor.fetchall() if cursor else []


def _write_money(pen: _Pen, changes: Changes) -> None:
    new = _by_id(changes.new_payments.values())
    pen.write(sql.INSERT_PAYMENTS, [_payment_row(payment) for payment in new])
    changed = [_payment_row(payment) for payment in _by_id(changes.payments.values())]
    pen.write(sql.UPDATE_PAYMENTS, changed)
    pen.write(sql.INSERT_ALIASES, sorted((*key, payment) for key, payment in changes.aliases.items()))
    attempts = [
        (
            new_id(),
            a.account,
            a.external_id,
            a.payment_id,
            _attempt_status(a.succeeded),
            a.decline_code,
            a.occurred_at,
        )
        for _, a in sorted(changes.attempts.items())
    ]
    pen.write(sql.UPSERT_ATTEMPTS, attempts)
    refunds = [
        (r.id, r.account, r.gateway_id, r.payment_id, r.status, r.amount_minor, r.currency, r.effect,
         r.reason, r.applied_seq, r.occurred_at)
        for _, r in sorted(changes.refunds.items())
    ]  # fmt: skip
    pen.write(sql.UPSERT_REFUNDS, refunds)
    pen.write(sql.UPSERT_DISPUTES, [_dispute_row(each) for _, each in sorted(changes.disputes.items())])
    pen.write(sql.UPSERT_MOVEMENTS, [_movement_row(each) for _, each in sorted(changes.movements.items())])
    objects = [_object_row(each, each.fact) for _, each in sorted(changes.objects.items())]
    pen.write(sql.UPSERT_OBJECTS, objects)
    pen.write(sql.UPDATE_CHECKOUTS, sorted(changes.checkouts.items()))


def _write_ledger(pen: _Pen, changes: Changes) -> None:
    entries, legs = [], []
    for entry in changes.entries:
        entry_id = new_id()
        entries.append((entry_id, entry.cause_type, entry.cause_id, entry.kind, entry.policy))
        legs += [(entry_id, n, *leg) for n, leg in enumerate(entry.legs)]
    pen.write(sql.INSERT_ENTRIES, entries)
    pen.write(sql.INSERT_LEGS, legs)
    invoices = _by_id(changes.invoices.values())
    lines = [
        (line.id, line.allocated_minor, line.refunded_minor, line.credited_minor, line.written_off_minor,
         line.given_up_minor, line.tolerated_minor)
        for i in invoices
        for line in i.lines
    ]  # fmt: skip
    pen.write(sql.UPDATE_LINES, lines)
    pen.write(
        sql.UPDATE_INVOICES,
        [(i.id, i.paid_minor, i.refunded_minor, int(i.contested), i.tolerance_minor) for i in invoices],
    )


def _write_rights(pen: _Pen, changes: Changes) -> Cursor | None:
    pen.write(sql.UPDATE_GRANTS, sorted(changes.grants.items()))
    return pen.write(sql.UPDATE_ENROLLMENTS, sorted(changes.enrollments.items()))


def _write_consequences(
    pen: _Pen, changes: Changes, weak_wait_s: float, failed_wait_s: float
) -> tuple[Cursor | None, Cursor | None]:
    documents = [
        (new_id(), note.kind, note.subject_id, weak_wait_s if note.wait else 0.0)
        for note in sorted(set(changes.documents))
    ]
    mails = [
        (
            new_id(),
            m.kind,
            f"{m.kind}/{m.subject_id}",
            m.customer_id,
            m.subject_id,
            m.with_document,
            m.precondition,
            m.invoice_id,
            failed_wait_s if m.wait else 0.0,
        )
        for m in sorted(set(changes.mails), key=lambda mail: (mail.kind, mail.subject_id))
    ]
    reserved = pen.write(sql.INSERT_DOCUMENTS, documents)
    return reserved, pen.write(sql.INSERT_EMAILS, mails)


def _write_trust(pen: _Pen, changes: Changes) -> None:
    breaks = sorted({(note.kind, note.subject): note.detail for note in changes.breaks}.items())
    pen.write(sql.INSERT_BREAKS, [(new_id(), *key, detail) for key, detail in breaks])
    pen.write(sql.HEAL_BREAKS, sorted(set(changes.healed)))
    audits = [
        (a.action, a.subject_type, a.subject_id, orjson.dumps(a.detail).decode()) for a in changes.audits
    ]
    pen.write(sql.INSERT_AUDITS, audits)


def _close_events(pen: _Pen, changes: Changes) -> None:
    facts = [
        (told.event_id, n, fact.kind, orjson.dumps(fact).decode(), changes.spoken_of.get((told.event_id, n)))
        for told in changes.applied
        for n, fact in enumerate(told.facts)
    ]
    pen.write(sql.INSERT_FACTS, facts)
    pen.write(sql.CLOSE_EVENTS, sorted((told.event_id,) for told in changes.applied))
    pen.write(sql.PARK_EVENTS, sorted(changes.waiting.items()))
    if changes.aliases:
        pen.release(sorted(waiting_key(account, external_id) for account, external_id in changes.aliases))


def _payment_row(p: Payment) -> tuple[Any, ...]:
    rank, claim, customer_id, invoice_id = p.attribution
    return (
        p.id, p.account, p.gateway_id, p.status, p.amount_minor, p.currency, p.method, p.occurred_at, int(rank), claim,
        customer_id, invoice_id, p.applied_seq, p.policy, orjson.dumps(p.components).decode(), p.credit_minor,
        p.held_minor, p.unidentified_minor, p.suspense_minor, p.refunded_minor, p.lost_minor, p.watermark_minor,
        int(p.disputed),
    )  # fmt: skip


def _dispute_row(d: Dispute) -> tuple[Any, ...]:
    return (
        d.id, d.account, d.gateway_id, d.payment_id, d.status, d.amount_minor, d.currency, d.reason, d.respond_by,
        d.applied_seq, d.turns, d.stamp.occurred_at, d.stamp.rank, d.stamp.key,
    )  # fmt: skip


def _movement_row(m: Movement) -> tuple[Any, ...]:
    return (
        m.id, m.account, m.kind, m.external_id, m.about, m.amount_minor, m.currency, m.tax_minor, m.counter_minor,
        m.counter_currency, m.status, m.dispute_id, m.revision, m.stamp.occurred_at, m.stamp.rank, m.stamp.key,
    )  # fmt: skip


def _object_row(o: GatewayObject, fact: ObjectFact | None) -> tuple[Any, ...]:
    data = orjson.dumps(fact).decode()
    return (
        o.id,
        o.account,
        o.kind,
        o.external_id,
        o.status,
        data,
        o.stamp.occurred_at,
        o.stamp.rank,
        o.stamp.key,
    )


def _by_id(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=lambda value: value.id)


def _attempt_status(succeeded: bool) -> str:
    return "succeeded" if succeeded else "not_succeeded"
