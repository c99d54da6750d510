"""Load the books as frozen values: only what the locked closure can change, or whole groups for a replay."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from bursar.rules.allocation import Policy
from bursar.rules.books import Books, Checkout, Grant, GroupKey, Invoice, Line, Payment, Share, Told
from bursar.rules.enrollment import TrackPolicy, UnlockRule
from bursar.rules.evidence import Attribution, Evidence
from bursar.rules.states import CheckoutStatus, EnrollmentState, PaymentStatus
from models.books import objects, taken
from models.books.locks import Closure
from models.books.named import Named

Connection = psycopg.Connection[Any]
NO_GROUPS: frozenset[GroupKey] = frozenset()

_PAYMENT = """SELECT id, gateway_account, gateway_payment_id, status, amount_minor, currency, method, occurred_at,
  evidence, claim, customer_id, invoice_id, applied_seq, policy, components, credit_minor, held_minor,
  unidentified_minor, suspense_minor, refunded_minor, lost_minor, refund_watermark_minor, disputed FROM payments"""


def load(
    connection: Connection, batch: Sequence[Told], closure: Closure, whole: frozenset[GroupKey] = NO_GROUPS
) -> Books:
    """Everything a batch can change, and the groups in `whole` from their beginning."""
    names = Named.of(batch)
    refunds = taken.refunds_named(connection, names.refunds)
    disputes = taken.disputes_named(connection, names.disputes)
    payment_ids = {
        *closure.aliases.values(),
        *(each.payment_id for each in refunds),
        *(each.payment_id for each in disputes),
    }
    payments = _payments(connection, payment_ids, whole)
    members = {payment.id for payment in payments.values() if payment.group in whole}
    if members:
        refunds += taken.refunds_of(connection, members)
        disputes += taken.disputes_of(connection, members)
    shares = _shares(connection, members)
    wanted = closure.directory.owners.keys() | {
        p.attribution.invoice_id for p in payments.values() if p.attribution.invoice_id
    }
    whole_customers = [customer_id for customer_id, _ in whole if customer_id]
    invoices = _invoices(connection, list(closure.customers), list(wanted), whole_customers)
    grants, desired = _grants(connection, list(invoices))
    return Books(
        payments=payments,
        aliases=closure.aliases,
        refunds={(each.account, each.gateway_id): each for each in refunds},
        disputes={(each.account, each.gateway_id): each for each in disputes},
        movements=objects.movements_named(connection, names.movements),
        objects=objects.objects_named(connection, names.objects),
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
        taken_groups=taken.groups_with_takings(connection, closure.customers),
    )


def load_groups(connection: Connection, groups: Iterable[GroupKey]) -> Books:
    """Whole groups by themselves, for settling; their customers must be locked."""
    whole = frozenset(groups)
    empty = Closure(aliases={}, checkouts={}, directory=Books().directory, customers=frozenset())
    return load(connection, (), empty, whole)


def _payments(connection: Connection, named: set[UUID], whole: frozenset[GroupKey]) -> dict[UUID, Payment]:
    rows: list[Any] = []
    if named:
        rows += connection.execute(f"{_PAYMENT} WHERE id = ANY(%s)", [list(named)]).fetchall()
    customers = [customer_id for customer_id, _ in whole if customer_id]
    if customers:
        query = f"{_PAYMENT} WHERE customer_id = ANY(%s) AND (applied_seq IS NOT NULL OR suspense_minor > 0)"
        rows += connection.execute(query, [customers]).fetchall()
    return {row[0]: _payment(row) for row in rows}


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
        policy=Policy(row[13]),
        components=tuple((component, minor) for component, minor in row[14]),
        credit_minor=row[15],
        held_minor=row[16],
        unidentified_minor=row[17],
        suspense_minor=row[18],
        refunded_minor=row[19],
        lost_minor=row[20],
        watermark_minor=row[21],
        disputed=row[22],
    )


def _shares(connection: Connection, payment_ids: set[UUID]) -> dict[UUID, dict[UUID, Share]]:
    """Per payment and invoice line what the ledger says."""
    if not payment_ids:
        return {}
    rows = connection.execute(
        """SELECT payment_id, invoice_line_id,
             (-coalesce(sum(amount_minor) FILTER (WHERE account = 'receivable'), 0))::bigint,
             coalesce(sum(amount_minor) FILTER (WHERE account <> 'receivable'), 0)::bigint
           FROM ledger_lines WHERE payment_id = ANY(%s) AND invoice_line_id IS NOT NULL GROUP BY 1, 2""",
        [list(payment_ids)],
    )
    shares: dict[UUID, dict[UUID, Share]] = {}
    for payment_id, line_id, allocated, cancelled in rows:
        share = Share(allocated_minor=allocated, cancelled_minor=cancelled)
        shares.setdefault(payment_id, {})[line_id] = share
    return shares


def _invoices(
    connection: Connection, customers: list[UUID], wanted: list[UUID], whole: list[UUID]
) -> dict[UUID, Invoice]:
    """Issued invoices of these customers: those with something open, those wanted, all of whole customers."""
    rows = connection.execute(
        """SELECT id, customer_id, currency, opened_seq, total_minor, contested FROM invoices
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
            contested=row[5],
            lines=tuple(lines[row[0]]),
        )
        for row in rows
    }


def _lines(connection: Connection, invoice_ids: list[UUID]) -> dict[UUID, list[Line]]:
    lines: dict[UUID, list[Line]] = {invoice_id: [] for invoice_id in invoice_ids}
    rows = connection.execute(
        """SELECT id, invoice_id, position, component, priority, due_on, gross_minor, tax_minor,
             allocated_minor, refunded_minor, credited_minor, written_off_minor FROM invoice_lines WHERE invoice_id = ANY(%s)""",
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
                credited_minor=row[10],
                written_off_minor=row[11],
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
