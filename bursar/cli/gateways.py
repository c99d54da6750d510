"""`bursar gateways`: which are configured and what is missing; how they did lately."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bursar.cli.since import HELP as SINCE_HELP

if TYPE_CHECKING:
    from bursar.settings import Settings

FIELDS = ("gateway", "account", "calls", "webhooks", "mode", "server", "missing")
"""What `gateways list --json` prints, in this order: a public interface."""
STATS_FIELDS = (
    "account",
    "calls",
    "answered",
    "refused",
    "given_up",
    "unknown",
    "retried",
    "success_rate",
    "p50_ms",
    "p95_ms",
    "pages",
    "reused",
    "taken_over",
    "handed_over",
    "circuit",
    "retry_after_s",
    "last_event_at",
)
"""What `gateways stats --json` prints, in this order: a public interface. `taken_over`: pages opened after
another gateway did not answer; `handed_over`: those it lost so."""
SINCE = "1d"
_NEEDED = {
    "stripe": "STRIPE_WEBHOOK_SECRET",
    "razorpay": "RAZORPAY_WEBHOOK_SECRET",
    "paypal": "PAYPAL_WEBHOOK_ID",
}
"""Without it its webhooks are answered 404."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per gateway.")]

app = typer.Typer(
    name="gateways", help="Gateways: configured or not, and how they did.", no_args_is_help=True
)


@app.command("list")
def list_gateways(as_json: AsJson = False) -> None:
    """Say of every gateway whether it can be called and heard, and what is missing."""
    from bursar.cli.environment import settings
    from bursar.cli.output import columns, print_json, print_table
    from bursar.gateways.registry import GATEWAYS

    chosen = settings()
    rows = [_configured(chosen, gateway) for gateway in GATEWAYS]
    if as_json:
        for row in rows:
            print_json(dict(zip(FIELDS, row, strict=True)))
    else:
        shown = [[_words(cell) for cell in row] for row in rows]
        print_table(columns(*FIELDS), shown)


@app.command()
def stats(
    since: Annotated[str, typer.Option("--since", help=SINCE_HELP)] = SINCE, as_json: AsJson = False
) -> None:
    """Count calls, refusals, answers that never came, fallbacks and reused pages, with times and circuits."""
    from bursar.cli.environment import connect, settings
    from bursar.cli.output import print_json
    from bursar.cli.since import parse_since
    from bursar.clock import utc_now
    from bursar.gateways.registry import GATEWAYS
    from models.queries import gateway_stats
    from models.session import allow_long_reads, transaction

    moment = parse_since(since, utc_now())
    mode = settings().mode
    connect()
    with transaction() as session:
        assert moment is not None  # there is a default
        allow_long_reads(session)
        rows = gateway_stats.stats(session, [f"{gateway}:{mode}" for gateway in GATEWAYS], moment)
    facts = [_stats_facts(row) for row in rows]
    if as_json:
        for each in facts:
            print_json(each)
    else:
        _print_stats(facts, since)


def _configured(settings: "Settings", gateway: str) -> tuple[Any, ...]:
    from bursar.errors import Misconfigured
    from tasks.gateways import credentials_of

    server, missing = None, []
    try:
        server = credentials_of(settings, gateway).base_url or "the gateway's own"
    except Misconfigured as error:
        missing.append(str(error))
    heard = bool(settings.webhook_secrets(gateway))
    if not heard and gateway in _NEEDED:
        missing.append(f"{gateway} cannot be heard: set {_NEEDED[gateway]}")
    called = server is not None
    return (gateway, f"{gateway}:{settings.mode}", called, heard, settings.mode, server, missing)


def _words(cell: Any) -> Any:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "; ".join(cell) if isinstance(cell, list) else cell


def _stats_facts(row: Any) -> dict[str, Any]:
    from tasks.routing import breaker

    circuit = breaker().state(row.account)
    ended = row.answered + row.refused + row.given_up + row.unknown
    derived = {
        # A refusal is an answer, but not what was asked for; a call that was never sent says nothing yet.
        "success_rate": round(row.answered / ended, 4) if ended else None,
        "circuit": circuit.state.value,
        "retry_after_s": circuit.retry_after_s,
    }
    return {name: derived[name] if name in derived else getattr(row, name) for name in STATS_FIELDS}


def _print_stats(facts: Sequence[dict[str, Any]], since: str) -> None:
    from bursar.cli.output import Column, print_line, print_table

    print_line(f"calls and pages since {since}; times in milliseconds of answers and refusals")
    wide = {"retried", "given_up", "handed_over", "pages"}
    numbers = [
        name for name in STATS_FIELDS if name not in ("account", "circuit", "retry_after_s", "last_event_at")
    ]
    shape = [
        Column("account", whole=True),
        *(Column(name, right=True, wide_only=name in wide) for name in numbers),
        Column("circuit"),
        Column("last_event_at", whole=True, wide_only=True),
    ]
    rows = [[_percent(name, each[name]) for name in (column.name for column in shape)] for each in facts]
    print_table(shape, rows)


def _percent(name: str, value: Any) -> Any:
    return f"{value:.2%}" if name == "success_rate" and value is not None else value
