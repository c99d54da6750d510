"""The lines of what was settled: Razorpay's recon report, one day after the other."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway
from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import SettledLine
from bursar.gateways.razorpay.calls import listing
from bursar.gateways.razorpay.calls.client import Client
from bursar.gateways.razorpay.entities import HOME_CURRENCY, Entity, find_currency, find_sum
from bursar.gateways.shapes import find_identifier, find_time

PAGE = 1000
"""Rows of one answer: the most that the report gives (razorpay.com/docs/api/settlements/fetch-recon)."""
PAGES_MAX = 500
"""Pages of one day: half a million rows."""
_ANY_ZONE = timedelta(hours=14)
"""A day of the report is one of the account's country; no country is further from UTC."""
_KINDS = {"payment": "payment", "refund": "refund", "transfer": "transfer", "adjustment": "adjustment"}


def list_settled(client: Client, window: Window) -> Iterator[SettledLine]:
    """Every line that was settled in the window. Raises GatewayAway for a row that cannot be read."""
    seen: set[str] = set()
    for day in _days(window):
        for row in _rows(client, day):
            line = _line(row)
            if line and line.line not in seen and _is_within(line.occurred_at, window):
                seen.add(line.line)
                yield line


def _days(window: Window) -> Iterator[date]:
    day, last = (window.since - _ANY_ZONE).date(), (window.until + _ANY_ZONE).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _rows(client: Client, day: date) -> Iterator[Entity]:
    for page in range(PAGES_MAX):
        query = {"year": day.year, "month": day.month, "day": day.day, "count": PAGE, "skip": page * PAGE}
        answer = client.call(client.sdk.settlement.report, query)
        rows = listing.objects_in(answer.get("items"))
        yield from rows
        if len(rows) < PAGE:
            return
    raise _unreadable(f"of {day} has more than {PAGES_MAX * PAGE} rows")


def _line(row: Entity) -> SettledLine | None:
    """Credit and debit are what reaches or leaves the bank: without `fee`, which has its tax in it.

    None for a row that waits to be settled.
    """
    settlement = find_identifier(row.get("settlement_id"))
    settled_at = find_time(row.get("settled_at"))
    if row.get("settled") is not True or settlement is None or settled_at is None:
        return None
    line = find_identifier(row.get("entity_id"))
    credit, debit, fee = (find_sum(row.get(name)) for name in ("credit", "debit", "fee"))
    if line is None or credit is None or debit is None:
        raise _unreadable("has a row without entity_id, credit or debit")
    net_minor, fee_minor = credit - debit, fee or 0
    return SettledLine(
        settlement=settlement,
        line=line,
        kind=_kind(row),
        about=_about(row, line),
        gross_minor=net_minor + fee_minor,
        fee_minor=fee_minor,
        net_minor=net_minor,
        currency=find_currency(row.get("currency")) or HOME_CURRENCY,
        occurred_at=settled_at.astimezone(UTC),
    )


def _kind(row: Entity) -> str:
    """A dispute is an adjustment that names it."""
    if find_identifier(row.get("dispute_id")):
        return "dispute"
    return _KINDS.get(str(row.get("type")), "adjustment")


def _about(row: Entity, line: str) -> str | None:
    dispute = find_identifier(row.get("dispute_id"))
    if dispute:
        return dispute
    return line if row.get("type") in ("payment", "refund") else find_identifier(row.get("payment_id"))


def _is_within(settled_at: datetime | None, window: Window) -> bool:
    return settled_at is not None and window.since <= settled_at <= window.until


def _unreadable(why: str) -> GatewayAway:
    return GatewayAway(Failure(code=FailureCode.GATEWAY_ERROR, message=f"the settlement report {why}"))
