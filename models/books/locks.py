"""One order of locks for everybody: gateway ids, then payments nobody owns, then customers.

The advisory lock of a gateway id keeps two transactions from inventing the same payment; the lock of a
customer covers invoices, credit, enrollments and dunning of that customer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from bursar.errors import Transient
from bursar.ids import lock_key
from bursar.rules.books import Directory, External, Told
from bursar.rules.facts import PaymentFact
from models.books.names import Name, read_directory
from models.session import plan_for_batches


class ClosureGrew(Transient):
    """Between reading and locking, a payment got another owner: roll back and repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What the facts of a batch name, once everything they touch is locked."""

    aliases: dict[External, UUID]
    checkouts: dict[External, tuple[UUID, str, UUID]]
    """External id -> (checkout, status, invoice)."""
    directory: Directory
    customers: frozenset[UUID]


def lock(connection: psycopg.Connection[Any], batch: Sequence[Told]) -> Closure:
    """Lock all that these facts touch. Raises ClosureGrew when a payment changed hands meanwhile."""
    named = _named(batch)
    plan_for_batches(connection)
    _lock_names(connection, named)
    aliases = _read_aliases(connection, named)
    checkouts = _read_checkouts(connection, named)
    payment_ids = sorted(set(aliases.values()))
    owners = _lock_ownerless(connection, payment_ids)
    directory = read_directory(
        connection, _claims(batch), {invoice_id for _, _, invoice_id in checkouts.values()}
    )
    customers = frozenset(
        [
            *(owner for owner in owners.values() if owner),
            *directory.owners.values(),
            *directory.customers.values(),
            *directory.gateway_customers.values(),
        ]
    )
    lock_customers(connection, customers)
    if owners and _owners(connection, payment_ids) != owners:
        raise ClosureGrew
    return Closure(aliases=aliases, checkouts=checkouts, directory=directory, customers=customers)


def lock_customers(connection: psycopg.Connection[Any], customers: Iterable[UUID]) -> None:
    """Lock customers in the order of their ids; foreign-key inserts of others still pass."""
    wanted = list(customers)
    if wanted:
        connection.execute("SELECT FROM customers WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [wanted])


def _claims(batch: Sequence[Told]) -> list[Name]:
    facts = ((told.account, fact) for told in batch for fact in told.facts)
    return [Name(account, fact.claims) for account, fact in facts if isinstance(fact, PaymentFact)]


def _named(batch: Sequence[Told]) -> list[External]:
    return sorted(
        {(told.account, each) for told in batch for fact in told.facts for each in fact.gateway_ids}
    )


def _lock_names(connection: psycopg.Connection[Any], named: Sequence[External]) -> None:
    keys = sorted({lock_key(f"{account}/{external_id}") for account, external_id in named})
    connection.execute(
        "SELECT count(pg_advisory_xact_lock(key)) FROM unnest(%s::bigint[]) WITH ORDINALITY AS t(key, n)",
        [keys],
    )


def _read_aliases(connection: psycopg.Connection[Any], named: Sequence[External]) -> dict[External, UUID]:
    rows = connection.execute(
        """SELECT a.gateway_account, a.external_id, a.payment_id
           FROM unnest(%s::text[], %s::text[]) AS n(gateway_account, external_id)
           JOIN gateway_aliases a USING (gateway_account, external_id)""",
        _columns(named),
    )
    return {(account, external_id): payment_id for account, external_id, payment_id in rows}


def _read_checkouts(
    connection: psycopg.Connection[Any], named: Sequence[External]
) -> dict[External, tuple[UUID, str, UUID]]:
    rows = connection.execute(
        """SELECT c.gateway_account, c.external_id, c.id, c.status, c.invoice_id
           FROM unnest(%s::text[], %s::text[]) AS n(gateway_account, external_id)
           JOIN checkouts c USING (gateway_account, external_id)""",
        _columns(named),
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def _lock_ownerless(connection: psycopg.Connection[Any], payment_ids: list[UUID]) -> dict[UUID, UUID | None]:
    """Payments of nobody have no customer's lock to hide behind: they are locked themselves."""
    if not payment_ids:
        return {}
    connection.execute(
        "SELECT FROM payments WHERE id = ANY(%s) AND customer_id IS NULL ORDER BY id FOR NO KEY UPDATE",
        [payment_ids],
    )
    return _owners(connection, payment_ids)


def _owners(connection: psycopg.Connection[Any], payment_ids: list[UUID]) -> dict[UUID, UUID | None]:
    return dict(
        connection.execute(
            "SELECT id, customer_id FROM payments WHERE id = ANY(%s)", [payment_ids]
        ).fetchall()
    )


def _columns(named: Sequence[External]) -> list[list[str]]:
    return [[account for account, _ in named], [external_id for _, external_id in named]]
