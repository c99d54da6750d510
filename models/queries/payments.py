"""Payments as people look for them: filtered, newest first, and how one stands by any name it has. By indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.ids import first_id_at
from models.queries import checkouts
from models.queries.references import ReferenceUnknown, get_scope

_PAYMENT = """
SELECT p.id, split_part(p.gateway_account, ':', 1) AS gateway, p.gateway_account, p.gateway_payment_id, p.status,
  p.amount_minor, p.currency, c.external_ref AS customer, i.number AS invoice, p.method, p.refunded_minor, p.lost_minor,
  p.credit_minor, p.unidentified_minor, p.disputed, r.number AS receipt, p.occurred_at, p.created_at
FROM payments p LEFT JOIN customers c ON c.id = p.customer_id LEFT JOIN invoices i ON i.id = p.invoice_id
LEFT JOIN receipts r ON r.payment_id = p.id
"""
_FILTER = """
WHERE (CAST(:status AS text) IS NULL OR p.status = :status)
  AND (CAST(:customer AS text) IS NULL OR p.customer_id = (SELECT id FROM customers WHERE external_ref = :customer))
  AND (CAST(:gateway AS text) IS NULL OR p.gateway_account LIKE :gateway || ':%')
  AND (CAST(:since AS uuid) IS NULL OR p.id >= :since) AND (CAST(:until AS uuid) IS NULL OR p.id < :until)
ORDER BY p.id DESC LIMIT :limit"""
"""Ids are in the order of time: of a span, and of the newest, only the index of ids is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSearch:
    """Which payments; None means any."""

    status: str | None = None
    customer: str | None = None
    """The host's reference."""
    gateway: str | None = None
    since: datetime | None = None
    """When we were first told of it, not when it was paid."""
    until: datetime | None = None
    limit: int

    def parameters(self) -> dict[str, object]:
        """As the statement takes them."""
        return {
            "status": self.status,
            "customer": self.customer,
            "gateway": self.gateway,
            "since": self.since and first_id_at(self.since),
            "until": self.until and first_id_at(self.until),
            "limit": self.limit,
        }


class Standing(NamedTuple):
    """How a payment stands: what we opened for it, and what gateways told of it. At least one of them."""

    checkout: Row[Any] | None
    payment: Row[Any] | None


def find_payments(session: Session, search: PaymentSearch) -> Sequence[Row[Any]]:
    """Those that match, the newest first."""
    return session.execute(text(f"{_PAYMENT} {_FILTER}"), search.parameters()).all()


def get_standing(session: Session, ref: str, accounts: Sequence[str]) -> Standing:
    """By any id: ours of checkout or payment, the gateway's of session, order, link, intent, payment or charge.

    `accounts`: where gateways' ids are looked for. Raises ReferenceUnknown or ReferenceAmbiguous.
    """
    checkout = checkouts.find(session, ref, accounts)
    name = ref if checkout is None else checkout.external_id
    try:
        payment_id = get_scope(session, "payment", name or "", accounts).id
    except ReferenceUnknown:
        if checkout is None:
            raise
        return Standing(checkout, None)
    return Standing(checkout, _get_payment(session, payment_id))


def _get_payment(session: Session, payment_id: UUID) -> Row[Any]:
    return session.execute(text(f"{_PAYMENT} WHERE p.id = :id"), {"id": payment_id}).one()


def find_receipt_document(session: Session, payment_id: UUID) -> UUID | None:
    """The newest finished paper of a payment's receipt."""
    statement = """SELECT id FROM documents WHERE kind = 'receipt' AND subject_id = :id AND state = 'done'
      ORDER BY version DESC LIMIT 1"""
    return session.scalars(text(statement), {"id": payment_id}).one_or_none()
