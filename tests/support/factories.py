"""Builders for tests on a real database: each names only what matters."""

import itertools
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import psycopg

from bursar.gateways import strictjson
from bursar.gateways.registry import GATEWAYS
from bursar.ids import new_id
from bursar.rules.invoicing import Fee
from models.catalogue import Project, ProjectStep, Track
from models.issuing import draft_invoice, issue_invoice
from models.parties import Customer
from models.session import raw, transaction

DUE = date(2026, 12, 1)
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
            issue_invoice(session, invoice.id)
    return invoice.id


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
