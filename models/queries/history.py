"""Everything that was ever applied, in the order of application: what the books can be built from again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from bursar.rules.books import Checkout, Directory, External, Grant, Invoice, Line
from bursar.rules.enrollment import TrackPolicy, UnlockRule
from bursar.rules.states import CheckoutStatus, EnrollmentState
from models.session import raw

Connection = psycopg.Connection[Any]


class Applied(NamedTuple):
    """One event and its facts as they are stored: (kind, data)."""

    seq: int
    event_id: UUID
    account: str
    key: str
    facts: tuple[tuple[str, dict[str, Any]], ...]


class Issued(NamedTuple):
    """An invoice as it was when it opened, and the track it is for."""

    seq: int
    invoice: Invoice
    track: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened, and what names mean today."""

    events: list[Applied]
    issued: list[Issued]
    directory: Directory
    """Without tracks: an invoice is found by its track from the moment it opens."""
    checkouts: dict[External, Checkout]
    grants: list[Grant]
    policies: dict[External, str]
    """How each payment was spread when it came: a setting that may have changed since."""
    by_hand: set[UUID]
    """Customers of whom an operator changed something that is not replayed yet."""


def read_history(session: Session) -> History:
    """Read all of it in one view of the database; writers are not hindered."""
    connection = raw(session)
    return History(
        events=list(_events(connection)),
        issued=_issued(connection),
        directory=_directory(connection),
        checkouts={
            (account, external_id): Checkout(id=row_id, status=CheckoutStatus.OPEN, invoice_id=invoice_id)
            for row_id, account, external_id, invoice_id in connection.execute(
                "SELECT id, gateway_account, external_id, invoice_id FROM checkouts"
            )
        },
        grants=_grants(connection),
        policies={
            (account, external_id): policy
            for account, external_id, policy in connection.execute(
                """SELECT a.gateway_account, a.external_id, p.policy
                   FROM gateway_aliases a JOIN payments p ON p.id = a.payment_id"""
            )
        },
        by_hand=_by_hand(connection),
    )


def _events(connection: Connection) -> Iterator[Applied]:
    rows = connection.execute(
        """SELECT min(f.apply_seq), e.id, e.gateway_account, e.dedupe_key,
             array_agg(f.kind ORDER BY f.n), array_agg(f.data ORDER BY f.n)
           FROM facts f JOIN gateway_events e ON e.id = f.event_id GROUP BY e.id ORDER BY 1"""
    )
    for seq, event_id, account, key, kinds, data in rows:
        yield Applied(seq, event_id, account, key, tuple(zip(kinds, data, strict=True)))


def _issued(connection: Connection) -> list[Issued]:
    lines: dict[UUID, list[Line]] = {}
    for row in connection.execute(
        """SELECT l.id, l.invoice_id, l.position, l.component, l.priority, l.due_on, l.gross_minor, l.tax_minor
           FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id WHERE i.opened_seq IS NOT NULL"""
    ):
        line = Line(
            id=row[0],
            invoice_id=row[1],
            position=row[2],
            component=row[3],
            priority=row[4],
            due_on=row[5],
            gross_minor=row[6],
            tax_minor=row[7],
        )
        lines.setdefault(line.invoice_id, []).append(line)
    rows = connection.execute(
        """SELECT i.id, i.customer_id, i.currency, i.opened_seq, i.total_minor, t.slug, i.tolerance_minor
           FROM invoices i LEFT JOIN tracks t ON t.id = i.track_id WHERE i.status = 'open' ORDER BY i.opened_seq"""
    )
    return [
        Issued(
            row[3],
            Invoice(
                id=row[0],
                customer_id=row[1],
                currency=row[2],
                opened_seq=row[3],
                total_minor=row[4],
                tolerance_minor=row[6],
                lines=tuple(sorted(lines[row[0]], key=lambda line: line.position)),
            ),
            row[5],
        )
        for row in rows
    ]


def _directory(connection: Connection) -> Directory:
    """An id beats a number beats the host's reference; of two equal references the older invoice is meant."""
    rows = connection.execute(
        "SELECT id, customer_id, number, source_id FROM invoices ORDER BY id DESC"
    ).fetchall()
    invoices: dict[str, UUID] = {source_id: invoice_id for invoice_id, _, _, source_id in rows}
    invoices |= {number: invoice_id for invoice_id, _, number, _ in rows if number}
    invoices |= {str(invoice_id): invoice_id for invoice_id, _, _, _ in rows}
    customers = connection.execute("SELECT external_ref, id FROM customers")
    at_gateway = connection.execute(
        "SELECT gateway_account, external_id, customer_id FROM customer_gateway_refs"
    )
    return Directory(
        invoices=invoices,
        owners={invoice_id: customer_id for invoice_id, customer_id, _, _ in rows},
        customers=dict(customers.fetchall()),
        gateway_customers={(account, name): customer_id for account, name, customer_id in at_gateway},
        track_invoices={},
    )


def _grants(connection: Connection) -> list[Grant]:
    rows = connection.execute(
        """SELECT g.id, g.enrollment_id, g.source_id, t.unlock_rule, t.unlock_share_bp, t.withdraw_share_bp
           FROM enrollment_grants g JOIN enrollments e ON e.id = g.enrollment_id JOIN tracks t ON t.id = e.track_id
           WHERE g.source_type = 'invoice'"""
    )
    return [
        Grant(
            id=row[0],
            enrollment_id=row[1],
            invoice_id=row[2],
            policy=TrackPolicy(
                unlock_rule=UnlockRule(row[3]), unlock_share_bp=row[4], withdraw_share_bp=row[5]
            ),
            state=EnrollmentState.PENDING,
        )
        for row in rows
    ]


def _by_hand(connection: Connection) -> set[UUID]:
    """Whose invoices bear a decision that is no event: credit notes, losses, voids, suspensions."""
    rows = connection.execute(
        """SELECT i.customer_id FROM ledger_entries e JOIN ledger_lines l ON l.entry_id = e.id
             JOIN invoice_lines il ON il.id = l.invoice_line_id JOIN invoices i ON i.id = il.invoice_id
           WHERE e.kind IN ('credited', 'voided') OR (e.kind = 'written_off' AND e.policy IS NULL)
           UNION SELECT customer_id FROM invoices WHERE suspended
           UNION SELECT customer_id FROM invoices WHERE opened_seq IS NOT NULL AND status <> 'open'"""
    )
    return {customer_id for (customer_id,) in rows}
