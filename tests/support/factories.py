"""Builders for tests on a real database: each names only what matters."""

import itertools
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import psycopg

from bursar.documents.freezing import invoice_snapshot
from bursar.gateways import strictjson
from bursar.gateways.registry import GATEWAYS
from bursar.ids import new_id
from bursar.rules.billing import Bill
from bursar.rules.invoicing import Fee
from bursar.rules.subscriptions import PlanInterval
from models.catalogue import Project, ProjectStep, Track
from models.drafting import PLAIN, draft_invoice
from models.issuing import Issuer, issue_invoice
from models.parties import Customer, CustomerGatewayRef
from models.queries import plans
from models.session import raw, transaction
from models.work import WorkKind

DUE = date(2026, 12, 1)


def frozen(bill: Bill, number: str, issued_on: date) -> bytes:
    """The paper of an invoice, as issuing freezes it."""
    return invoice_snapshot(bill, PLAIN, number, issued_on, test_mode=True).to_json()


ISSUER = Issuer(seller=PLAIN, freeze=frozen)
"""A seller who takes the tax he is told."""
_numbers = itertools.count(1)


def make_customer(name: str = "Student 1", *, email: str | None = None, locale: str = "en_IN") -> Customer:
    n = next(_numbers)
    with transaction() as session:
        customer = Customer(
            external_ref=f"student-{n}", name=name, email=email or f"student{n}@example.com", locale=locale
        )
        session.add(customer)
    return customer


def make_track(*, price_minor: int = 499_00, currency: str = "USD", **rules: object) -> Track:
    n = next(_numbers)
    with transaction() as session:
        track = Track(
            slug=f"track-{n}", title=f"Track {n}", price_minor=price_minor, currency=currency, **rules
        )
        session.add(track)
        session.flush()
        for position in (1, 2):
            project = Project(track_id=track.id, position=position, title=f"Project {position}")
            session.add(project)
            session.flush()
            session.add_all(
                ProjectStep(project_id=project.id, position=step, title=f"Step {step}") for step in (1, 2, 3)
            )
    return track


def make_invoice(
    customer: Customer,
    fees: Sequence[int | Fee] = (1000_00,),
    *,
    currency: str = "INR",
    track: Track | None = None,
    issued: bool = True,
) -> UUID:
    """An invoice of fee components; a bare number is a fee of that many minor units."""
    named = [
        fee if isinstance(fee, Fee) else Fee(component=f"fee-{n}", unit_minor=fee, priority=n)
        for n, fee in enumerate(fees, start=1)
    ]
    with transaction() as session:
        invoice = draft_invoice(
            session,
            customer_id=customer.id,
            currency=currency,
            fees=named,
            due_on=DUE,
            source=("test", f"order-{next(_numbers)}"),
            track_id=track.id if track else None,
        )
        if issued:
            issue_invoice(session, invoice.id, ISSUER)
    return invoice.id


def make_checkout(
    invoice_id: UUID, external_id: str, *, account: str = "stripe:test", amount_minor: int = 1000_00
) -> UUID:
    checkout_id = new_id()
    with transaction() as session:
        raw(session).execute(
            """INSERT INTO checkouts (id, gateway_account, external_id, invoice_id, amount_minor, currency)
               SELECT %s, %s, %s, id, %s, currency FROM invoices WHERE id = %s""",
            [checkout_id, account, external_id, amount_minor, invoice_id],
        )
    return checkout_id


def link_gateway_customer(
    customer: Customer, external_id: str = "cus_demo_0001", *, account: str = "stripe:test"
) -> None:
    """Tell whose id at the gateway this is: the weakest evidence there is."""
    with transaction() as session:
        session.add(
            CustomerGatewayRef(customer_id=customer.id, gateway_account=account, external_id=external_id)
        )


def make_work(kind: WorkKind, count: int = 1) -> list[UUID]:
    """Rows of a kind of work that are due, the first one longest."""
    ids = [new_id() for _ in range(count)]
    statement = f"""
        INSERT INTO {kind.table} (id, not_before, {_WORK_COLUMNS[kind.table][0]})
        SELECT id, now() - make_interval(secs => 1000 - n), {_WORK_COLUMNS[kind.table][1]}
        FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS t(id, n)"""
    people = """
        INSERT INTO customers (id, external_ref, name)
        SELECT id, 'worker-' || id, 'Student' FROM unnest(%(ids)s::uuid[]) AS t(id)"""
    with transaction() as session:
        raw(session).execute(people, {"ids": ids})
        for need in _WORK_NEEDS.get(kind.table, ()):
            raw(session).execute(need, {"ids": ids})
        raw(session).execute(statement, {"ids": ids})
    return ids


_WORK_NEEDS = {
    "credit_notes": (
        """INSERT INTO invoices (id, customer_id, source_type, source_id, currency, total_minor, due_on)
           SELECT id, id, 'test', id::text, 'INR', 1, current_date FROM unnest(%(ids)s::uuid[]) AS t(id)""",
    ),
    "enrollments": (
        """INSERT INTO tracks (id, slug, title, price_minor, currency)
           SELECT (%(ids)s::uuid[])[1], 'slug-' || (%(ids)s::uuid[])[1], 'Track', 1, 'INR'""",
    ),
    "dunning_steps": (
        "INSERT INTO dunning_policies (sha256, name, text) VALUES ('none', '', '') ON CONFLICT DO NOTHING",
        """INSERT INTO dunning_cases (id, subject_id, customer_id, policy_sha256, anchor_on, zone, next_at,
             opened_at, why)
           SELECT id, id, id, 'none', '2026-12-01', 'UTC', 'infinity', now(), ''
           FROM unnest(%(ids)s::uuid[]) AS t(id)""",
    ),
}
"""Rows that must be there before a row of the kind can be."""
_WORK_COLUMNS = {
    "gateway_events": (
        "gateway_account, dedupe_key, gateway_event_id, type, body, key_id",
        "'stripe:test', id::text, id::text, 'charge.updated', ''::bytea, 'test'",
    ),
    "enrollments": ("customer_id, track_id, desired", "id, (%(ids)s::uuid[])[1], 'active'"),
    "documents": ("kind, subject_id", "'receipt', id"),
    "dunning_steps": ("case_id, n, why", "id, 1, 'due'"),
    "notifications": ("kind, subject_id", "'enrollment.changed', id"),
    "emails": (
        "kind, dedupe_key, customer_id, subject_id",
        "'enrollment.unlocked', id::text, id, id",
    ),
    "gateway_calls": (
        "gateway_account, operation, subject, key, params, params_sha256",
        "'stripe:test', 'fetch', id::text, id::text, '{}', ''::bytea",
    ),
    "bundles": ("format, requested_by", "'zip', 'test'"),
    "reconciliation_runs": (
        "gateway_account, kind, since, until, requested_by",
        "'toy' || n || ':test', 'diff', now() - interval '1 day', now(), 'test'",
    ),
    "issuing_runs": (
        "since, until, requested_by",
        "current_date + n::int, current_date + n::int, 'test'",
    ),
    "credit_notes": ("invoice_id, cause, reason, requested_by", "id, 'credit', 'a test', 'test'"),
}
"""What a row of each kind needs besides the columns of Work, and where it comes from."""


def store_event(body: bytes, *, gateway: str = "stripe", mode: str = "test") -> UUID:
    """Put an event into the inbox as the receiver does, without its signature."""
    envelope = GATEWAYS[gateway].envelope(strictjson.loads(body), body, {})
    event_id = new_id()
    with transaction() as session:
        raw(session).execute(
            """INSERT INTO gateway_events (id, gateway_account, dedupe_key, gateway_event_id, type, object_id,
                 api_version, livemode, occurred_at, body, key_id)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'test')
               ON CONFLICT (gateway_account, dedupe_key) DO NOTHING""",
            [
                event_id,
                f"{gateway}:{mode}",
                envelope.dedupe_key,
                envelope.gateway_event_id,
                envelope.type,
                envelope.object_id,
                envelope.api_version,
                envelope.livemode,
                envelope.occurred_at,
                body,
            ],
        )
    return event_id


def rows(sql: str, *parameters: object) -> list[tuple[object, ...]]:
    """What the database says now."""
    with transaction() as session:
        connection: psycopg.Connection = raw(session)
        return connection.execute(sql, parameters).fetchall()


def value(sql: str, *parameters: object) -> object:
    """The one value the database says now."""
    [[found]] = rows(sql, *parameters)
    return found


def execute(sql: str, *parameters: object) -> int:
    """Change the database behind the back of the code; how many rows it met."""
    with transaction() as session:
        return raw(session).execute(sql, parameters).rowcount


def tamper(sql: str, *parameters: object) -> int:
    """Change it past its own triggers and foreign keys, as nobody but a test can."""
    with transaction() as session:
        raw(session).execute("SET LOCAL session_replication_role = replica")
        return raw(session).execute(sql, parameters).rowcount


def make_plan(slug: str, *prices: tuple[str, str, str]) -> None:
    """A monthly plan; each price is (currency, account, the gateway's id)."""
    with transaction() as session:
        plan_id = plans.add(session, slug, slug.title(), PlanInterval.MONTH)
        for currency, account, external_id in prices:
            plans.map_price(session, plan_id, currency, account, external_id)
