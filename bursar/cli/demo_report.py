"""The demo's tables: what came in, what was paid and by which component, what people got, and the verdict."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bursar.cli.demo_pages import Paid
from bursar.rules.money_text import money_text
from bursar.sandbox.verdict import Verdict
from models import session

_INVOICES = """
SELECT i.number, c.name, i.currency, i.total_minor, i.paid_minor, i.refunded_minor FROM invoices i
JOIN customers c ON c.id = i.customer_id
WHERE c.external_ref IN ('learner-1', 'learner-4', 'pupil-1', 'pupil-2', 'pupil-3', 'pupil-4', 'pupil-5')
ORDER BY i.seq
"""
_COMPONENTS = """
SELECT l.component, l.gross_minor, l.allocated_minor, l.refunded_minor, i.number FROM invoice_lines l
JOIN invoices i ON i.id = l.invoice_id JOIN customers c ON c.id = i.customer_id
WHERE c.external_ref = 'pupil-3' ORDER BY l.priority
"""
_STATES = """
SELECT 'events', state, count(*) FROM gateway_events GROUP BY 2
UNION ALL SELECT 'enrollments', observed, count(*) FROM enrollments GROUP BY 2
UNION ALL SELECT 'documents', state, count(*) FROM documents GROUP BY 2
UNION ALL SELECT 'mails', send_state, count(*) FROM emails GROUP BY 2 ORDER BY 1, 2
"""
_DEAD = "SELECT gateway_event_id, type, error FROM gateway_events WHERE state = 'dead'"
_BREAKS = "SELECT kind, count(*) FROM breaks WHERE resolved_at IS NULL GROUP BY 1 ORDER BY 1"


def show(
    console: Console, outcome: dict[str, Any], verdict: Verdict, paid: Sequence[Paid], folder: Path
) -> None:
    """Print everything a person wants to see after a demo."""
    console.print(_pages(paid))
    console.print(_events(outcome))
    console.print(_invoices())
    console.print(_components())
    console.print(_states())
    for event_id, event_type, error in _rows(_DEAD):
        console.print(f"dead letter: {event_id} ({event_type}): {error}")
    open_breaks = ", ".join(f"{kind} {n}" for kind, n in _rows(_BREAKS))
    console.print(f"before a person: {open_breaks}")
    _verdict(console, outcome, verdict)
    console.print(f"receipts in {folder / 'blobs'}, mails in {folder / 'outbox'}, logs in {folder / 'log'}")


def _pages(paid: Sequence[Paid]) -> Table:
    table = _table("Pages at the fake gateways")
    for name in ("invoice", "customer", "gateway"):
        table.add_column(name, no_wrap=True)
    table.add_column("amount", justify="right")
    table.add_column("what happened")
    for each in paid:
        amount = _money(each.bill.amount_minor, each.bill.currency)
        table.add_row(each.bill.invoice, each.bill.student, each.gateway, amount, each.how)
    return table


def _events(outcome: dict[str, Any]) -> Table:
    table = _table("Webhooks")
    for name in outcome["events"]:
        table.add_column(name, justify="right")
    table.add_row(*(str(n) for n in outcome["events"].values()))
    return table


def _invoices() -> Table:
    table = _table("Some invoices")
    table.add_column("invoice", no_wrap=True)
    table.add_column("customer", no_wrap=True)
    for name in ("total", "paid", "refunded", "open"):
        table.add_column(name, justify="right")
    for number, customer, currency, total, paid, refunded in _rows(_INVOICES):
        amounts = (total, paid, refunded, total - paid - refunded)
        table.add_row(number, customer, *(_money(amount, currency) for amount in amounts))
    return table


def _components() -> Table:
    rows = _rows(_COMPONENTS)
    table = _table(f"Fee components of {rows[0][4]}, paid in part")
    table.add_column("component")
    for name in ("charged", "paid", "open"):
        table.add_column(name, justify="right")
    for component, gross, paid, refunded, _ in rows:
        amounts = (gross, paid, gross - paid - refunded)
        table.add_row(component, *(_money(amount, "INR") for amount in amounts))
    return table


def _states() -> Table:
    table = _table("Where everything stands")
    table.add_column("")
    table.add_column("state")
    table.add_column("count", justify="right")
    last = ""
    for what, state, n in _rows(_STATES):
        table.add_row(what if what != last else "", state, str(n))
        last = what
    return table


def _verdict(console: Console, outcome: dict[str, Any], verdict: Verdict) -> None:
    faults, heal = outcome["faults"], outcome["heal_seconds"]
    console.print(
        f"faults: a worker killed with {faults['worker_killed_holding_rows']} events in hand,"
        f" pool child {faults['pool_child_killed']} killed, the broker flushed;"
        f" healed {'never' if heal is None else f'{heal} s after the last'}"
    )
    for line in (*verdict.lost, *verdict.doubled):
        console.print(f"[red]{line}")
    for finding in verdict.broken:
        console.print(f"[red]{finding.name} {finding.title}: {len(finding.rows)} rows")
    colour = "green" if verdict.clean and heal is not None else "red"
    kept = verdict.checked - len(verdict.broken)
    console.print(
        f"[bold {colour}]lost {len(verdict.lost)}, doubled {len(verdict.doubled)},"
        f" {kept} of {verdict.checked} invariants hold"
    )


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _money(amount_minor: int, currency: str) -> str:
    return money_text(amount_minor, currency, "en_IN" if currency == "INR" else "en_US")


def _rows(sql: str) -> list[Any]:
    with session.transaction() as current:
        return list(current.execute(text(sql)).all())
