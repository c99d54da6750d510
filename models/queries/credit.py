"""Credit that has something to pay."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

CUSTOMERS_MAX = 500
"""Customers one task settles; the next tick takes the rest."""


def customers_to_settle(session: Session, customers: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """(customer, currency) pairs with un-held credit and something open; all of them when no customers are given."""
    rows = session.execute(
        text(
            """SELECT DISTINCT p.customer_id, p.currency FROM payments p JOIN invoices i
                 ON i.customer_id = p.customer_id AND i.currency = p.currency
               WHERE p.credit_minor > p.held_minor AND i.status = 'open' AND i.paid_minor + i.refunded_minor < i.total_minor
                 AND (:everyone OR p.customer_id = ANY(:customers))
               ORDER BY 1, 2 LIMIT :limit"""
        ),
        {"everyone": not customers, "customers": list(customers), "limit": CUSTOMERS_MAX},
    )
    return [(row.customer_id, row.currency) for row in rows]
