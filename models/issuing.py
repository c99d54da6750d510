"""Open invoices: numbers, frozen snapshots, ledger entries, the rights they may grant, and credit applied at once.

A chunk is one transaction. Everything is computed first; the series are locked last, and behind them come only
set-based writes: the counter is held for milliseconds.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.billing import Bill, bill
from bursar.rules.bookkeeping import settle_group
from bursar.rules.changes import Changes
from bursar.rules.invoicing import InvoiceRefused, issue_entry
from bursar.rules.numbering import document_number
from bursar.rules.sellers import Seller
from bursar.rules.tax import TaxedLine
from models import books
from models.arrays import Array
from models.books.statements import Unnest
from models.drafting import lock_drafts
from models.queries.credit import customers_to_settle
from models.queries.receipts import lock_series, take_numbers
from models.session import plan_for_batches, raw

SERIES_KIND = "invoice"
Freeze = Callable[[Bill, str, date], bytes]
"""(bill, number, day of issue) -> the canonical bytes of its paper. Documents know how; rows never get there."""
_OWNERS = "SELECT DISTINCT customer_id FROM invoices WHERE id = ANY(%s)"
_RETAX = Unnest(
    """UPDATE invoice_lines l SET tax_kind = n.tax_kind, tax_rate_bp = n.rate_bp, tax_code = n.code,
      tax_minor = n.tax, rounding_minor = n.rounding, gross_minor = n.gross
    FROM unnest(%s::uuid[], %s::text[], %s::int4[], %s::text[], %s::int8[], %s::int8[], %s::int8[])
      AS n(id, tax_kind, rate_bp, code, tax, rounding, gross) WHERE l.id = n.id"""
)
_OPEN = Unnest(
    """UPDATE invoices i SET status = 'open', refused_because = NULL, kind = n.kind, place_of_supply = n.place,
      total_minor = n.total, tax_minor = n.tax, round_off_minor = n.round_off, series_id = n.series_id, seq = n.seq,
      number = n.number, issued_at = n.issued_at, opened_seq = n.opened_seq, snapshot = n.snapshot,
      snapshot_sha256 = n.sha256
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::int8[], %s::int8[], %s::int8[], %s::uuid[], %s::int8[],
      %s::text[], %s::timestamptz[], %s::int8[], %s::bytea[], %s::text[])
      AS n(id, kind, place, total, tax, round_off, series_id, seq, number, issued_at, opened_seq, snapshot, sha256)
    WHERE i.id = n.id"""
)
_ENROLL = Unnest(
    """INSERT INTO enrollments (id, customer_id, track_id, state)
    SELECT id, customer_id, track_id, 'done' FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS n(id, customer_id, track_id)
    ON CONFLICT (customer_id, track_id) DO NOTHING"""
)
_GRANT = Unnest(
    """INSERT INTO enrollment_grants (id, enrollment_id, source_type, source_id)
    SELECT n.id, e.id, 'invoice', n.invoice_id
    FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[]) AS n(id, customer_id, track_id, invoice_id)
    JOIN enrollments e USING (customer_id, track_id)
    ON CONFLICT (enrollment_id, source_type, source_id) DO NOTHING"""
)
_REFUSE = Unnest(
    """UPDATE invoices i SET refused_because = n.why FROM unnest(%s::uuid[], %s::text[]) AS n(id, why)
    WHERE i.id = n.id"""
)


class InvoiceClosed(Refused):
    """The invoice is not a draft any more; correct it with a credit note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues, and how what is issued is frozen."""

    seller: Seller
    freeze: Freeze


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What became of a chunk of drafts. Invoices that were issued before are in neither."""

    issued: list["Numbered"] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)
    enrollments: list[UUID] = field(default_factory=list)
    """Rights that are due now, because credit paid for them."""


class Numbered(NamedTuple):
    """A bill that has its number."""

    bill: Bill
    series_id: UUID
    seq: int
    number: str
    issued_at: datetime


def issue_invoice(session: Session, invoice_id: UUID, issuer: Issuer) -> Opened:
    """Open one draft. Raises InvoiceClosed when it was issued before, InvoiceRefused when it cannot be."""
    opened = issue_invoices(session, [invoice_id], issuer)
    if why := opened.refused.get(invoice_id):
        raise InvoiceRefused(why)
    if not opened.issued:
        raise InvoiceClosed(invoice=invoice_id)
    return opened


def issue_invoices(session: Session, ids: Sequence[UUID], issuer: Issuer) -> Opened:
    """Open those of these that are drafts, numbered in this order; un-held credit pays them at once (L1).

    What cannot be issued as it is stays a draft and says why; it takes no number and holds up nobody.
    """
    connection = raw(session)
    plan_for_batches(connection)
    owners = [row[0] for row in connection.execute(_OWNERS, [Array("uuid", ids)])]
    books.lock_customers(connection, owners)
    bills, refused = _billed(connection, ids, issuer.seller)
    _write(connection, _REFUSE, list(refused.items()))
    _reserve_rights(connection, bills)
    numbered = _numbered(session, bills, issuer.seller)
    if not numbered:
        return Opened(refused=refused)
    day_of = issuer.seller.fiscal.day
    frozen = [issuer.freeze(each.bill, each.number, day_of(each.issued_at)) for each in numbered]
    seqs = books.next_seqs(connection, len(numbered))
    rows = [_row(*each) for each in zip(numbered, seqs, frozen, strict=True)]
    _write(connection, _OPEN, rows)
    entries = [_entry(each.bill) for each in numbered]
    books.write(connection, Changes(entries=entries), weak_wait_s=0)
    return Opened(issued=numbered, refused=refused, enrollments=_settle_all(session, owners))


def settle(session: Session, customer_id: UUID, currency: str) -> books.Written:
    """Apply the credit of a customer to what is open; the customer must be locked."""
    group = (customer_id, currency)
    connection = raw(session)
    changes = settle_group(books.load_groups(connection, [group]), group)
    return books.write(connection, changes, weak_wait_s=0)


def _billed(
    connection: psycopg.Connection[Any], ids: Sequence[UUID], seller: Seller
) -> tuple[list[Bill], dict[UUID, str]]:
    """What the drafts come to today, their lines rewritten where that differs; and why the others cannot be."""
    bills, refused, changed = [], {}, []
    for draft, stored in lock_drafts(connection, ids):
        try:
            billed = bill(draft, seller)
        except Refused as error:
            refused[draft.id] = str(error)
            continue
        bills.append(billed)
        changed += [
            (row.id, *_taxes(line), line.gross_minor)
            for row, line in zip(stored, billed.lines, strict=True)
            if (row.tax_kind, row.tax_rate_bp, row.tax_code, row.tax_minor, row.rounding_minor)
            != _taxes(line)
        ]
    _write(connection, _RETAX, changed)
    return bills, refused


def _taxes(line: TaxedLine) -> tuple[str, int, str | None, int, int]:
    how = line.treatment
    return how.kind.value, how.rate_bp, how.code, line.tax_minor, line.rounding_minor


def _reserve_rights(connection: psycopg.Connection[Any], bills: Sequence[Bill]) -> None:
    """An invoice for a track is a source of the right to it."""
    tracks = sorted((b.draft.buyer.id, b.draft.track_id, b.draft.id) for b in bills if b.draft.track_id)
    pairs = sorted({(customer_id, track_id) for customer_id, track_id, _ in tracks})
    _write(connection, _ENROLL, [(new_id(), *pair) for pair in pairs])
    _write(connection, _GRANT, [(new_id(), *each) for each in tracks])


def _numbered(session: Session, bills: Sequence[Bill], seller: Seller) -> list[Numbered]:
    """Take the numbers last, series by series: each stays locked until the commit, so it has no gaps."""
    by_prefix: dict[str, list[Bill]] = {}
    for each in bills:
        by_prefix.setdefault(seller.prefixes[each.kind], []).append(each)
    numbered = []
    for prefix, own in sorted(by_prefix.items()):
        series: Mapping[str, str] = {"entity": seller.entity, "kind": SERIES_KIND, "prefix": prefix}
        now, year = lock_series(session, **series, year_of=seller.fiscal.label_at)
        series_id, first = take_numbers(session, **series, fiscal_year=year, count=len(own))
        numbered += [
            Numbered(each, series_id, seq, document_number(prefix, year, seq), now)
            for seq, each in enumerate(own, start=first)
        ]
    return numbered


def _row(numbered: Numbered, opened_seq: int, frozen: bytes) -> tuple[Any, ...]:
    billed = numbered.bill
    return (
        billed.draft.id, billed.kind.value, billed.place_of_supply, billed.total_minor, billed.tax_minor,
        billed.round_off_minor, numbered.series_id, numbered.seq, numbered.number, numbered.issued_at, opened_seq,
        frozen, hashlib.sha256(frozen).hexdigest(),
    )  # fmt: skip


def _entry(billed: Bill) -> Any:
    draft = billed.draft
    return issue_entry(draft.id, draft.buyer.id, draft.currency, billed.issued_lines())


def _settle_all(session: Session, owners: Sequence[UUID]) -> list[UUID]:
    """Whoever has credit pays with it: rare, so it may be done one by one."""
    woken: list[UUID] = []
    for customer_id, currency in customers_to_settle(session, owners):
        woken += settle(session, customer_id, currency).enrollments
    return woken


def _write(connection: psycopg.Connection[Any], statement: Unnest, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        columns = zip(*rows, strict=True)
        arrays = [Array(name, column) for name, column in zip(statement.type_names, columns, strict=True)]
        connection.execute(statement.text, arrays)
