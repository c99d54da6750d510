"""Load what was taken back from payments: refunds and disputes, by name or by payment."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from bursar.rules.books import Dispute, External, Refund
from bursar.rules.registers import stored_stamp
from bursar.rules.states import DisputeStatus, RefundEffect, RefundStatus
from models.arrays import Array

Connection = psycopg.Connection[Any]

_REFUND = """SELECT id, gateway_account, gateway_refund_id, payment_id, status, amount_minor, currency,
  applied_seq, effect, occurred_at, reason FROM refunds"""
_DISPUTE = """SELECT id, gateway_account, gateway_dispute_id, payment_id, status, amount_minor, currency,
  applied_seq, turns, reason, respond_by, occurred_at, rank, event_key FROM disputes"""


def refunds_named(connection: Connection, named: list[External]) -> list[Refund]:
    """Refunds by (account, gateway id)."""
    if not named:
        return []
    query = f"""{_REFUND} WHERE (gateway_account, gateway_refund_id) IN
      (SELECT * FROM unnest(%s::text[], %s::text[]))"""
    return [_refund(row) for row in connection.execute(query, text_columns(named))]


def refunds_of(connection: Connection, payment_ids: set[UUID]) -> list[Refund]:
    """Every refund of these payments."""
    rows = connection.execute(f"{_REFUND} WHERE payment_id = ANY(%s)", [list(payment_ids)])
    return [_refund(row) for row in rows]


def disputes_named(connection: Connection, named: list[External]) -> list[Dispute]:
    """Disputes by (account, gateway id)."""
    if not named:
        return []
    query = f"""{_DISPUTE} WHERE (gateway_account, gateway_dispute_id) IN
      (SELECT * FROM unnest(%s::text[], %s::text[]))"""
    return [_dispute(row) for row in connection.execute(query, text_columns(named))]


def disputes_of(connection: Connection, payment_ids: set[UUID]) -> list[Dispute]:
    """Every dispute of these payments."""
    rows = connection.execute(f"{_DISPUTE} WHERE payment_id = ANY(%s)", [list(payment_ids)])
    return [_dispute(row) for row in rows]


def groups_with_takings(connection: Connection, customers: Iterable[UUID]) -> Iterable[tuple[UUID, str]]:
    """The (customer, currency) pairs of these customers in which money was ever taken back."""
    return connection.cursor(binary=True).execute(
        """SELECT customer_id, currency FROM payments
           WHERE customer_id = ANY(%s) AND (refunded_minor > 0 OR lost_minor > 0)""",
        [Array("uuid", list(customers))],
    )


def text_columns(named: Sequence[External]) -> list[Array]:
    """Names as two columns."""
    return [Array("text", [account for account, _ in named]), Array("text", [name for _, name in named])]


def _refund(row: Any) -> Refund:
    return Refund(
        id=row[0],
        account=row[1],
        gateway_id=row[2],
        payment_id=row[3],
        status=RefundStatus(row[4]),
        amount_minor=row[5],
        currency=row[6],
        applied_seq=row[7],
        effect=RefundEffect(row[8]),
        occurred_at=row[9],
        reason=row[10],
    )


def _dispute(row: Any) -> Dispute:
    return Dispute(
        id=row[0],
        account=row[1],
        gateway_id=row[2],
        payment_id=row[3],
        status=DisputeStatus(row[4]),
        amount_minor=row[5],
        currency=row[6],
        applied_seq=row[7],
        turns=row[8],
        reason=row[9],
        respond_by=row[10],
        stamp=stored_stamp(row[11], row[12], row[13]),
    )
