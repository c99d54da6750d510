"""`bursar report`: revenue, what is owed, subscriptions, failures; as table and chart, JSON, CSV or SVG."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli.reporting import Form, Report

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.queries.reports import Span

DAYS = 30
"""Days that a report covers when nobody says."""
MONTHS_AS_DAYS = 365
Read = Callable[["Session"], Sequence[Any]]


class Per(StrEnum):
    """How time is divided."""

    DAY = "day"
    MONTH = "month"


class By(StrEnum):
    """What revenue is told apart by."""

    TOTAL = "total"
    COMPONENT = "component"
    GATEWAY = "gateway"


class Basis(StrEnum):
    """What revenue means."""

    COLLECTED = "collected"
    """Money that came, less what went back."""
    CHARGED = "charged"
    """What invoices earned, without tax, paid or not."""


From = Annotated[str | None, typer.Option("--from", help="First day, as 2026-11-01; days are the zone's.")]
To = Annotated[str | None, typer.Option("--to", help="Last day; today by default.")]
Currency = Annotated[str | None, typer.Option("--currency", help="Only this one, as INR.")]
BasisOption = Annotated[Basis, typer.Option("--basis", help="Money that came, or what invoices earned.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line, in minor units.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV; amounts in minor units.")]
AsSvg = Annotated[bool, typer.Option("--svg", help="Print the chart as SVG.")]

app = typer.Typer(name="report", help="Revenue, what is owed, subscriptions, failures.", no_args_is_help=True)


@app.command()
def revenue(
    first: From = None,
    last: To = None,
    currency: Currency = None,
    per: Annotated[Per, typer.Option("--per", help="Day or month.")] = Per.DAY,
    by: Annotated[By, typer.Option("--by", help="What to tell apart.")] = By.TOTAL,
    basis: BasisOption = Basis.COLLECTED,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_svg: AsSvg = False,
) -> None:
    """Money by day or month, currency, and fee component or gateway, from the ledger."""
    from models.queries import reports

    form = Form.chosen(as_json, as_csv, as_svg)
    if by is By.GATEWAY and basis is Basis.CHARGED:
        raise typer.BadParameter("--by gateway needs --basis collected: an invoice earns before anybody pays")
    span = _span(first, last, currency, DAYS)
    read = reports.charged if basis is Basis.CHARGED else reports.collected
    names = ("period", "currency", *(() if by is By.TOTAL else (by.value,)), "amount_minor")
    found = _summed(_asked(lambda session: read(session, span, per.value)), names)
    Report(title=f"{basis.value} per {per.value}", names=names, rows=found, label="period").show(form)


@app.command()
def ageing(
    currency: Currency = None, as_json: AsJson = False, as_csv: AsCsv = False, as_svg: AsSvg = False
) -> None:
    """What is owed now, by how long it is overdue."""
    from models.queries import reports

    form = Form.chosen(as_json, as_csv, as_svg)
    found = _asked(lambda session: reports.ageing(session, _today(), currency))
    names = ("age", "currency", "invoices", "customers", "amount_minor")
    Report(title="owed, by age", names=names, rows=_picked(found, names), label="age").show(form)


@app.command()
def subscriptions(
    first: From = None,
    last: To = None,
    currency: Currency = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_svg: AsSvg = False,
) -> None:
    """Monthly recurring revenue, active subscriptions and churn, month by month."""
    from models.queries import reports

    form = Form.chosen(as_json, as_csv, as_svg)
    span = _span(first, last, currency, MONTHS_AS_DAYS)
    found = _asked(lambda session: reports.subscriptions(session, span))
    names = ("period", "currency", "at_start", "begun", "ended", "at_end", "amount_minor")
    rows = [(*row, _share(row[4], row[2])) for row in _picked(found, names)]
    report = Report(title="recurring revenue", names=(*names, "churn"), rows=rows, label="period")
    report.show(form)


@app.command()
def failures(
    first: From = None,
    last: To = None,
    currency: Currency = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_svg: AsSvg = False,
) -> None:
    """How many tries to collect succeed at each gateway, and why the others do not."""
    from models.queries import reports

    form = Form.chosen(as_json, as_csv, as_svg)
    span = _span(first, last, currency, DAYS)
    found = _asked(lambda session: reports.tries(session, span))
    all_of: dict[tuple[str, str], int] = {}
    for row in found:
        all_of[row.gateway, row.currency] = all_of.get((row.gateway, row.currency), 0) + row.tries
    names = ("gateway", "currency", "outcome", "tries")
    rows = [(*row, _share(row[3], all_of[row[0], row[1]])) for row in _picked(found, names)]
    Report(title="tries", names=(*names, "share"), rows=rows, label="outcome", value="tries").show(form)


def _asked(read: Read) -> Sequence[Any]:
    from bursar.cli.environment import connect
    from models.session import allow_long_reads, transaction

    connect()
    with transaction() as session:
        allow_long_reads(session)
        return read(session)


def _span(first: str | None, last: str | None, currency: str | None, days: int) -> "Span":
    """Whole days of the zone. Raises a usage error."""
    from bursar.settings import load
    from models.queries.reports import Span

    zone = load().zone
    until = _day("--to", last) if last else _today()
    since = _day("--from", first) if first else until - timedelta(days=days - 1)
    if since > until:
        raise typer.BadParameter(f"--from {since} is after --to {until}")
    begin, end = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (since, until + timedelta(days=1)))
    return Span(since=begin, until=end, zone=str(zone), currency=currency and currency.upper())


def _day(option: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{option} {value!r} is no day: write it as 2026-11-21") from None


def _today() -> date:
    from bursar.clock import utc_now
    from bursar.settings import load

    return utc_now().astimezone(load().zone).date()


def _picked(found: Sequence[Any], names: Sequence[str]) -> list[tuple[Any, ...]]:
    return [tuple(getattr(row, name) for name in names) for row in found]


def _summed(found: Sequence[Any], names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows alike in all but the amount, added up; the amount is the last."""
    sums: dict[tuple[Any, ...], int] = {}
    for *key, minor in _picked(found, names):
        sums[tuple(key)] = sums.get(tuple(key), 0) + minor
    return [(*key, minor) for key, minor in sums.items()]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""
