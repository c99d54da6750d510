"""What is known before a checkout is opened: read at once, under the customer's lock. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import namedtuple_row
from sqlalchemy.orm import Session

from bursar.rules.states import CheckoutKind
from models.books import lock_customers
from models.queries.customers import RECORDS, subject
from models.queries.payable import INVOICE
from models.session import raw

_LIVE = """
SELECT c.id, c.gateway_account, c.amount_minor, c.created_at > now() - make_interval(secs => %(within_s)s)
  AND (c.expires_at IS NULL OR c.expires_at > now() + interval '1 minute') AS reusable
FROM checkouts c WHERE c.invoice_id = %(invoice_id)s AND c.kind = %(kind)s AND c.status IN ('creating', 'open')
ORDER BY c.created_at DESC
"""
_REUSE = """
UPDATE checkouts SET reused = reused + 1, pinned = pinned OR %(pinned)s,
  wanted_until = greatest(wanted_until, now() + make_interval(secs => %(wait_s)s))
WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a wish stands on."""

    invoice: Any
    live: Sequence[Any]
    """Checkouts of the invoice that are being opened or are open, the newest first."""
    records: Sequence[Any]
    """The customer's at each account, as `customers.records`."""

    def record_at(self, account: str) -> Any:
        """The customer's at one of the accounts."""
        return next(each for each in self.records if each.gateway_account == account)


def look(
    session: Session,
    invoice_id: UUID,
    customer_id: UUID,
    kind: CheckoutKind,
    *,
    accounts: Sequence[str],
    within_s: float,
) -> Ground:
    """Lock the customer, then read; one round trip. `within_s`: how old a checkout may be to be given again."""
    connection = raw(session)
    parameters = {
        "id": invoice_id,
        "invoice_id": invoice_id,
        "kind": kind.value,
        "within_s": within_s,
        "customer_id": customer_id,
        "subject": subject(customer_id),
        "accounts": list(accounts),
    }
    with connection.pipeline():
        lock_customers(connection, [customer_id])
        found = [
            connection.cursor(row_factory=namedtuple_row).execute(statement, parameters)
            for statement in (f"{INVOICE} WHERE i.id = %(id)s", _LIVE, RECORDS)
        ]
    [invoice], live, records = (cursor.fetchall() for cursor in found)
    return Ground(invoice=invoice, live=live, records=records)


def count_reuse(session: Session, checkout_id: UUID, *, pinned: bool, wait_s: float) -> None:
    """Somebody who asked again was given this one; it is wanted as he wants it, and for as long."""
    raw(session).execute(_REUSE, {"id": checkout_id, "pinned": pinned, "wait_s": wait_s})
