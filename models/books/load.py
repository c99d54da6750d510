"""Load the books as frozen values: only what the locked closure can change, or whole groups for a replay."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from bursar.rules.books import (
    Books,
    Checkout,
    External,
    Grant,
    GroupKey,
    Invoice,
    Line,
    Payment,
    Refund,
    Share,
    Told,
)
from bursar.rules.enrollment import TrackPolicy, UnlockRule
from bursar.rules.evidence import Attribution, Evidence
from bursar.rules.facts import RefundFact
from bursar.rules.states import CheckoutStatus, EnrollmentState, PaymentStatus, RefundStatus
from models.books.locks import Closure

Connection = psycopg.Connection[Any]
NO_GROUPS: frozenset[GroupKey] = frozenset()

_PAYMENT = """SELECT id, gateway_account, gateway_payment_id, status, amount_minor, currency, method, occurred_at,
  evidence, claim, customer_id, invoice_id, applied_seq, credit_minor, unidentified_minor, suspense_minor,
  refunded_minor, refund_watermark_minor FROM payments"""
_REFUND = """SELECT id, gateway_account, gateway_refund_id, payment_id, status, amount_minor, currency,
  applied_seq, occurred_at, reason FROM refunds"""


def load(
    connection: Connection, batch: Sequence[Told], closure: Closure, whole: frozenset[GroupKey] = NO_GROUPS
) -> Books:
    """Everything a batch can change, and the groups in `whole` from their beginning."""
    refund_names = _refund_names(batch)
    refunds = _refunds_named(connection, refund_names)
    payments = _payments(connection, {*closure.aliases.values(), *(r.payment_id for r in refunds)}, whole)
    if refund_names:
        payments |= _credit_beside(connection, payments)
    if whole:
        refunds += _refunds_of(connection, _members(payments, whole))
    refunded = {closure.aliases[name] for name in _refunded_names(batch) if name in closure.aliases}
    shares, share_invoices = _shares(connection, refunded | _members(payments, whole))
    wanted = share_invoices | closure.directory.owners.keys()
    wanted |= {p.attribution.invoice_id for p in payments.values() if p.attribution.invoice_id}
    whole_customers = [customer_id for customer_id, _ in whole if customer_id]
    invoices = _invoices(connection, list(closure.customers), list(wanted), whole_customers)
    grants, desired = _grants(connection, list(invoices))
    return Books(
        payments=payments,
        aliases=closure.aliases,
        refunds={(refund.account, refund.gateway_id): refund for refund in refunds},
        checkouts={
            external: Checkout(id=checkout_id, status=CheckoutStatus(status), invoice_id=invoice_id)
            for external, (checkout_id, status, invoice_id) in closure.checkouts.items()
        },
        invoices=invoices,
        shares=shares,
        grants=grants,
        desired=desired,
        directory=closure.directory,
        whole_groups=whole,
    )


def load_groups(connection: Connection, groups: Iterable[GroupKey]) -> Books:
    """Whole groups by themselves, for settling; their customers must be locked."""
    whole = frozenset(groups)
    empty = Closure(aliases={}, checkouts={}, directory=Books().directory, customers=frozenset())
    return load(connection, (), empty, whole)


def _refund_names(batch: Sequence[Told]) -> list[External]:
    return sorted(
        {(told.account, fact.refund) for told in batch for fact in told.facts if isinstance(fact, RefundFact)}
    )


def _refunded_names(batch: Sequence[Told]) -> set[External]:
    return {
        (told.account, fact.payment) for told in batch for fact in told.facts if isinstance(fact, RefundFact)
    }


def _members(payments: dict[UUID, Payment], groups: frozenset[GroupKey]) -> set[UUID]:
    return {payment.id for payment in payments.values() if payment.group in groups}


def _payments(connection: Connection, named: set[UUID], whole: frozenset[GroupKey]) -> dict[UUID, Payment]:
    rows: list[Any] = []
    if named:
        rows += connection.execute(f"{_PAYMENT} WHERE id = ANY(%s)", [list(named)]).fetchall()
    customers = [customer_id for customer_id, _ in whole if customer_id]
    if customers:
        query = f"{_PAYMENT} WHERE customer_id = ANY(%s) AND applied_seq IS NOT NULL"
        rows += connection.execute(query, [customers]).fetchall()
    return {row[0]: _payment(row) for row in rows}


def _credit_beside(connection: Connection, payments: dict[UUID, Payment]) -> dict[UUID, Payment]:
    """Other credit of the same customers: a refund beside it may have been meant for that money."""
    customers = [p.attribution.customer_id for p in payments.values() if p.attribution.customer_id]
    query = f"{_PAYMENT} WHERE customer_id = ANY(%s) AND credit_minor > 0"
    return {row[0]: _payment(row) for row in connection.execute(query, [customers])}


def _payment(row: Any) -> Payment:
    return Payment(
        id=row[0],
        account=row[1],
        gateway_id=row[2],
        status=PaymentStatus(row[3]),
        amount_minor=row[4],
        currency=row[5],
        method=row[6],
        occurred_at=row[7],
        attribution=Attribution(Evidence(row[8]), row[9], row[10], row[11]),
        applied_seq=row[12],
        credit_minor=row[13],
        unidentified_minor=row[14],
        suspense_minor=row[15],
        refunded_minor=row[16],
        watermark_minor=row[17],
    )


def _refunds_named(connection: Connection, named: list[External]) -> list[Refund]:
    if not named:
        return []
    query = f"""{_REFUND} WHERE (gateway_account, gateway_refund_id) IN
      (SELECT * FROM unnest(%s::text[], %s::text[]))"""
    columns = [[account for account, _ in named], [external_id for _, external_id in named]]
    return [_refund(row) for row in connection.execute(query, columns)]


def _refunds_of(connection: Connection, payment_ids: set[UUID]) -> list[Refund]:
    query = f"{_REFUND} WHERE payment_id = ANY(%s) AND applied_seq IS NOT NULL"
    return [_refund(row) for row in connection.execute(query, [list(payment_ids)])]


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
        occurred_at=row[8],
        reason=row[9],
    )


def _shares(
    connection: Connection, payment_ids: set[UUID]
) -> tuple[dict[UUID, dict[UUID, Share]], set[UUID]]:
    """Per payment and invoice line what the ledger says, and the invoices those lines belong to."""
    if not payment_ids:
        return {}, set()
    rows = connection.execute(
        """SELECT l.payment_id, l.invoice_line_id, i.invoice_id,
             (-coalesce(sum(l.amount_minor) FILTER (WHERE l.account = 'receivable'), 0))::bigint,
             coalesce(sum(l.amount_minor) FILTER (WHERE l.account <> 'receivable'), 0)::bigint
           FROM ledger_lines l JOIN invoice_lines i ON i.id = l.invoice_line_id
           WHERE l.payment_id = ANY(%s) GROUP BY 1, 2, 3""",
        [list(payment_ids)],
    )
    shares: dict[UUID, dict[UUID, Share]] = {}
    invoices: set[UUID] = set()
    for payment_id, line_id, invoice_id, allocated, cancelled in rows:
        share = Share(allocated_minor=allocated, cancelled_minor=cancelled)
        shares.setdefault(payment_id, {})[line_id] = share
        invoices.add(invoice_id)
    return shares, invoices


def _invoices(
    connection: Connection, customers: list[UUID], wanted: list[UUID], whole: list[UUID]
) -> dict[UUID, Invoice]:
    """Issued invoices of these customers: those with something open, those wanted, all of whole customers."""
    rows = connection.execute(
        """SELECT id, customer_id, currency, opened_seq, total_minor FROM invoices
           WHERE customer_id = ANY(%s) AND status = 'open'
             AND (paid_minor + refunded_minor < total_minor OR id = ANY(%s) OR customer_id = ANY(%s))""",
        [[*customers, *whole], wanted, whole],
    ).fetchall()
    lines = _lines(connection, [row[0] for row in rows])
    return {
        row[0]: Invoice(
            id=row[0],
            customer_id=row[1],
            currency=row[2],
            opened_seq=row[3],
            total_minor=row[4],
            lines=tuple(lines[row[0]]),
        )
        for row in rows
    }


def _lines(connection: Connection, invoice_ids: list[UUID]) -> dict[UUID, list[Line]]:
    lines: dict[UUID, list[Line]] = {invoice_id: [] for invoice_id in invoice_ids}
    rows = connection.execute(
        """SELECT id, invoice_id, position, component, priority, due_on, gross_minor, tax_minor,
             allocated_minor, refunded_minor FROM invoice_lines WHERE invoice_id = ANY(%s)""",
        [invoice_ids],
    )
    for row in rows:
        lines[row[1]].append(
            Line(
                id=row[0],
                invoice_id=row[1],
                position=row[2],
                component=row[3],
                priority=row[4],
                due_on=row[5],
                gross_minor=row[6],
                tax_minor=row[7],
                allocated_minor=row[8],
                refunded_minor=row[9],
            )
        )
    return lines


def _grants(
    connection: Connection, invoice_ids: list[UUID]
) -> tuple[list[Grant], dict[UUID, EnrollmentState]]:
    """All grants of every enrollment that one of these invoices grants something in."""
    rows = connection.execute(
        """SELECT g.id, g.enrollment_id, g.source_id, g.state, e.desired,
             t.unlock_rule, t.unlock_share_bp, t.withdraw_share_bp
           FROM enrollment_grants g JOIN enrollments e ON e.id = g.enrollment_id JOIN tracks t ON t.id = e.track_id
           WHERE g.source_type = 'invoice' AND g.enrollment_id IN
             (SELECT enrollment_id FROM enrollment_grants WHERE source_type = 'invoice' AND source_id = ANY(%s))""",
        [invoice_ids],
    ).fetchall()
    grants = [
        Grant(
            id=row[0],
            enrollment_id=row[1],
            invoice_id=row[2],
            state=EnrollmentState(row[3]),
            policy=TrackPolicy(
                unlock_rule=UnlockRule(row[5]), unlock_share_bp=row[6], withdraw_share_bp=row[7]
            ),
        )
        for row in rows
    ]
    return grants, {row[1]: EnrollmentState(row[4]) for row in rows}
