"""Open an invoice: number, frozen snapshot, ledger entry, the right it may grant, and credit applied at once."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.bookkeeping import settle_group
from bursar.rules.changes import Changes
from bursar.rules.invoicing import Fee, InvoiceRefused, IssuedLine, checked_fees, issue_entry
from bursar.rules.money import checked_currency
from bursar.rules.numbering import document_number, fiscal_day, fiscal_year
from bursar.rules.states import InvoiceStatus
from models import books, tables
from models.queries.receipts import lock_series, take_numbers
from models.receivables import Invoice, InvoiceLine
from models.session import raw

INVOICE_PREFIX = "INV"
ENTITY = "main"
KNOWN_TABLES = tables.METADATA
"""The ORM must know every table that a foreign key names before it writes one of them."""


class InvoiceClosed(Refused):
    """The invoice is not a draft any more; correct it with a credit note."""


def draft_invoice(
    session: Session,
    *,
    customer_id: UUID,
    currency: str,
    fees: Sequence[Fee],
    due_on: date,
    source: tuple[str, str],
    track_id: UUID | None = None,
) -> Invoice:
    """Write a draft from fee components, in the order given. Raises InvoiceRefused for empty or wrong amounts."""
    invoice = Invoice(
        id=new_id(),
        customer_id=customer_id,
        track_id=track_id,
        source_type=source[0],
        source_id=source[1],
        currency=checked_currency(currency),
        total_minor=checked_fees(fees),
        status=InvoiceStatus.DRAFT.value,
        due_on=due_on,
    )
    session.add(invoice)
    session.flush()
    for position, fee in enumerate(fees, start=1):
        session.add(_line(invoice.id, position, fee, due_on))
    session.flush()
    return invoice


def issue_invoice(session: Session, invoice_id: UUID) -> None:
    """Open a draft in one transaction; un-held credit of the customer pays it at once (L1).

    Raises InvoiceClosed when it was issued before: numbers are taken once.
    """
    invoice = session.get_one(Invoice, invoice_id)
    connection = raw(session)
    books.lock_customers(connection, [invoice.customer_id])
    session.refresh(invoice, with_for_update={"key_share": True})
    if invoice.status != InvoiceStatus.DRAFT:
        raise InvoiceClosed(invoice=invoice_id)
    lines = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)).all()
    if not lines:
        raise InvoiceRefused("an invoice needs at least one line")
    _reserve_right(session, invoice)
    _number(session, invoice, lines)
    session.flush()
    issued = [
        IssuedLine(id=line.id, component=line.component, net_minor=line.net_minor, tax_minor=line.tax_minor)
        for line in sorted(lines, key=lambda line: line.position)
    ]
    opened = Changes(entries=[issue_entry(invoice.id, invoice.customer_id, invoice.currency, issued)])
    books.write(connection, opened, weak_wait_s=0)
    settle(session, invoice.customer_id, invoice.currency)


def settle(session: Session, customer_id: UUID, currency: str) -> books.Written:
    """Apply the credit of a customer to what is open; the customer must be locked."""
    group = (customer_id, currency)
    connection = raw(session)
    changes = settle_group(books.load_groups(connection, [group]), group)
    return books.write(connection, changes, weak_wait_s=0)


def _line(invoice_id: UUID, position: int, fee: Fee, due_on: date) -> InvoiceLine:
    return InvoiceLine(
        id=new_id(),
        invoice_id=invoice_id,
        position=position,
        component=fee.component,
        priority=fee.priority,
        due_on=fee.due_on or due_on,
        quantity=fee.quantity,
        unit_minor=fee.unit_minor,
        discount_minor=fee.discount_minor,
        net_minor=fee.net_minor,
        tax_minor=fee.tax_minor,
        gross_minor=fee.gross_minor,
    )


def _number(session: Session, invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Take the number last: the counter stays locked until the commit, so the series has no gaps."""
    [opened_seq] = books.next_seqs(raw(session), 1)
    now, year = lock_series(
        session, entity=ENTITY, kind="invoice", prefix=INVOICE_PREFIX, year_of=_fiscal_year
    )
    series_id, seq = take_numbers(
        session, entity=ENTITY, kind="invoice", prefix=INVOICE_PREFIX, fiscal_year=year, count=1
    )
    invoice.status = InvoiceStatus.OPEN.value
    invoice.series_id, invoice.seq = series_id, seq
    invoice.number = document_number(INVOICE_PREFIX, year, seq)
    invoice.issued_at, invoice.opened_seq = now, opened_seq
    snapshot = orjson.dumps(
        {
            "number": invoice.number,
            "customer": invoice.customer_id,
            "currency": invoice.currency,
            "due_on": invoice.due_on,
            "total_minor": invoice.total_minor,
            "lines": [
                [line.position, line.component, line.quantity, line.unit_minor, line.discount_minor,
                 line.tax_minor, line.gross_minor]
                for line in sorted(lines, key=lambda line: line.position)
            ],
        },
        option=orjson.OPT_SORT_KEYS,
    )  # fmt: skip
    invoice.snapshot, invoice.snapshot_sha256 = snapshot, hashlib.sha256(snapshot).hexdigest()


def _fiscal_year(moment: datetime) -> str:
    return fiscal_year(fiscal_day(moment))


def _reserve_right(session: Session, invoice: Invoice) -> None:
    """An invoice for a track is a source of the right to it."""
    if invoice.track_id is None:
        return
    session.execute(
        text(
            """INSERT INTO enrollments (id, customer_id, track_id, state) VALUES (:id, :customer_id, :track_id, 'done')
               ON CONFLICT (customer_id, track_id) DO NOTHING"""
        ),
        {"id": new_id(), "customer_id": invoice.customer_id, "track_id": invoice.track_id},
    )
    session.execute(
        text(
            """INSERT INTO enrollment_grants (id, enrollment_id, source_type, source_id)
               SELECT :id, id, 'invoice', :invoice_id FROM enrollments
               WHERE customer_id = :customer_id AND track_id = :track_id
               ON CONFLICT (enrollment_id, source_type, source_id) DO NOTHING"""
        ),
        {
            "id": new_id(),
            "invoice_id": invoice.id,
            "customer_id": invoice.customer_id,
            "track_id": invoice.track_id,
        },
    )
