"""What a person means by a reference: the row, and the ids of all that belongs to its story. By indexes only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.errors import Refused
from models.queries.inbox import uuid_or_none

ROWS_MAX = 1000
"""Rows of one kind in one explanation; more is a report, not an explanation."""
FACTS_SEARCHED = 50_000
"""Newest facts that are looked through for a checkout that is not ours: no index knows those."""


class ReferenceUnknown(Refused):
    """Nothing here has this id, number or reference."""


class ReferenceAmbiguous(Refused):
    """Several rows have this reference; name one by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The subject, and the ids of all that belongs to its story."""

    kind: str
    id: UUID
    label: str
    locale: str
    payments: Sequence[UUID] = ()
    invoices: Sequence[UUID] = ()
    """Told in full: their ledger entries belong to the story."""
    lines: Sequence[UUID] = ()
    """Of these invoices."""
    touched: Sequence[UUID] = ()
    """Invoices that the payments paid or name: for what they say now and the rights they grant."""
    refunds: Sequence[UUID] = ()
    disputes: Sequence[UUID] = ()
    enrollments: Sequence[UUID] = ()
    names: Sequence[tuple[str, str]] = field(default_factory=list)
    """(gateway account, external id) of what the story is about at its gateways."""


_HEADS = {
    "payment": """SELECT p.id, p.gateway_payment_id AS label, coalesce(c.locale, 'en_IN') AS locale
FROM payments p LEFT JOIN customers c ON c.id = p.customer_id""",
    "invoice": """SELECT i.id, coalesce(i.number, 'draft ' || i.source_id) AS label, c.locale
FROM invoices i JOIN customers c ON c.id = i.customer_id""",
    "refund": """SELECT r.id, r.gateway_refund_id AS label, coalesce(c.locale, 'en_IN') AS locale
FROM refunds r JOIN payments p ON p.id = r.payment_id LEFT JOIN customers c ON c.id = p.customer_id""",
    "dispute": """SELECT d.id, d.gateway_dispute_id AS label, coalesce(c.locale, 'en_IN') AS locale
FROM disputes d JOIN payments p ON p.id = d.payment_id LEFT JOIN customers c ON c.id = p.customer_id""",
    "enrollment": """SELECT e.id, c.external_ref || '/' || t.slug AS label, c.locale
FROM enrollments e JOIN customers c ON c.id = e.customer_id JOIN tracks t ON t.id = e.track_id""",
    "customer": "SELECT c.id, c.external_ref AS label, c.locale FROM customers c",
}
_NAMED = "gateway_account = ANY(:accounts) AND"
_OF_PAYMENT = f"""
SELECT id FROM payments WHERE id = :id
UNION SELECT payment_id FROM gateway_aliases WHERE {_NAMED} external_id = :ref
UNION SELECT id FROM payments WHERE {_NAMED} gateway_payment_id = :ref
UNION SELECT payment_id FROM refunds WHERE id = :id OR {_NAMED} gateway_refund_id = :ref
UNION SELECT payment_id FROM disputes WHERE id = :id OR {_NAMED} gateway_dispute_id = :ref
UNION SELECT payment_id FROM receipts WHERE number = :ref"""
_FIND = {
    "payment": f"""{_OF_PAYMENT}
UNION SELECT p.id FROM checkouts k JOIN invoices i ON i.id = k.invoice_id
  JOIN payments p ON p.customer_id = i.customer_id AND p.claim = k.external_id
  WHERE k.{_NAMED} k.external_id = :ref""",
    "invoice": f"""
SELECT id FROM invoices WHERE id = :id
UNION SELECT id FROM invoices WHERE number = :ref
UNION SELECT id FROM invoices WHERE source_id = :ref
UNION SELECT invoice_id FROM checkouts WHERE {_NAMED} external_id = :ref""",
    "refund": f"""
SELECT id FROM refunds WHERE id = :id OR {_NAMED} gateway_refund_id = :ref
UNION SELECT r.id FROM gateway_aliases a JOIN refunds r ON r.payment_id = a.payment_id
  WHERE a.{_NAMED} a.external_id = :ref""",
    "dispute": f"""
SELECT id FROM disputes WHERE id = :id OR {_NAMED} gateway_dispute_id = :ref
UNION SELECT d.id FROM gateway_aliases a JOIN disputes d ON d.payment_id = a.payment_id
  WHERE a.{_NAMED} a.external_id = :ref""",
    "enrollment": """
SELECT id FROM enrollments WHERE id = :id
UNION SELECT e.id FROM enrollments e JOIN customers c ON c.id = e.customer_id JOIN tracks t ON t.id = e.track_id
  WHERE c.external_ref = :customer AND t.slug = :track""",
    "customer": f"""
SELECT id FROM customers WHERE id = :id
UNION SELECT id FROM customers WHERE external_ref = :ref
UNION SELECT customer_id FROM customer_gateway_refs WHERE {_NAMED} external_id = :ref""",
}
_STRANGE_CHECKOUT = """
SELECT payment_id FROM (SELECT payment_id, data FROM facts ORDER BY apply_seq DESC LIMIT :searched) newest
WHERE payment_id IS NOT NULL AND (data ->> 'checkout' = :ref OR data -> 'claims' -> 'checkouts' ? :ref)"""
SEARCHED = {
    "payment": "our id, the gateway's ids of payment, charge, refund, dispute and checkout, numbers of receipts",
    "invoice": "our id, its number, the host's reference, the gateway's ids of checkouts",
    "refund": "our id, the gateway's ids of refund, payment and charge",
    "dispute": "our id, the gateway's ids of dispute, payment and charge",
    "enrollment": "our id, CUSTOMER/TRACK by the host's reference and the track's slug",
    "customer": "our id, the host's reference, the gateway's id of the customer",
}
"""Where a reference of each kind was looked for, in words."""

_LINES = "SELECT id FROM invoice_lines WHERE invoice_id = ANY(:invoices) ORDER BY invoice_id, position LIMIT :limit"
_OWNERS = "SELECT DISTINCT customer_id FROM invoices WHERE id = ANY(:invoices) LIMIT :limit"
_BY_LINES = """
SELECT payment_id FROM ledger_lines
  WHERE invoice_line_id = ANY(:lines) AND invoice_line_id IS NOT NULL AND payment_id IS NOT NULL
UNION SELECT id FROM payments WHERE customer_id = ANY(:owners) AND invoice_id = ANY(:invoices) LIMIT :limit"""
_GRANTED_BY = """
SELECT source_id FROM enrollment_grants WHERE enrollment_id = :id AND source_type = 'invoice' LIMIT :limit"""
_TOUCHED = """
SELECT l.invoice_id FROM ledger_lines k JOIN invoice_lines l ON l.id = k.invoice_line_id
  WHERE k.payment_id = ANY(:payments) AND k.payment_id IS NOT NULL
UNION SELECT invoice_id FROM payments WHERE id = ANY(:payments) AND invoice_id IS NOT NULL LIMIT :limit"""
_ENROLLMENTS = """
SELECT DISTINCT enrollment_id FROM enrollment_grants
WHERE source_type = 'invoice' AND source_id = ANY(:invoices) LIMIT :limit"""
_NAMES = """
SELECT p.gateway_account, s.name FROM facts f JOIN payments p ON p.id = f.payment_id
  CROSS JOIN LATERAL (SELECT f.data ->> 'payment' AS name
    UNION ALL SELECT jsonb_array_elements_text(coalesce(f.data -> 'aliases', '[]'))) s
  WHERE f.payment_id = ANY(:payments) AND f.payment_id IS NOT NULL AND s.name IS NOT NULL
UNION SELECT gateway_account, gateway_payment_id FROM payments WHERE id = ANY(:payments)
UNION SELECT gateway_account, gateway_refund_id FROM refunds WHERE id = ANY(:refunds)
UNION SELECT gateway_account, gateway_dispute_id FROM disputes WHERE id = ANY(:disputes)
UNION SELECT gateway_account, external_id FROM checkouts WHERE invoice_id = ANY(:invoices) LIMIT :limit"""


def get_scope(session: Session, kind: str, ref: str, accounts: Sequence[str]) -> Scope:
    """What belongs to what a reference means. `accounts`: where gateways' ids are looked for.

    Raises ReferenceUnknown or ReferenceAmbiguous.
    """
    head = _get_head(session, kind, ref, accounts)
    payments, invoices, lines = _money(session, kind, head.id)
    refunds, disputes = _taken_back(session, kind, head.id, payments)
    alone = kind in ("refund", "dispute")
    touched = _ids(session, _TOUCHED, payments=payments) if alone or kind == "payment" else []
    named = {
        "payments": [] if alone else payments,
        "refunds": refunds,
        "disputes": disputes,
        "invoices": invoices,
        "limit": ROWS_MAX,
    }
    return Scope(
        kind=kind,
        id=head.id,
        label=head.label,
        locale=head.locale,
        payments=payments,
        invoices=invoices,
        lines=lines,
        touched=touched,
        refunds=refunds,
        disputes=disputes,
        enrollments=[head.id]
        if kind == "enrollment"
        else _ids(session, _ENROLLMENTS, invoices=[*invoices, *touched]),
        names=[(row[0], row[1]) for row in session.execute(text(_NAMES), named)],
    )


def _get_head(session: Session, kind: str, ref: str, accounts: Sequence[str]) -> Any:
    customer, _, track = ref.rpartition("/")
    meant: dict[str, Any] = {
        "id": uuid_or_none(ref),
        "ref": ref,
        "accounts": list(accounts),
        "customer": customer,
        "track": track,
        "searched": FACTS_SEARCHED,
    }
    ids = _found(session, _FIND[kind], meant)
    if not ids and kind == "payment":
        ids = _found(session, _STRANGE_CHECKOUT, meant)
    if not ids:
        raise ReferenceUnknown(_unknown(session, kind, ref, accounts))
    if len(ids) > 1:
        listed = ", ".join(str(each) for each in ids)
        raise ReferenceAmbiguous(f"several {kind}s are called {ref!r}; name one by its id: {listed}")
    alias = _HEADS[kind].partition(".id")[0].rpartition(" ")[2]
    return session.execute(text(f"{_HEADS[kind]} WHERE {alias}.id = :id"), {"id": ids[0]}).one()


def _found(session: Session, statement: str, meant: Mapping[str, Any]) -> list[UUID]:
    found = f"SELECT DISTINCT * FROM ({statement}) found LIMIT 3"
    return list(session.scalars(text(found), meant))


def _unknown(session: Session, kind: str, ref: str, accounts: Sequence[str]) -> str:
    """That nothing is called so, where it was looked for, and whether events wait for it."""
    keys = [f"{account}/{ref}" for account in accounts]
    waiting = session.scalar(
        text(
            """SELECT count(*) FROM gateway_events WHERE (waiting_for = ANY(:keys) AND waiting_for IS NOT NULL)
               OR (state = 'pending' AND object_id = :ref AND waiting_for LIKE 'fetch:%')"""
        ),
        {"keys": keys, "ref": ref},
    )
    said = f"no {kind} is called {ref!r}; searched: {SEARCHED[kind]}"
    if waiting:
        events = "1 event waits" if waiting == 1 else f"{waiting} events wait"
        said += f". {events} for it: `bursar events list --state waiting`"
    return said


def _money(session: Session, kind: str, subject: UUID) -> tuple[list[UUID], list[UUID], list[UUID]]:
    """The payments of the story, the invoices it tells in full, and their lines."""
    if kind == "payment":
        return [subject], [], []
    if kind in {"refund", "dispute"}:
        owner = f"SELECT payment_id FROM {kind}s WHERE id = :id LIMIT :limit"
        return _ids(session, owner, id=subject), [], []
    of = "SELECT id FROM {} WHERE customer_id = :id ORDER BY id DESC LIMIT :limit"
    match kind:
        case "customer":
            invoices = _ids(session, of.format("invoices"), id=subject)
        case "enrollment":
            invoices = _ids(session, _GRANTED_BY, id=subject)
        case _:
            invoices = [subject]
    lines = _ids(session, _LINES, invoices=invoices)
    if kind == "customer":
        return _ids(session, of.format("payments"), id=subject), invoices, lines
    owners = _ids(session, _OWNERS, invoices=invoices)
    return _ids(session, _BY_LINES, lines=lines, owners=owners, invoices=invoices), invoices, lines


def _taken_back(
    session: Session, kind: str, subject: UUID, payments: Sequence[UUID]
) -> tuple[list[UUID], list[UUID]]:
    """The refunds and disputes of the story."""
    of = "SELECT id FROM {} WHERE payment_id = ANY(:payments) ORDER BY id LIMIT :limit"
    if kind == "refund":
        return [subject], []
    if kind == "dispute":
        return [], [subject]
    return (
        _ids(session, of.format("refunds"), payments=payments),
        _ids(session, of.format("disputes"), payments=payments),
    )


def _ids(session: Session, statement: str, **parameters: object) -> list[UUID]:
    return list(session.scalars(text(statement), {**parameters, "limit": ROWS_MAX}))
