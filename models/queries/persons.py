"""Which rows of which tables are about one customer: one list for export, erasure and their tests."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.tables import METADATA

_PAYMENTS = "(SELECT id FROM payments WHERE customer_id = :customer)"
_INVOICES = "(SELECT id FROM invoices WHERE customer_id = :customer)"
_ENROLLMENTS = "(SELECT id FROM enrollments WHERE customer_id = :customer)"
_REFS = "SELECT gateway_account, external_id FROM customer_gateway_refs WHERE customer_id = :customer"
_IDS = f"""(SELECT :customer
  UNION ALL SELECT id FROM payments WHERE customer_id = :customer
  UNION ALL SELECT id FROM invoices WHERE customer_id = :customer
  UNION ALL SELECT id FROM enrollments WHERE customer_id = :customer
  UNION ALL SELECT id FROM subscriptions WHERE customer_id = :customer
  UNION ALL SELECT id FROM credit_notes WHERE invoice_id IN {_INVOICES}
  UNION ALL SELECT id FROM statements WHERE customer_id = :customer
  UNION ALL SELECT id FROM emails WHERE customer_id = :customer
  UNION ALL SELECT id FROM checkouts WHERE invoice_id IN {_INVOICES}
  UNION ALL SELECT id FROM refunds WHERE payment_id IN {_PAYMENTS}
  UNION ALL SELECT id FROM refund_requests WHERE payment_id IN {_PAYMENTS}
  UNION ALL SELECT id FROM disputes WHERE payment_id IN {_PAYMENTS})"""
_SUBJECTS = f"split_part(subject, ':', 2) IN (SELECT id::text FROM {_IDS} AS own(id))"
_MONEY = f"""SELECT gateway_account, gateway_payment_id FROM payments WHERE customer_id = :customer
  UNION ALL SELECT gateway_account, gateway_refund_id FROM refunds WHERE payment_id IN {_PAYMENTS}
  UNION ALL SELECT gateway_account, gateway_dispute_id FROM disputes WHERE payment_id IN {_PAYMENTS}
  UNION ALL SELECT gateway_account, external_id FROM gateway_aliases WHERE payment_id IN {_PAYMENTS}"""
_EVERY_NAME = f"""{_MONEY} UNION ALL {_REFS}
  UNION ALL SELECT gateway_account, external_id FROM checkouts WHERE invoice_id IN {_INVOICES}
  UNION ALL SELECT gateway_account, external_id FROM subscriptions WHERE customer_id = :customer"""
_NAMED = f"""EXISTS (SELECT FROM ({_EVERY_NAME}) AS named(account, name)
  WHERE account = t.gateway_account AND position(convert_to(name, 'UTF8') IN t.body) > 0)"""
_ADDRESSED = """position(convert_to(coalesce((SELECT email FROM customers WHERE id = :customer), chr(1)), 'UTF8')
  IN t.body) > 0"""

REACH: dict[str, str] = {
    "customers": "id = :customer",
    "customer_gateway_refs": "customer_id = :customer",
    "invoices": "customer_id = :customer",
    "invoice_lines": f"invoice_id IN {_INVOICES}",
    "credit_notes": f"invoice_id IN {_INVOICES}",
    "credit_note_lines": "credit_note_id IN (SELECT n.id FROM credit_notes n JOIN invoices i ON i.id = n.invoice_id"
    " WHERE i.customer_id = :customer)",
    "installments": f"invoice_id IN {_INVOICES}",
    "checkouts": f"invoice_id IN {_INVOICES}",
    "subscriptions": "customer_id = :customer",
    "payments": "customer_id = :customer",
    "payment_attempts": f"payment_id IN {_PAYMENTS}",
    "gateway_aliases": f"payment_id IN {_PAYMENTS}",
    "refunds": f"payment_id IN {_PAYMENTS}",
    "refund_requests": f"payment_id IN {_PAYMENTS}",
    "disputes": f"payment_id IN {_PAYMENTS}",
    "receipts": f"payment_id IN {_PAYMENTS}",
    "statements": "customer_id = :customer",
    "bundles": "customer_id = :customer",
    "bundle_parts": "bundle_id IN (SELECT id FROM bundles WHERE customer_id = :customer)",
    "movements": f"(gateway_account, about) IN ({_MONEY})",
    "settlement_lines": f"(gateway_account, about) IN ({_MONEY})",
    "coupon_uses": "customer_id = :customer",
    "usages": "customer_id = :customer",
    "usage_acts": "customer_id = :customer",
    "enrollments": "customer_id = :customer",
    "enrollment_grants": f"enrollment_id IN {_ENROLLMENTS}",
    "unlocks": f"enrollment_id IN {_ENROLLMENTS}",
    "step_progress": f"enrollment_id IN {_ENROLLMENTS}",
    "documents": f"subject_id IN {_IDS}",
    "emails": "customer_id = :customer",
    "suppressions": "address = (SELECT lower(email) FROM customers WHERE id = :customer)"
    " OR email_id IN (SELECT id FROM emails WHERE customer_id = :customer)",
    "notifications": f"subject_id IN {_IDS}",
    "dunning_cases": "customer_id = :customer",
    "dunning_steps": "case_id IN (SELECT id FROM dunning_cases WHERE customer_id = :customer)",
    "gateway_calls": f"customer_id = :customer OR {_SUBJECTS}",
    "gateway_objects": f"(gateway_account, external_id) IN ({_EVERY_NAME})"
    f" OR (gateway_account, data ->> 'gateway_customer') IN ({_REFS})",
    "gateway_events": f"id IN (SELECT event_id FROM facts WHERE payment_id IN {_PAYMENTS})"
    f" OR {_NAMED} OR {_ADDRESSED}",
    "facts": f"payment_id IN {_PAYMENTS}",
    "ledger_lines": f"customer_id = :customer OR payment_id IN {_PAYMENTS}",
    "ledger_entries": "id IN (SELECT entry_id FROM ledger_lines WHERE customer_id = :customer"
    f" OR payment_id IN {_PAYMENTS})",
    "breaks": _SUBJECTS,
    "audit_log": f"subject_id IN {_IDS}",
}
"""Table -> the condition on its rows, called `t`, with `:customer` for our id."""
ABOUT_NOBODY = frozenset(
    {
        "audit_blocks",
        "beat_ticks",
        "coupons",
        "document_series",
        "issuing_runs",
        "plan_limits",
        "dunning_policies",
        "plans",
        "prices",
        "projects",
        "project_steps",
        "reconciliation_runs",
        "tracks",
    }
)
"""Tables without a row about any person."""
SECRETS = frozenset({"client_secret", "claim_token", "approval_url", "url"})
"""Columns with which somebody could act: they are not handed out."""


def rows_about(session: Session, table: str, customer_id: UUID) -> Iterator[dict[str, Any]]:
    """The rows of a table about a customer, oldest first, as values of JSON; bytes as hexadecimal."""
    key = ", ".join(f"t.{column.name}" for column in METADATA.tables[table].primary_key)
    statement = f"SELECT to_jsonb(t) FROM {table} t WHERE {REACH[table]} ORDER BY {key}"
    for (row,) in session.execute(text(statement), {"customer": customer_id}):
        yield {name: value for name, value in row.items() if name not in SECRETS}
