"""What the tables say about everything a replay can be compared by, in names that both sides share."""

from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from models.session import raw

Connection = psycopg.Connection[Any]
View = dict[Any, Any]
"""What is compared -> its value."""

PAYMENT = ("status", "amount_minor", "currency", "customer", "invoice", "refunded_minor", "lost_minor",
           "disputed", "watermark_minor", "components", "credit_minor", "held_minor", "unidentified_minor",
           "suspense_minor")  # fmt: skip
TAKEN = ("status", "amount_minor", "currency", "counts")
MOVEMENT = ("status", "amount_minor", "currency", "tax_minor", "counter_minor", "counter_currency")
INVOICE = ("paid_minor", "refunded_minor", "contested")
LINE = ("allocated_minor", "refunded_minor", "written_off_minor")
SHARE = ("allocated_minor", "cancelled_minor")
GROUP = ("receivable_minor", "credit_minor", "held_minor")

_QUERIES: dict[str, tuple[tuple[str, ...], int, str]] = {
    "L0 payment": (
        PAYMENT,
        2,
        """SELECT gateway_account, gateway_payment_id, status, amount_minor, currency, customer_id, invoice_id,
             refunded_minor, lost_minor, disputed, refund_watermark_minor, components, credit_minor, held_minor,
             unidentified_minor, suspense_minor FROM payments""",
    ),
    "L0 refund": (
        TAKEN,
        2,
        """SELECT gateway_account, gateway_refund_id, status, amount_minor, currency, applied_seq IS NOT NULL
           FROM refunds""",
    ),
    "L0 dispute": (
        TAKEN,
        2,
        """SELECT gateway_account, gateway_dispute_id, status, amount_minor, currency, applied_seq IS NOT NULL
           FROM disputes""",
    ),
    "L0 movement": (
        MOVEMENT,
        3,
        """SELECT gateway_account, kind, external_id, status, amount_minor, currency, tax_minor, counter_minor,
             counter_currency FROM movements""",
    ),
    "L0 object": (
        ("status",),
        3,
        "SELECT gateway_account, kind, external_id, status FROM gateway_objects",
    ),
    "L0 checkout": (("status",), 2, "SELECT gateway_account, external_id, status FROM checkouts"),
    "L1 customer": (
        GROUP,
        2,
        """SELECT customer_id, currency, sum(receivable)::bigint, sum(credit)::bigint, sum(held)::bigint FROM (
             SELECT customer_id, currency, amount_minor AS receivable, 0 AS credit, 0 AS held FROM ledger_lines
             WHERE account = 'receivable'
             UNION ALL SELECT customer_id, currency, 0, -amount_minor, 0 FROM ledger_lines
             WHERE account = 'customer_credit'
             UNION ALL SELECT customer_id, currency, 0, 0, held_minor FROM payments WHERE customer_id IS NOT NULL
           ) AS parts GROUP BY 1, 2""",
    ),
    "L2 invoice": (
        INVOICE,
        1,
        "SELECT id, paid_minor, refunded_minor, contested FROM invoices WHERE status = 'open'",
    ),
    "L2 invoice line": (
        LINE,
        1,
        """SELECT l.id, l.allocated_minor, l.refunded_minor, l.written_off_minor
           FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id WHERE i.status = 'open'""",
    ),
    "L2 allocation": (
        SHARE,
        3,
        """SELECT p.gateway_account, p.gateway_payment_id, l.invoice_line_id,
             (-coalesce(sum(l.amount_minor) FILTER (WHERE account = 'receivable'), 0))::bigint,
             coalesce(sum(l.amount_minor) FILTER (WHERE account <> 'receivable'), 0)::bigint
           FROM ledger_lines l JOIN payments p ON p.id = l.payment_id WHERE l.invoice_line_id IS NOT NULL
           GROUP BY 1, 2, 3 HAVING coalesce(sum(l.amount_minor) FILTER (WHERE account = 'receivable'), 0) <> 0
             OR coalesce(sum(l.amount_minor) FILTER (WHERE account <> 'receivable'), 0) <> 0""",
    ),
    "L2 enrollment": (("desired",), 1, "SELECT id, desired FROM enrollments"),
    "balance": (
        ("amount_minor",),
        2,
        """SELECT account, currency, sum(amount_minor)::bigint FROM ledger_lines
           GROUP BY 1, 2 HAVING sum(amount_minor) <> 0""",
    ),
    "order": (
        ("place",),
        2,
        """SELECT gateway_account, gateway_payment_id, rank() OVER (ORDER BY applied_seq)
           FROM payments WHERE applied_seq IS NOT NULL""",
    ),
}
"""What it is -> (names of its values, columns of its key, the query)."""


def read_outcome(session: Session) -> dict[str, View]:
    """Of every kind of thing: key -> {name: value}."""
    return {kind: _read(raw(session), *query) for kind, query in _QUERIES.items()}


def read_owners(session: Session) -> dict[Any, UUID]:
    """Whose each thing is: payments, refunds and disputes by their gateway ids, invoices and lines by id."""
    rows = raw(session).execute(
        """SELECT i.id::text, customer_id FROM invoices i
           UNION SELECT l.id::text, customer_id FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id
           UNION SELECT id::text, customer_id FROM enrollments
           UNION SELECT gateway_payment_id, customer_id FROM payments WHERE customer_id IS NOT NULL
           UNION SELECT gateway_refund_id, customer_id FROM refunds JOIN payments p ON p.id = payment_id
             WHERE customer_id IS NOT NULL
           UNION SELECT gateway_dispute_id, customer_id FROM disputes JOIN payments p ON p.id = payment_id
             WHERE customer_id IS NOT NULL
           UNION SELECT id::text, id FROM customers"""
    )
    return dict(rows.fetchall())


def find_customer_id(session: Session, reference: str) -> UUID | None:
    """The customer the host knows by this reference."""
    row = raw(session).execute("SELECT id FROM customers WHERE external_ref = %s", [reference]).fetchone()
    return row[0] if row else None


def _read(connection: Connection, names: tuple[str, ...], width: int, query: str) -> View:
    rows = connection.execute(query)
    return {tuple(row[:width]): dict(zip(names, row[width:], strict=True)) for row in rows}
