"""Charges while the payer is away: with which saved way to pay, one in flight per invoice, how each ended."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from models.queries.checkouts import tell

_PAYERS = """
SELECT gateway_account, external_id AS payer FROM customer_gateway_refs
WHERE customer_id = :customer_id ORDER BY gateway_account
"""
_METHODS = """
SELECT r.gateway_account, r.external_id AS payer, m.external_id AS method
FROM customer_gateway_refs r
JOIN gateway_objects m ON m.gateway_account = r.gateway_account AND m.kind = 'payment_method'
  AND m.data ->> 'gateway_customer' = r.external_id
LEFT JOIN gateway_objects c ON c.gateway_account = r.gateway_account AND c.kind = 'customer'
  AND c.external_id = r.external_id
WHERE r.customer_id = :customer_id AND m.status = 'attached'
ORDER BY (c.data ->> 'default_method' = m.external_id) DESC NULLS LAST, m.occurred_at DESC NULLS LAST, m.external_id
"""
_IN_FLIGHT = """
SELECT id, amount_minor, currency, gateway_account FROM checkouts
WHERE invoice_id = :invoice_id AND kind = 'charge' AND status IN ('creating', 'open')
"""
_CLOSE_PAGES = """
UPDATE checkouts SET status = CASE WHEN external_id IS NULL THEN 'failed' ELSE 'expired' END,
  failure = CASE WHEN external_id IS NULL THEN 'replaced by a charge' END
WHERE invoice_id = :invoice_id AND kind = 'page' AND status IN ('creating', 'open')
RETURNING id, gateway_account, external_id
"""
_FOLLOW = """
UPDATE checkouts k SET status = CASE WHEN p.status = 'succeeded' THEN 'completed' ELSE 'failed' END,
  failure = CASE WHEN p.status <> 'succeeded' THEN 'the payment is ' || p.status END,
  decline_code = (SELECT t.decline_code FROM payment_attempts t
    WHERE t.payment_id = p.id AND p.status = 'failed' ORDER BY t.occurred_at DESC NULLS LAST LIMIT 1)
FROM gateway_aliases a JOIN payments p ON p.id = a.payment_id
WHERE k.status = 'open' AND k.kind IN ('intent', 'charge')
  AND (CAST(:invoice_id AS uuid) IS NULL OR k.invoice_id = :invoice_id)
  AND a.gateway_account = k.gateway_account AND a.external_id = k.external_id
  AND (p.status IN ('succeeded', 'canceled', 'expired') OR (p.status = 'failed' AND k.kind = 'charge'))
RETURNING k.id
"""
"""A payer may try again at a payment that he began on the host's page; nobody tries a charge again."""


def payers(session: Session, customer_id: UUID) -> Sequence[Row[Any]]:
    """(gateway_account, payer): where this customer has a record."""
    return session.execute(text(_PAYERS), {"customer_id": customer_id}).all()


def saved_methods(session: Session, customer_id: UUID) -> Sequence[Row[Any]]:
    """(gateway_account, payer, method): what gateways told us that can be charged; the customer's choice first."""
    return session.execute(text(_METHODS), {"customer_id": customer_id}).all()


def find_in_flight(session: Session, invoice_id: UUID) -> Row[Any] | None:
    """The charge of this invoice that nobody knows the end of yet; there is one at most."""
    return session.execute(text(_IN_FLIGHT), {"invoice_id": invoice_id}).one_or_none()


def close_pages(session: Session, invoice_id: UUID) -> Sequence[Row[Any]]:
    """End the pages of an invoice; those with a gateway id must be closed there as well."""
    closed = session.execute(text(_CLOSE_PAGES), {"invoice_id": invoice_id}).all()
    for row in closed:
        tell(session, row.id)
    return [row for row in closed if row.external_id]


def follow_payments(session: Session, invoice_id: UUID | None = None) -> int:
    """Let what a bank has decided end the checkout it belongs to, of one invoice or of all; how many ended."""
    ended = session.scalars(text(_FOLLOW), {"invoice_id": invoice_id}).all()
    for checkout_id in ended:
        tell(session, checkout_id)
    return len(ended)
