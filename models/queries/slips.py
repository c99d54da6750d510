"""What operators entered: slips in the inbox, and whom they may name."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused


class CustomerUnknown(Refused):
    """No customer has this reference."""


def get_customer(session: Session, reference: str) -> UUID:
    """Our id of a customer by the host's reference. Raises CustomerUnknown."""
    found: UUID | None = session.scalar(
        text("SELECT id FROM customers WHERE external_ref = :reference"), {"reference": reference}
    )
    if found is None:
        raise CustomerUnknown(f"customer: nobody has the reference {reference!r}")
    return found


def entered(session: Session, account: str, names: Sequence[str]) -> set[str]:
    """Those of these slips that are in the inbox already."""
    statement = """SELECT dedupe_key FROM gateway_events
      WHERE gateway_account = :account AND dedupe_key = ANY(:names)"""
    return set(session.scalars(text(statement), {"account": account, "names": list(names)}))


def get_entry(session: Session, account: str, dedupe_key: str) -> Row[Any]:
    """(id, body) of what is in the inbox under this key."""
    statement = "SELECT id, body FROM gateway_events WHERE gateway_account = :account AND dedupe_key = :key"
    return session.execute(text(statement), {"account": account, "key": dedupe_key}).one()
