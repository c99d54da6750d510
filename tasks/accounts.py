"""Statements of account: frozen when they are asked for, drawn like every other paper."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from bursar.clock import utc_now
from bursar.documents.freezing import seller_party
from bursar.documents.paper import Party, Stamp
from bursar.documents.statement import StatementLine, StatementSnapshot
from bursar.errors import Refused
from bursar.rules.accounts import WORDS, Account, Movement, account, balances
from bursar.rules.ledger import EntryKind
from bursar.sellers import seller_of
from bursar.settings import Settings, load
from models.parties import Customer
from models.queries import accounts
from models.session import transaction
from tasks.wakes import Wakes
from workers.crashpoints import crash_point

Days = tuple[date, date]
"""The first and the last day of a span, both in it."""


class SpanRefused(Refused):
    """A statement is of days that have begun, the first not after the last."""


def request_statements(customer_id: UUID, days: Days, currency: str | None = None) -> list[UUID]:
    """The documents of a customer's statements, one for each currency, or this one; due to be drawn.

    The same words are the same document. Raises PaperTooLong for more movements than a paper holds.
    """
    settings = load()
    with transaction() as session:
        customer = session.get_one(Customer, customer_id)
        rows = accounts.movements(session, customer_id, _until(days, settings.zone))
        known = sorted({row.currency for row in rows})
        made = []
        for each in known if currency is None else [currency]:
            snapshot = _snapshot(settings, customer, each, days, rows)
            made.append(
                accounts.reserve_statement(
                    session,
                    customer_id=customer_id,
                    currency=each,
                    days=days,
                    number=snapshot.number,
                    snapshot=(snapshot.to_json(), snapshot.sha256()),
                )
            )
    crash_point("accounts.stated")
    Wakes(documents=made).publish()
    return made


def parse_span(first: str | None, last: str | None, zone: ZoneInfo) -> Days:
    """Days as 2026-04-01; without any, the month before this one. Raises SpanRefused."""
    today = utc_now().astimezone(zone).date()
    month_ended = today.replace(day=1) - timedelta(days=1)
    try:
        last_day = date.fromisoformat(last) if last else (today if first else month_ended)
        first_day = date.fromisoformat(first) if first else last_day.replace(day=1)
    except ValueError:
        raise SpanRefused("write days as 2026-04-01") from None
    if not first_day <= last_day <= today:
        raise SpanRefused(f"{first_day} to {last_day} is no span of days that have begun")
    return first_day, last_day


def _until(days: Days, zone: ZoneInfo) -> datetime:
    return datetime.combine(days[1] + timedelta(days=1), time(), zone)


def _snapshot(
    settings: Settings, customer: Customer, currency: str, days: Days, rows: Sequence[Row[Any]]
) -> StatementSnapshot:
    seller = seller_of(settings)
    found = account((_movement(row, settings.zone) for row in rows if row.currency == currency), *days)
    return StatementSnapshot(
        number=f"STM/{days[1]:%y%m%d}-{customer.id.hex[-6:]}",
        issued_on=utc_now().astimezone(settings.zone).date(),
        seller=seller_party(seller),
        customer=Party(name=customer.name, reference=customer.external_ref),
        currency=currency,
        locale=customer.locale,
        theme=seller.theme,
        stamps=(Stamp.TEST,) if settings.mode == "test" else (),
        first_day=days[0],
        last_day=days[1],
        opening_minor=found.opening_minor,
        lines=_lines(found),
        charged_minor=sum(each.charged_minor for each in found.movements),
        credited_minor=sum(each.credited_minor for each in found.movements),
        closing_minor=found.closing_minor,
    )


def _movement(row: Row[Any], zone: ZoneInfo) -> Movement:
    kind = EntryKind(row.kind)
    document = row.invoice if kind in {EntryKind.ISSUED, EntryKind.VOIDED} else row.receipt or row.payment
    return Movement(
        row.posted_at.astimezone(zone).date(),
        kind,
        document or row.invoice or "",
        row.charged_minor,
        row.credited_minor,
    )


def _lines(found: Account) -> tuple[StatementLine, ...]:
    return tuple(
        StatementLine(
            on=each.on,
            document=each.document,
            description=WORDS[each.kind],
            charged_minor=each.charged_minor,
            credited_minor=each.credited_minor,
            balance_minor=balance_minor,
        )
        for each, balance_minor in zip(found.movements, balances(found), strict=True)
    )
