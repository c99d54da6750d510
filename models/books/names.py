"""What the names in claims mean: invoices by id, number or reference; customers; tracks."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from bursar.rules.books import Directory, External
from bursar.rules.facts import Claims
from models.arrays import Array
from models.books.taken import text_columns


class Name(NamedTuple):
    """The claims of one fact, with the account that made them."""

    account: str
    claims: Claims


def read_directory(
    connection: psycopg.Connection[Any], names: Sequence[Name], also_invoices: Iterable[UUID]
) -> Directory:
    """Resolve every name once; what does not resolve is absent."""
    texts = sorted({name.claims.invoice for name in names if name.claims.invoice})
    references = sorted(
        {text for name in names for text in (name.claims.customer, name.claims.subscriber) if text}
    )
    tracks = sorted({name.claims.track for name in names if name.claims.track})
    at_gateway = sorted({(n.account, n.claims.gateway_customer) for n in names if n.claims.gateway_customer})
    with connection.pipeline():
        invoice_rows = _invoice_rows(connection, texts, list(also_invoices))
        customer_rows = _customer_rows(connection, references)
        at_gateway_rows = _at_gateway_rows(connection, at_gateway)
    invoices, owners = _by_text(texts, list(invoice_rows))
    customers = dict(customer_rows)
    return Directory(
        invoices=invoices,
        owners=owners,
        customers=customers,
        gateway_customers={(account, external_id): owner for account, external_id, owner in at_gateway_rows},
        track_invoices=_track_invoices(connection, list(customers.values()), tracks, owners),
    )


def _invoice_rows(connection: psycopg.Connection[Any], texts: list[str], also: list[UUID]) -> Iterable[Any]:
    if not texts and not also:
        return ()
    ids = [found for text in texts if (found := _uuid(text))]
    return connection.cursor(binary=True).execute(
        """SELECT id, customer_id, number, source_id FROM invoices WHERE id = ANY(%s)
           UNION SELECT id, customer_id, number, source_id FROM invoices WHERE number = ANY(%s)
           UNION SELECT id, customer_id, number, source_id FROM invoices WHERE source_id = ANY(%s)
           ORDER BY id DESC""",
        [Array("uuid", [*ids, *also]), Array("text", texts), Array("text", texts)],
    )


def _by_text(texts: list[str], rows: list[Any]) -> tuple[dict[str, UUID], dict[UUID, UUID]]:
    """Texts -> invoices, and invoices -> owners. An id beats a number beats the host's reference."""
    by_text: dict[str, UUID] = {source_id: invoice_id for invoice_id, _, _, source_id in rows}
    by_text |= {number: invoice_id for invoice_id, _, number, _ in rows if number}
    owners: dict[UUID, UUID] = {invoice_id: customer_id for invoice_id, customer_id, _, _ in rows}
    by_text |= {text: found for text in texts if (found := _uuid(text)) is not None and found in owners}
    return {text: by_text[text] for text in texts if text in by_text}, owners


def _customer_rows(connection: psycopg.Connection[Any], references: list[str]) -> Iterable[Any]:
    if not references:
        return ()
    query = "SELECT external_ref, id FROM customers WHERE external_ref = ANY(%s)"
    return connection.cursor(binary=True).execute(query, [Array("text", references)])


def _at_gateway_rows(connection: psycopg.Connection[Any], at_gateway: Sequence[External]) -> Iterable[Any]:
    if not at_gateway:
        return ()
    return connection.cursor(binary=True).execute(
        """SELECT r.gateway_account, r.external_id, r.customer_id
           FROM unnest(%s::text[], %s::text[]) AS n(gateway_account, external_id)
           JOIN customer_gateway_refs r USING (gateway_account, external_id)""",
        text_columns(at_gateway),
    )


def _track_invoices(
    connection: psycopg.Connection[Any], customers: list[UUID], tracks: list[str], owners: dict[UUID, UUID]
) -> dict[tuple[UUID, str], UUID]:
    """The oldest invoice a customer has for a track; also named in `owners`."""
    if not customers or not tracks:
        return {}
    rows = connection.execute(
        """SELECT i.customer_id, t.slug, i.id FROM invoices i JOIN tracks t ON t.id = i.track_id
           WHERE i.customer_id = ANY(%s) AND t.slug = ANY(%s) AND i.status = 'open'
           ORDER BY i.opened_seq DESC""",
        [customers, tracks],
    ).fetchall()
    owners.update({invoice_id: customer_id for customer_id, _, invoice_id in rows})
    return {(customer_id, slug): invoice_id for customer_id, slug, invoice_id in rows}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
