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
from bursar.rules.evidence import Attribution, Evidence
from bursar.rules.facts import ClaimingFact
from bursar.rules.repeating import NO_REPEATS, Known, Repeats, find_repeats
from bursar.rules.states import PaymentStatus
from models.arrays import Array
from models.books.names import Name, read_directory
from models.books.taken import text_columns
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
    news: Sequence[Told] = ()
    """The events of the batch that may change something: the closure is theirs."""
    repeats: Repeats = NO_REPEATS
    """The others: their gateway ids are locked, so what they repeat cannot be unsaid meanwhile."""


def lock(connection: psycopg.Connection[Any], batch: Sequence[Told]) -> Closure:
    """Lock all that these facts touch. Raises ClosureGrew when a payment changed hands meanwhile."""
    named = _named(batch)
    with connection.pipeline():
        plan_for_batches(connection)
        _lock_names(connection, named)
        known_rows = _read_known(connection, named)
        checkout_rows = _read_checkouts(connection, named)
    known = {(row[0], row[1]): _known(row) for row in known_rows}
    checkouts = {(row[0], row[1]): (row[2], row[3], row[4]) for row in checkout_rows}
    repeats = find_repeats(batch, known, checkouts)
    repeated = {told.event_id for told in repeats.events}
    batch = [told for told in batch if told.event_id not in repeated]
    aliases = {name: known[name].payment_id for name in _named(batch) if name in known}
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
    return Closure(
        aliases=aliases,
        checkouts=checkouts,
        directory=directory,
        customers=customers,
        news=batch,
        repeats=repeats,
    )


def lock_customers(connection: psycopg.Connection[Any], customers: Iterable[UUID]) -> None:
    """Lock customers in the order of their ids; foreign-key inserts of others still pass."""
    wanted = list(customers)
    if wanted:
        query = "SELECT FROM customers WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
        connection.execute(query, [Array("uuid", wanted)])


def _claims(batch: Sequence[Told]) -> list[Name]:
    facts = ((told.account, fact) for told in batch for fact in told.facts)
    return [Name(account, fact.claims) for account, fact in facts if isinstance(fact, ClaimingFact)]


def _named(batch: Sequence[Told]) -> list[External]:
    return sorted(
        {(told.account, each) for told in batch for fact in told.facts for each in fact.gateway_ids}
    )


def _lock_names(connection: psycopg.Connection[Any], named: Sequence[External]) -> None:
    keys = sorted({lock_key(f"{account}/{external_id}") for account, external_id in named})
    connection.execute(
        "SELECT count(pg_advisory_xact_lock(key)) FROM unnest(%s::int8[]) WITH ORDINALITY AS t(key, n)",
        [Array("int8", keys)],
    )


def _read_known(connection: psycopg.Connection[Any], named: Sequence[External]) -> psycopg.Cursor[Any]:
    return connection.cursor(binary=True).execute(
        """SELECT a.gateway_account, a.external_id, p.id, p.status, p.amount_minor, p.currency, p.evidence, p.claim,
             p.customer_id, p.invoice_id, CASE WHEN p.components <> '[]' THEN p.components END, c.external_ref
           FROM unnest(%s::text[], %s::text[]) AS n(gateway_account, external_id)
           JOIN gateway_aliases a USING (gateway_account, external_id)
           JOIN payments p ON p.id = a.payment_id LEFT JOIN customers c ON c.id = p.customer_id""",
        text_columns(named),
    )


def _known(row: Any) -> Known:
    return Known(
        payment_id=row[2],
        status=PaymentStatus(row[3]),
        amount_minor=row[4],
        currency=row[5],
        attribution=Attribution(Evidence(row[6]), row[7], row[8], row[9]),
        components=tuple((component, minor) for component, minor in row[10] or ()),
        customer_ref=row[11],
    )


def _read_checkouts(connection: psycopg.Connection[Any], named: Sequence[External]) -> psycopg.Cursor[Any]:
    return connection.cursor(binary=True).execute(
        """SELECT c.gateway_account, c.external_id, c.id, c.status, c.invoice_id
           FROM unnest(%s::text[], %s::text[]) AS n(gateway_account, external_id)
           JOIN checkouts c USING (gateway_account, external_id)""",
        text_columns(named),
    )


def _lock_ownerless(connection: psycopg.Connection[Any], payment_ids: list[UUID]) -> dict[UUID, UUID | None]:
    """Payments of nobody have no customer's lock to hide behind: they are locked themselves."""
    if not payment_ids:
        return {}
    connection.execute(
        "SELECT FROM payments WHERE id = ANY(%s) AND customer_id IS NULL ORDER BY id FOR NO KEY UPDATE",
        [Array("uuid", payment_ids)],
    )
    return _owners(connection, payment_ids)


def _owners(connection: psycopg.Connection[Any], payment_ids: list[UUID]) -> dict[UUID, UUID | None]:
    query = "SELECT id, customer_id FROM payments WHERE id = ANY(%s)"
    return dict(connection.cursor(binary=True).execute(query, [Array("uuid", payment_ids)]).fetchall())
