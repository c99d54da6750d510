"""What a host names when it wants something billed: its customers, tracks and references."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.ids import new_id

_KEEP = """
INSERT INTO customers AS c (id, external_ref, name, email, country, region, address, tax_id, locale)
VALUES (:id, :reference, coalesce(:name, :reference), :email, :country, :region, :address, :tax_id,
  coalesce(:locale, 'en_IN'))
ON CONFLICT (external_ref) DO UPDATE SET name = coalesce(:name, c.name), email = coalesce(:email, c.email),
  country = coalesce(:country, c.country), region = coalesce(:region, c.region),
  address = coalesce(:address, c.address), tax_id = coalesce(:tax_id, c.tax_id), locale = coalesce(:locale, c.locale)
RETURNING id"""


def keep_customer(session: Session, reference: str, known: Mapping[str, str | None]) -> UUID:
    """The customer with this reference, made or completed by what is known of it; absent values change nothing."""
    named = {**known, "id": new_id(), "reference": reference}
    customer_id: UUID = session.scalars(text(_KEEP), named).one()
    return customer_id


def exists(session: Session, source_type: str, source_id: str, period_start: date | None) -> bool:
    """Whether something was drafted for this reference and period before."""
    statement = """SELECT EXISTS (SELECT FROM invoices WHERE source_type = :type AND source_id = :id
      AND period_start IS NOT DISTINCT FROM :period)"""
    named = {"type": source_type, "id": source_id, "period": period_start}
    return bool(session.scalar(text(statement), named))


def find_track(session: Session, slug: str) -> UUID | None:
    """The track of this name."""
    found: UUID | None = session.scalar(text("SELECT id FROM tracks WHERE slug = :slug"), {"slug": slug})
    return found
