"""Load what is known of a gateway's balance movements and of its other objects, by name."""

from typing import Any

import psycopg

from bursar.rules.books import External
from bursar.rules.movements import Movement, MovementKind
from bursar.rules.registers import GatewayObject, ObjectKind, stored_stamp
from bursar.rules.states import SettlementStatus
from models.books.taken import text_columns

Connection = psycopg.Connection[Any]


def movements_named(
    connection: Connection, named: list[External]
) -> dict[tuple[str, MovementKind, str], Movement]:
    """Movements by (account, gateway id), of every kind."""
    if not named:
        return {}
    rows = connection.execute(
        """SELECT id, gateway_account, kind, external_id, about, amount_minor, currency, tax_minor, counter_minor,
             counter_currency, status, dispute_id, revision, occurred_at, rank, event_key FROM movements
           WHERE (gateway_account, external_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))""",
        text_columns(named),
    )
    return {(row[1], MovementKind(row[2]), row[3]): _movement(row) for row in rows}


def objects_named(
    connection: Connection, named: list[External]
) -> dict[tuple[str, ObjectKind, str], GatewayObject]:
    """Objects by (account, gateway id), of every kind; what was said of them stays in the database."""
    if not named:
        return {}
    rows = connection.execute(
        """SELECT id, gateway_account, kind, external_id, status, occurred_at, rank, event_key FROM gateway_objects
           WHERE (gateway_account, external_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))""",
        text_columns(named),
    )
    return {(row[1], ObjectKind(row[2]), row[3]): _object(row) for row in rows}


def _movement(row: Any) -> Movement:
    return Movement(
        id=row[0],
        account=row[1],
        kind=MovementKind(row[2]),
        external_id=row[3],
        about=row[4],
        amount_minor=row[5],
        currency=row[6],
        tax_minor=row[7],
        counter_minor=row[8],
        counter_currency=row[9],
        status=SettlementStatus(row[10]),
        dispute_id=row[11],
        revision=row[12],
        stamp=stored_stamp(row[13], row[14], row[15]),
    )


def _object(row: Any) -> GatewayObject:
    return GatewayObject(
        id=row[0],
        account=row[1],
        kind=ObjectKind(row[2]),
        external_id=row[3],
        status=row[4],
        stamp=stored_stamp(row[5], row[6], row[7]),
        fact=None,
    )
