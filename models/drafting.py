"""Drafts: what is to be billed, written with the taxes it would have today, and read back as values."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.billing import Bill, Buyer, Draft, DraftLine, bill
from bursar.rules.invoicing import Fee
from bursar.rules.money import checked_currency
from bursar.rules.sellers import Seller
from bursar.rules.states import InvoiceStatus
from bursar.rules.tax import Place, TaxedLine
from models import tables
from models.arrays import Array
from models.parties import Customer
from models.receivables import Invoice, InvoiceLine

KNOWN_TABLES = tables.METADATA
"""The ORM must know every table that a foreign key names before it writes one of them."""
PLAIN = Seller(name="")
"""Takes the tax he is told: for drafts of who taxes nothing, or not yet. Taxes are computed anew at issue."""
_DRAFTS = """
SELECT i.id, i.currency, i.due_on, i.source_id, i.period_start, i.track_id, c.id AS customer_id, c.name,
  c.external_ref, c.country, c.region, c.address, c.tax_id, c.locale, c.email
FROM invoices i JOIN customers c ON c.id = i.customer_id
WHERE i.id = ANY(%s) AND i.status = 'draft' ORDER BY i.id FOR NO KEY UPDATE OF i"""
_LINES = """
SELECT id, invoice_id, position, component, description, priority, due_on, quantity, unit_minor, discount_minor,
  CASE tax_kind WHEN 'told' THEN tax_minor ELSE 0 END AS told_minor, tax_kind, tax_rate_bp, tax_code, tax_minor,
  rounding_minor
FROM invoice_lines WHERE invoice_id = ANY(%s) ORDER BY invoice_id, position"""


def draft_invoice(
    session: Session,
    *,
    customer_id: UUID,
    currency: str,
    fees: Sequence[Fee],
    due_on: date,
    source: tuple[str, str],
    track_id: UUID | None = None,
    seller: Seller = PLAIN,
    period_start: date | None = None,
    issue_on: date | None = None,
) -> Invoice:
    """Write a draft from fee components, in the order given. Raises InvoiceRefused for empty or wrong amounts."""
    checked = checked_currency(currency)
    lines = tuple(DraftLine(new_id(), position, fee) for position, fee in enumerate(fees, start=1))
    customer = session.get_one(Customer, customer_id)
    draft = Draft(
        new_id(), buyer_of(customer_id, customer), checked, due_on, source[1], lines, period_start, track_id
    )
    billed = bill(draft, seller)
    invoice = Invoice(
        id=draft.id,
        customer_id=customer_id,
        track_id=track_id,
        source_type=source[0],
        source_id=source[1],
        period_start=period_start,
        issue_on=issue_on,
        currency=checked,
        kind=billed.kind.value,
        place_of_supply=billed.place_of_supply,
        total_minor=billed.total_minor,
        tax_minor=billed.tax_minor,
        round_off_minor=billed.round_off_minor,
        status=InvoiceStatus.DRAFT.value,
        due_on=due_on,
    )
    session.add(invoice)
    session.flush()
    session.add_all(_rows(billed))
    session.flush()
    return invoice


def lock_drafts(connection: psycopg.Connection[Any], ids: Sequence[UUID]) -> list[tuple[Draft, list[Any]]]:
    """Those of these invoices that are still drafts, locked, each with its stored lines; in the order of `ids`."""
    heads = {row.id: row for row in _read(connection, _DRAFTS, ids)}
    lines: dict[UUID, list[Any]] = {}
    for row in _read(connection, _LINES, list(heads)):
        lines.setdefault(row.invoice_id, []).append(row)
    return [(_draft(heads[each], lines.get(each, [])), lines.get(each, [])) for each in ids if each in heads]


def buyer_of(customer_id: UUID, customer: Any) -> Buyer:
    """A customer as papers name him; `customer` has the columns of one."""
    return Buyer(
        id=customer_id,
        name=customer.name,
        reference=customer.external_ref,
        place=Place(customer.country, customer.region),
        address=tuple((customer.address or "").splitlines()),
        tax_id=customer.tax_id,
        locale=customer.locale,
        email=customer.email,
    )


def _read(connection: psycopg.Connection[Any], query: str, ids: Sequence[UUID]) -> list[Any]:
    cursor = connection.cursor(binary=True, row_factory=namedtuple_row)
    return list(cursor.execute(query, [Array("uuid", ids)]).fetchall())


def _draft(head: Any, lines: Sequence[Any]) -> Draft:
    return Draft(
        id=head.id,
        buyer=buyer_of(head.customer_id, head),
        currency=head.currency,
        due_on=head.due_on,
        reference=head.source_id,
        lines=tuple(DraftLine(row.id, row.position, _fee(row)) for row in lines),
        period_start=head.period_start,
        track_id=head.track_id,
    )


def _fee(row: Any) -> Fee:
    return Fee(
        component=row.component,
        description=row.description,
        unit_minor=row.unit_minor,
        quantity=row.quantity,
        discount_minor=row.discount_minor,
        tax_minor=row.told_minor,
        priority=row.priority,
        due_on=row.due_on,
    )


def _rows(billed: Bill) -> list[InvoiceLine]:
    pairs = zip(billed.draft.lines, billed.lines, strict=True)
    return [_row(billed.draft, told, line) for told, line in pairs]


def _row(draft: Draft, told: DraftLine, line: TaxedLine) -> InvoiceLine:
    fee = told.fee
    return InvoiceLine(
        id=told.id,
        invoice_id=draft.id,
        position=told.position,
        component=fee.component,
        description=fee.description,
        priority=fee.priority,
        due_on=fee.due_on or draft.due_on,
        quantity=fee.quantity,
        unit_minor=fee.unit_minor,
        discount_minor=fee.discount_minor,
        net_minor=line.net_minor,
        tax_kind=line.treatment.kind.value,
        tax_rate_bp=line.treatment.rate_bp,
        tax_code=line.treatment.code,
        tax_minor=line.tax_minor,
        rounding_minor=line.rounding_minor,
        gross_minor=line.gross_minor,
    )
