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
from bursar.settings import load as load_settings
from models.arrays import Array
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
    with connection.pipeline():
        payment_rows = _payment_rows(connection, payment_ids, whole)
        takings = taken.groups_with_takings(connection, closure.customers)
    payments = {row[0]: _payment(row) for rows in payment_rows for row in rows}
    members = {payment.id for payment in payments.values() if payment.group in whole}
    if members:
        refunds += taken.refunds_of(connection, members)
        disputes += taken.disputes_of(connection, members)
    shares = _shares(connection, members)
    wanted = closure.directory.owners.keys() | {
        p.attribution.invoice_id for p in payments.values() if p.attribution.invoice_id
    }
    whole_customers = [customer_id for customer_id, _ in whole if customer_id]
    invoice_rows = _invoice_rows(connection, list(closure.customers), list(wanted), whole_customers)
    invoice_ids = Array("uuid", [row[0] for row in invoice_rows])
    with connection.pipeline():
        line_rows = _line_rows(connection, invoice_ids)
        grant_rows = _grant_rows(connection, invoice_ids)
    grants = [_grant(row) for row in grant_rows]
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
        invoices=_invoices(invoice_rows, line_rows),
        shares=shares,
        grants=[grant for grant, _ in grants],
        desired={grant.enrollment_id: desired for grant, desired in grants},
        directory=closure.directory,
        whole_groups=whole,
        tolerance_minor=load_settings().write_off_tolerance_minor,
        taken_groups=frozenset((customer_id, currency) for customer_id, currency in takings),
    )


def load_groups(connection: Connection, groups: Iterable[GroupKey]) -> Books:
    """Whole groups by themselves, for settling; their customers must be locked."""
    whole = frozenset(groups)
    empty = Closure(aliases={}, checkouts={}, directory=Books().directory, customers=frozenset())
    return load(connection, (), empty, whole)


def _payment_rows(
    connection: Connection, named: set[UUID], whole: frozenset[GroupKey]
) -> list[psycopg.Cursor[Any]]:
    found = []
    if named:
        query = f"{_PAYMENT} WHERE id = ANY(%s)"
        found.append(_read(connection, query, [Array("uuid", list(named))]))
    customers = [customer_id for customer_id, _ in whole if customer_id]
    if customers:
        query = f"{_PAYMENT} WHERE customer_id = ANY(%s) AND (applied_seq IS NOT NULL OR suspense_minor > 0)"
        found.append(_read(connection, query, [Array("uuid", customers)]))
    return found


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


def _invoice_rows(
    connection: Connection, customers: list[UUID], wanted: list[UUID], whole: list[UUID]
) -> list[Any]:
    """Issued invoices of these customers: those with something open, those wanted, all of whole customers."""
    if not customers and not whole:
        return []
    return _read(
        connection,
        """SELECT id, customer_id, currency, opened_seq, total_minor, contested, tolerance_minor, suspended FROM invoices
           WHERE customer_id = ANY(%s) AND status = 'open'
             AND (paid_minor + refunded_minor < total_minor OR id = ANY(%s) OR customer_id = ANY(%s))""",
        [Array("uuid", [*customers, *whole]), Array("uuid", wanted), Array("uuid", whole)],
    ).fetchall()


def _line_rows(connection: Connection, invoice_ids: Array) -> psycopg.Cursor[Any]:
    return _read(
        connection,
        """SELECT id, invoice_id, position, component, priority, due_on, gross_minor, tax_minor,
             allocated_minor, refunded_minor, credited_minor, written_off_minor, given_up_minor, tolerated_minor,
             rounding_minor
           FROM invoice_lines WHERE invoice_id = ANY(%s)""",
        [invoice_ids],
    )


def _invoices(invoice_rows: Iterable[Any], line_rows: Iterable[Any]) -> dict[UUID, Invoice]:
    lines: dict[UUID, list[Line]] = {}
    for row in line_rows:
        lines.setdefault(row[1], []).append(_line(row))
    return {
        row[0]: Invoice(
            id=row[0],
            customer_id=row[1],
            currency=row[2],
            opened_seq=row[3],
            total_minor=row[4],
            contested=row[5],
            tolerance_minor=row[6],
            overdue=row[7],
            lines=tuple(lines.get(row[0], ())),
        )
        for row in invoice_rows
    }


def _line(row: Any) -> Line:
    return Line(
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
        given_up_minor=row[12],
        tolerated_minor=row[13],
        rounding_minor=row[14],
    )


def _grant_rows(connection: Connection, invoice_ids: Array) -> psycopg.Cursor[Any]:
    """All grants of every enrollment that one of these invoices grants something in."""
    return _read(
        connection,
        """SELECT g.id, g.enrollment_id, g.source_id, g.state, e.desired,
             t.unlock_rule, t.unlock_share_bp, t.withdraw_share_bp
           FROM enrollment_grants g JOIN enrollments e ON e.id = g.enrollment_id JOIN tracks t ON t.id = e.track_id
           WHERE g.source_type = 'invoice' AND g.enrollment_id IN
             (SELECT enrollment_id FROM enrollment_grants WHERE source_type = 'invoice' AND source_id = ANY(%s))""",
        [invoice_ids],
    )


def _grant(row: Any) -> tuple[Grant, EnrollmentState]:
    """A grant, and what its enrollment should be so far."""
    policy = TrackPolicy(unlock_rule=UnlockRule(row[5]), unlock_share_bp=row[6], withdraw_share_bp=row[7])
    grant = Grant(
        id=row[0], enrollment_id=row[1], invoice_id=row[2], state=EnrollmentState(row[3]), policy=policy
    )
    return grant, EnrollmentState(row[4])


def _read(connection: Connection, query: str, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
    """In binary: ids, sums and times cost a fraction of what their texts would."""
    return connection.cursor(binary=True).execute(query, parameters)
