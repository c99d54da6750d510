"""Checkouts as rows: ask for one, open it, give it to another gateway, end it. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.ids import new_id
from bursar.rules.states import CheckoutKind, CheckoutStatus
from models.queries.inbox import uuid_or_none
from models.session import named_rows, raw

CHANNEL = "bursar_checkouts"
"""`LISTEN bursar_checkouts`: the id of each checkout that somebody may wait for, once it is decided."""
_COLUMNS = """c.id, c.gateway_account, c.external_id, c.kind, c.invoice_id, c.status, c.amount_minor, c.currency, c.url,
  c.client_secret, c.expires_at, c.pinned, c.wanted_until, c.fallback_from, c.failure, c.decline_code, c.advice_code, c.requested_by,
  c.created_at, i.customer_id, i.number, u.country, u.external_ref"""
_INSERT = """
INSERT INTO checkouts (id, gateway_account, kind, invoice_id, status, amount_minor, currency, expires_at, pinned,
  wanted_until, requested_by)
VALUES (%(id)s, %(account)s, %(kind)s, %(invoice_id)s, 'creating', %(amount_minor)s, %(currency)s, %(expires_at)s,
  %(pinned)s, now() + make_interval(secs => %(wait_s)s), %(requested_by)s)
"""


class CheckoutUnknown(Refused):
    """No checkout has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCheckout:
    """A checkout to be opened."""

    account: str
    kind: CheckoutKind
    invoice_id: UUID
    amount_minor: int
    currency: str
    expires_at: datetime | None
    requested_by: str
    pinned: bool = False
    """Whether no other gateway is to be asked."""
    wait_s: float = 0.0
    """Seconds for which somebody waits."""


def insert(session: Session, new: NewCheckout) -> UUID:
    """Record the pending payment, before anybody is sent anywhere; asks for no answer of the server."""
    checkout_id = new_id()
    raw(session).execute(
        _INSERT,
        {
            "id": checkout_id,
            "account": new.account,
            "kind": new.kind.value,
            "invoice_id": new.invoice_id,
            "amount_minor": new.amount_minor,
            "currency": new.currency,
            "expires_at": new.expires_at,
            "pinned": new.pinned,
            "wait_s": new.wait_s,
            "requested_by": new.requested_by,
        },
    )
    return checkout_id


def get(session: Session, checkout_id: UUID) -> Any:
    """One checkout with whose invoice it pays. Raises CheckoutUnknown."""
    statement = f"""SELECT {_COLUMNS} FROM checkouts c JOIN invoices i ON i.id = c.invoice_id
      JOIN customers u ON u.id = i.customer_id WHERE c.id = %(id)s"""
    found = named_rows(session, statement, {"id": checkout_id})
    if not found:
        raise CheckoutUnknown(f"no checkout has the id {checkout_id}")
    return found[0]


def find(session: Session, ref: str, accounts: Sequence[str]) -> Row[Any] | None:
    """The checkout with this id, ours or that of a gateway; of two gateways that use one, the newest."""
    statement = f"""SELECT {_COLUMNS} FROM checkouts c JOIN invoices i ON i.id = c.invoice_id
      JOIN customers u ON u.id = i.customer_id
      WHERE c.id = :id OR (c.gateway_account = ANY(:accounts) AND c.external_id = :ref)
      ORDER BY c.created_at DESC LIMIT 1"""
    parameters = {"id": uuid_or_none(ref), "ref": ref, "accounts": list(accounts)}
    return session.execute(text(statement), parameters).one_or_none()


def opened(
    session: Session,
    checkout_id: UUID,
    account: str,
    *,
    external_id: str,
    url: str,
    expires_at: datetime | None,
) -> bool:
    """It can be paid. False when another gateway was asked meanwhile, or it ended."""
    return _update(
        session,
        checkout_id,
        account,
        "status = 'creating'",
        """status = 'open', external_id = %(external_id)s, url = %(url)s,
           expires_at = coalesce(%(expires_at)s::timestamptz, expires_at)""",
        external_id=external_id,
        url=url,
        expires_at=expires_at,
    )


def tried(
    session: Session,
    checkout_id: UUID,
    account: str,
    *,
    external_id: str,
    status: CheckoutStatus,
    client_secret: str | None,
    url: str | None,
    why: str | None = None,
) -> bool:
    """A payment was begun or charged; `why` it failed. What its events said before stays."""
    return _update(
        session,
        checkout_id,
        account,
        "status IN ('creating', 'open')",
        """status = %(status)s, external_id = %(external_id)s, url = %(url)s, failure = %(why)s,
           client_secret = coalesce(%(client_secret)s, client_secret)""",
        external_id=external_id,
        status=status.value,
        client_secret=client_secret,
        url=url,
        why=why,
    )


def declined(
    session: Session,
    checkout_id: UUID,
    account: str,
    why: str,
    *,
    external_id: str | None,
    decline_code: str | None,
    advice_code: str | None,
) -> bool:
    """The bank or the gateway refused to collect; the codes say whether trying again can help."""
    return _update(
        session,
        checkout_id,
        account,
        "status IN ('creating', 'open')",
        """status = 'failed', failure = %(why)s, decline_code = %(decline_code)s, advice_code = %(advice_code)s,
           external_id = coalesce(external_id, %(external_id)s)""",
        why=why,
        external_id=external_id,
        decline_code=decline_code,
        advice_code=advice_code,
    )


def failed(session: Session, checkout_id: UUID, account: str, why: str) -> bool:
    """Nobody will open it, or the charge was declined."""
    return _update(
        session,
        checkout_id,
        account,
        "status IN ('creating', 'open')",
        "status = 'failed', failure = %(why)s",
        why=why,
    )


def expired(session: Session, account: str, external_id: str) -> bool:
    """It cannot be paid any more."""
    statement = """UPDATE checkouts SET status = 'expired' WHERE gateway_account = :account
      AND external_id = :external_id AND status = 'open' RETURNING id"""
    return session.scalar(text(statement), {"account": account, "external_id": external_id}) is not None


def fall_back(session: Session, checkout_id: UUID, account: str, following: str) -> bool:
    """Give it to another gateway, and say whose silence was the reason."""
    return _update(
        session,
        checkout_id,
        account,
        "status = 'creating'",
        "gateway_account = %(following)s, fallback_from = %(account)s",
        following=following,
    )


def close(session: Session, checkout_id: UUID) -> str | None:
    """End what a newer checkout replaces; the gateway's id of it, where it has one."""
    statement = """UPDATE checkouts SET status = CASE WHEN external_id IS NULL THEN 'failed' ELSE 'expired' END,
        failure = CASE WHEN external_id IS NULL THEN 'replaced by a newer checkout' END
      WHERE id = :id AND status IN ('creating', 'open') RETURNING external_id"""
    external_id: str | None = session.scalar(text(statement), {"id": checkout_id})
    return external_id


def gateway_customer(session: Session, customer_id: UUID | None, account: str) -> str | None:
    """The gateway's id of a customer, once there is one."""
    statement = """SELECT external_id FROM customer_gateway_refs
      WHERE customer_id = :customer_id AND gateway_account = :account"""
    found: str | None = session.scalar(text(statement), {"customer_id": customer_id, "account": account})
    return found


def tell(session: Session, checkout_id: UUID) -> None:
    """Say on the channel, with the commit, that something became of it."""
    session.execute(text("SELECT pg_notify(:channel, :id)"), {"channel": CHANNEL, "id": str(checkout_id)})


def _update(
    session: Session, checkout_id: UUID, account: str, while_: str, change: str, **values: object
) -> bool:
    """Whether it was so. With the commit it is said on the channel that something became of it."""
    statement = f"""UPDATE checkouts SET {change} WHERE id = %(id)s AND gateway_account = %(account)s AND {while_}
      RETURNING id, pg_notify('{CHANNEL}', id::text)"""
    return bool(named_rows(session, statement, {"id": checkout_id, "account": account, **values}))
