"""Customers and the records gateways keep of them. Reads and writes rows; decides nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from models.session import named_rows

_KEEP = """
INSERT INTO customer_gateway_refs (id, customer_id, gateway_account, external_id)
VALUES (:id, :customer_id, :account, :external_id) ON CONFLICT DO NOTHING
"""
RECORDS = """
SELECT a.account AS gateway_account, r.external_id, c.state, c.outcome, c.failure ->> 'code' AS failure_code, c.error
FROM unnest(%(accounts)s::text[]) a(account)
LEFT JOIN customer_gateway_refs r ON r.customer_id = %(customer_id)s AND r.gateway_account = a.account
LEFT JOIN LATERAL (SELECT state, outcome, failure, error FROM gateway_calls
  WHERE operation = 'create_customer' AND subject = %(subject)s AND gateway_account = a.account
  ORDER BY n DESC LIMIT 1) c ON true
ORDER BY a.account
"""


class CustomerUnknown(Refused):
    """No customer has this id."""


def get(session: Session, customer_id: UUID) -> Row[Any]:
    """What a gateway's record of a customer is made of. Raises CustomerUnknown."""
    statement = "SELECT id, external_ref, name, email, country FROM customers WHERE id = :id"
    found = session.execute(text(statement), {"id": customer_id}).one_or_none()
    if found is None:
        raise CustomerUnknown(f"no customer has the id {customer_id}")
    return found


def known(session: Session, ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of these ids that are customers, in one order for everybody."""
    statement = "SELECT id FROM customers WHERE id = ANY(:ids) ORDER BY id"
    return session.scalars(text(statement), {"ids": list(ids)}).all()


def records(session: Session, customer_id: UUID, accounts: Sequence[str]) -> Sequence[Any]:
    """At each account: the gateway's id, or how the last call that should make a record stands."""
    parameters = {"customer_id": customer_id, "subject": subject(customer_id), "accounts": list(accounts)}
    return named_rows(session, RECORDS, parameters)


def keep_record(session: Session, customer_id: UUID | None, account: str, external_id: str) -> None:
    """Remember the gateway's id; the first one stays."""
    session.execute(
        text(_KEEP),
        {"id": new_id(), "customer_id": customer_id, "account": account, "external_id": external_id},
    )


def subject(customer_id: UUID) -> str:
    """What calls about a customer's record are filed under."""
    return f"customer:{customer_id}"


def hurry_record(session: Session, customer_id: UUID, account: str) -> UUID | None:
    """Have a record made now that was to be made later, for somebody waits; the call, None while it is made."""
    statement = """UPDATE gateway_calls SET not_before = least(not_before, now()) WHERE operation = 'create_customer'
      AND subject = :subject AND gateway_account = :account AND state = 'pending' RETURNING id"""
    found: UUID | None = session.scalar(
        text(statement), {"subject": subject(customer_id), "account": account}
    )
    return found
