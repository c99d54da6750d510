"""Thousands of issued invoices at once, with entries, rights and numbers as the product writes them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg import sql

from bursar.ids import new_id
from bursar.rules.invoicing import IssuedLine, issue_entry
from bursar.rules.ledger import Entry
from bursar.rules.numbering import INDIAN_YEAR, document_number

CURRENCY = "INR"
COMPONENTS = (
    ("tuition", 40_000_00, 0),
    ("laboratory", 12_000_00, 0),
    ("exam", 6_000_00, 0),
    ("kit", 2_000_00, 36_000),
)
"""(component, net, tax) in minor units: a school's bill of four fees."""
TOTAL_MINOR = sum(net + tax for _, net, tax in COMPONENTS)
DUE = date(2027, 1, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An open invoice of one customer, for a track."""

    n: int
    id: UUID
    total_minor: int = TOTAL_MINOR
    currency: str = CURRENCY


class Issuer:
    """Issues blocks of invoices in one database, each to a customer of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._next = 1
        self._series = new_id()
        with psycopg.connect(url) as connection:
            self._track = _make_track(connection)
            connection.execute(
                "INSERT INTO document_series (id, entity, kind, prefix, fiscal_year)"
                " VALUES (%s, 'main', 'invoice', 'INV', %s)",
                [self._series, INDIAN_YEAR.label(datetime.now(UTC).date())],
            )

    def issue(self, count: int) -> list[Issued]:
        """Open `count` invoices in one transaction."""
        issued = [Issued(n=n, id=new_id()) for n in range(self._next, self._next + count)]
        self._next += count
        with psycopg.connect(self._url) as connection:
            self._write(connection, issued)
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("ANALYZE")  # what autovacuum has done a minute later
        return issued

    def _write(self, connection: psycopg.Connection[Any], issued: Sequence[Issued]) -> None:
        now = datetime.now(UTC)
        query = "SELECT nextval('apply_seq') FROM generate_series(1, %s)"
        seqs = [row[0] for row in connection.execute(query, [len(issued)])]
        customers, invoices, lines, enrollments, grants, entries = [], [], [], [], [], []
        for invoice, opened_seq in zip(issued, seqs, strict=True):
            customer_id, enrollment_id = new_id(), new_id()
            reference = f"student-{invoice.n}"
            customers.append(
                (customer_id, reference, f"Student {invoice.n}", f"student{invoice.n}@example.com")
            )
            number = document_number("INV", INDIAN_YEAR.label(now.date()), invoice.n)
            snapshot = orjson.dumps({"number": number, "customer": customer_id, "total_minor": TOTAL_MINOR})
            invoices.append(
                (invoice.id, customer_id, self._track, "bench", f"order-{invoice.n}", "open", CURRENCY,
                 TOTAL_MINOR, DUE, self._series, invoice.n, number, now, opened_seq, snapshot,
                 hashlib.sha256(snapshot).hexdigest())
            )  # fmt: skip
            fees = [
                IssuedLine(id=new_id(), component=component, net_minor=net, tax_minor=tax)
                for component, net, tax in COMPONENTS
            ]
            lines += [
                (fee.id, invoice.id, n, fee.component, n, DUE, fee.net_minor, fee.net_minor, fee.tax_minor,
                 fee.net_minor + fee.tax_minor)
                for n, fee in enumerate(fees, start=1)
            ]  # fmt: skip
            enrollments.append((enrollment_id, customer_id, self._track, "done"))
            grants.append((new_id(), enrollment_id, "invoice", invoice.id))
            entries.append((new_id(), issue_entry(invoice.id, customer_id, CURRENCY, fees)))
        _copy(connection, "customers (id, external_ref, name, email)", customers)
        _copy(
            connection,
            "invoices (id, customer_id, track_id, source_type, source_id, status, currency, total_minor,"
            " due_on, series_id, seq, number, issued_at, opened_seq, snapshot, snapshot_sha256)",
            invoices,
        )
        _copy(
            connection,
            "invoice_lines (id, invoice_id, position, component, priority, due_on, unit_minor, net_minor,"
            " tax_minor, gross_minor)",
            lines,
        )
        _copy(connection, "enrollments (id, customer_id, track_id, state)", enrollments)
        _copy(connection, "enrollment_grants (id, enrollment_id, source_type, source_id)", grants)
        _copy_entries(connection, entries)
        connection.execute(
            "UPDATE document_series SET next_seq = %s WHERE id = %s", [self._next, self._series]
        )


def _make_track(connection: psycopg.Connection[Any]) -> UUID:
    """A track of two projects with three steps each."""
    track_id = new_id()
    connection.execute(
        "INSERT INTO tracks (id, slug, title, price_minor, currency)"
        " VALUES (%s, 'bench', 'Benchmark', %s, %s)",
        [track_id, TOTAL_MINOR, CURRENCY],
    )
    for position in (1, 2):
        project_id = new_id()
        connection.execute(
            "INSERT INTO projects (id, track_id, position, title) VALUES (%s, %s, %s, 'Project')",
            [project_id, track_id, position],
        )
        for step in (1, 2, 3):
            connection.execute(
                "INSERT INTO project_steps (id, project_id, position, title) VALUES (%s, %s, %s, 'Step')",
                [new_id(), project_id, step],
            )
    return track_id


def _copy_entries(connection: psycopg.Connection[Any], entries: Sequence[tuple[UUID, Entry]]) -> None:
    rows = [(entry_id, entry.cause_type, entry.cause_id, entry.kind) for entry_id, entry in entries]
    _copy(connection, "ledger_entries (id, cause_type, cause_id, kind)", rows)
    legs = [(entry_id, n, *leg) for entry_id, entry in entries for n, leg in enumerate(entry.legs)]
    columns = (
        "entry_id, n, account, amount_minor, currency, customer_id, invoice_line_id, payment_id, dispute_id"
    )
    _copy(connection, f"ledger_lines ({columns})", legs)


def _copy(connection: psycopg.Connection[Any], target: str, rows: Iterable[Sequence[Any]]) -> None:
    statement = sql.SQL("COPY {} FROM STDIN").format(sql.SQL(target))
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
