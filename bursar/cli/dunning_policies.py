"""`bursar dunning plan` and `simulate`: a policy laid out in days, and tried on virtual customers."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

DAYS_MAX, CUSTOMERS_MAX = 366, 20_000
BAR_WIDTH = 24
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="A policy (TOML); else the one in use.")
]


def plan(
    policy: PolicyFile = None,
    due: Annotated[
        datetime | None, typer.Option("--due", formats=["%Y-%m-%d"], help="When it is due; else today.")
    ] = None,
    country: Annotated[
        str | None, typer.Option("--country", help="The customer's (ISO 3166 alpha-2).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a policy, and show when each of its steps would be taken. Needs no database."""
    from bursar.cli.environment import settings
    from bursar.cli.output import print_json, print_line
    from bursar.clock import utc_now
    from bursar.rules.dunning.reading import read_policy
    from tasks.dunning_policies import policy_text

    found = read_policy(policy_text(policy or settings().dunning_policy))
    zone = found.zone_of(country and country.upper())
    day = (due or utc_now()).date()
    if as_json:
        steps = _days(found, day, zone.key, 0)
        print_json({"name": found.name, "sha256": found.sha256, "zone": zone.key, "steps": steps})
        return
    print_line(f"policy {found.name} ({found.sha256[:12]}), for {zone.key}, due {day}")
    print_days(found, day, zone.key, 0)


def _days(policy: Any, anchor_on: date, zone: str, first: int) -> list[dict[str, Any]]:
    from zoneinfo import ZoneInfo

    from bursar.rules.dunning.deciding import Case, step_at

    case = Case(anchor_on=anchor_on, zone=ZoneInfo(zone))
    return [
        {
            "day": step.day,
            "action": step.action.value,
            "template": step.template and step.template.value,
            "at": step_at(case, policy, n),
        }
        for n, step in enumerate(policy.steps)
        if n >= first
    ]


def print_days(policy: Any, anchor_on: date, zone: str, first: int) -> None:
    """What is still to come, from that step of the policy on."""
    from zoneinfo import ZoneInfo

    from bursar.cli.output import columns, print_table

    clock = ZoneInfo(zone)
    shown = [
        (
            f"{each['day']:+d}",
            each["action"],
            each["template"],
            f"{each['at'].astimezone(clock):%a %d %b %Y %H:%M}",
        )
        for each in _days(policy, anchor_on, zone, first)
    ]
    print_table(columns("day", "to come", "mail", "from, by his clock"), shown, empty="no step is left")


def simulate(
    policy: PolicyFile = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="FILE", help="Another, tried on the same people."),
    ] = None,
    customers: Annotated[int, typer.Option(min=1, max=CUSTOMERS_MAX, help="How many are late.")] = 1000,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; else today.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How many days.")] = 60,
    seed: Annotated[int, typer.Option(help="Another one is another crowd.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Try a policy on virtual customers and a virtual clock: money recovered by day, and by how much asking.

    The people are invented: it tells how two policies differ, not what your customers will pay.
    """
    from bursar.cli.output import print_json
    from bursar.clock import utc_now
    from bursar.sandbox.dunning.people import people
    from bursar.sandbox.dunning.simulation import simulate as run

    begin = (since or utc_now()).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    crowd = people(customers, begin, seed)
    tried = [_read(policy), *([_read(against)] if against else [])]
    found = [(each, run(each, crowd, begin, days)) for each in tried]
    if as_json:
        print_json([_facts(*each, begin) for each in found])
    else:
        _print_outcomes(found, begin)


def _read(path: Path | None) -> Any:
    from bursar.cli.environment import settings
    from bursar.rules.dunning.reading import read_policy
    from tasks.dunning_policies import policy_text

    return read_policy(policy_text(path or settings().dunning_policy))


def _facts(policy: Any, outcome: Any, begin: datetime) -> dict[str, Any]:
    from bursar.sandbox.dunning.simulation import CURRENCY

    return {
        "policy": policy.name,
        "sha256": policy.sha256,
        "from": begin.date(),
        "days": outcome.days,
        "currency": CURRENCY,
        "owed_minor": outcome.owed_minor,
        "recovered_minor": outcome.total_minor,
        "customers_paid": outcome.paid,
        "mails": outcome.mails,
        "declines": outcome.declines,
        "suspended_and_unpaid": outcome.suspended_and_unpaid,
        "steps": {action.value: count for action, count in sorted(outcome.steps.items())},
        "recovered_by_day_minor": outcome.recovered_minor,
    }


def _print_outcomes(found: list[tuple[Any, Any]], begin: datetime) -> None:
    from bursar.cli.output import columns, print_heading, print_line, print_table
    from bursar.rules.money_text import money_text
    from bursar.sandbox.dunning.simulation import CURRENCY

    shown = [
        (
            f"{policy.name} ({policy.sha256[:8]})",
            money_text(outcome.total_minor, CURRENCY),
            f"{outcome.total_minor / outcome.owed_minor:.1%}",
            outcome.paid,
            outcome.mails,
            sum(count for action, count in outcome.steps.items() if action == "retry_charge"),
            outcome.declines,
            outcome.suspended_and_unpaid,
        )
        for policy, outcome in found
    ]
    names = ("policy", "recovered", "of what was owed", "paid", "mails", "charges", "declined", "suspended")
    print_table(columns(*names), shown)
    print_line("")
    print_heading("recovered so far, week by week")
    _print_chart([policy.name for policy, _ in found], [outcome for _, outcome in found], begin)
    print_line("The people are invented: read the difference, not the sum.")


def _print_chart(names: list[str], outcomes: list[Any], begin: datetime) -> None:
    """One row a week: what share of all that was owed has come, a bar for each policy."""
    from bursar.cli.output import print_line

    days = outcomes[0].days
    print_line(" " * 8 + "  ".join(name[:BAR_WIDTH].ljust(BAR_WIDTH + 7) for name in names).rstrip())
    for day in range(7, days + 7, 7):
        shares = [sum(each.recovered_minor[:day]) / each.owed_minor for each in outcomes]
        bars = "  ".join(f"{_bar(share)} {share:6.1%}" for share in shares)
        print_line(f"{begin + timedelta(days=min(day, days)):%d %b}  {bars}")


def _bar(share: float) -> str:
    """Eighths of a character make it exact."""
    eighths = round(share * BAR_WIDTH * 8)
    part = " ▏▎▍▌▋▊▉"[eighths % 8].strip()
    return (f"{'█' * (eighths // 8)}{part}").ljust(BAR_WIDTH, "·")
