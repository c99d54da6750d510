"""Number credit notes and freeze their papers: what was taken back stands on one, and no unit on two."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.documents.freezing import CreditedLine, credit_note_snapshot
from bursar.documents.invoice import InvoiceSnapshot
from bursar.errors import Transient
from bursar.rules.changes import Changes, DocumentNote
from bursar.rules.consequences import DocumentKind
from bursar.rules.noting import CreditCause, noted_line
from bursar.rules.numbering import document_number
from bursar.rules.sellers import CREDIT_NOTE, Seller
from bursar.rules.tax import TaxedLine, TaxKind, Treatment
from bursar.sellers import seller_of
from bursar.settings import load
from models import books
from models.kinds import CREDIT_NOTES
from models.queries import credit_notes as notes
from models.queries.receipts import lock_series, take_numbers
from models.relieving import line_value
from models.session import is_transient, raw, transaction
from models.work import Claim, fail, finish, release, still_ours
from tasks.wakes import Wakes
from workers.crashpoints import crash_point

log = structlog.get_logger(__name__)

NOTHING = "what was refunded stands on earlier notes, or is owed again"


def reserve_refunded() -> None:
    """A note for every invoice whose refunds no note says yet. `events.apply` never takes a number."""
    with transaction() as session:
        notes.find_refunded(session)
    crash_point("invoices.notes_reserved")


def number_notes(held: Claim, ids: Sequence[UUID]) -> None:
    """All at once; on an error that is one note's own, each by itself: no neighbour waits for it."""
    try:
        documents = _number(held, ids)
    except Exception as error:  # noqa: BLE001 - each row of the claim must learn its fate
        if is_transient(error) or isinstance(error, Transient):
            release(CREDIT_NOTES, held, ids)
        elif len(ids) == 1:
            fail(CREDIT_NOTES, held, ids[0], error)
            log.error("invoices.note_failed", note_id=str(ids[0]), error=type(error).__name__)
        else:
            for each in ids:
                number_notes(held, [each])
        return
    Wakes(documents=documents).publish()


def _number(held: Claim, ids: Sequence[UUID]) -> list[UUID]:
    """The papers that are due now. Locks: own rows, customers, the series last."""
    seller = seller_of(load())
    with transaction() as session:
        ours = sorted(still_ours(session, CREDIT_NOTES, held, ids))
        books.lock_customers(raw(session), notes.owners(session, ours))
        rows = notes.unnumbered(session, ours)
        lines = notes.lines_of(session, sorted({row.invoice_id for row in rows}))
        _note_refunds(session, rows, lines)
        taken = notes.noted(session, ours)
        ready = [row for row in rows if taken[row.id]]
        notes.ignore(session, [row.id for row in rows if not taken[row.id]], NOTHING)
        issued = _frozen(session, seller, ready, lines, taken) if ready else []
        notes.issue(session, issued)
        done = [note.id for note in issued]
        finish(session, CREDIT_NOTES, done)
        papers = [DocumentNote(DocumentKind.CREDIT_NOTE, each, wait=False) for each in done]
        documents = books.write(raw(session), Changes(documents=papers), weak_wait_s=0).documents
    crash_point("invoices.notes_numbered")
    return documents


def _note_refunds(session: Session, rows: Sequence[Row[Any]], lines: Mapping[UUID, list[Row[Any]]]) -> None:
    """What was refunded of each line and stands on no note yet; it may have moved meanwhile."""
    found = {}
    for row in rows:
        if row.cause != CreditCause.REFUND:
            continue
        for line in lines[row.invoice_id]:
            minor = line.refunded_minor + line.credited_minor - line.noted_minor
            if minor > 0:
                found[row.id, line.id] = noted_line(line_value(line), line.noted_minor, minor)
    notes.insert_lines(session, found, list(lines))


def _frozen(
    session: Session,
    seller: Seller,
    rows: Sequence[Row[Any]],
    lines: Mapping[UUID, list[Row[Any]]],
    taken: Mapping[UUID, Mapping[UUID, Row[Any]]],
) -> list[notes.IssuedNote]:
    prefix = seller.prefixes[CREDIT_NOTE]
    series = {"entity": seller.entity, "kind": CREDIT_NOTE, "prefix": prefix}
    now, year = lock_series(session, **series, year_of=seller.fiscal.label_at)
    series_id, first = take_numbers(session, **series, fiscal_year=year, count=len(rows))
    found = []
    for seq, row in enumerate(rows, start=first):
        number = document_number(prefix, year, seq)
        noted = taken[row.id]
        credited = [_credited(each, noted[each.id]) for each in lines[row.invoice_id] if each.id in noted]
        invoice = InvoiceSnapshot.from_json(bytes(row.snapshot))
        paper = credit_note_snapshot(invoice, seller, number, seller.fiscal.day(now), row.reason, credited)
        found.append(
            notes.IssuedNote(
                id=row.id,
                series_id=series_id,
                seq=seq,
                number=number,
                issued_at=now,
                total_minor=paper.total_minor,
                tax_minor=paper.tax_minor,
                round_off_minor=paper.round_off_minor,
                snapshot=paper.to_json(),
                sha256=paper.sha256(),
            )
        )
    return found


def _credited(line: Row[Any], noted: Row[Any]) -> CreditedLine:
    treatment = Treatment(TaxKind(line.tax_kind), line.tax_rate_bp, line.tax_code)
    taxed = TaxedLine(noted.net_minor, noted.tax_minor, noted.rounding_minor, treatment)
    return CreditedLine(line.component, line.description, taxed)
