"""What a storm left: figures, the claims they must meet, one JSON object or a table."""

from dataclasses import asdict, dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table

from bursar.sandbox.verdict import Verdict
from tests.chaos.storm import FLUSH

KILLS_MIN_PER_MINUTE = 20
PAYMENTS_MIN_PER_MINUTE = 1_000


@dataclass(frozen=True, kw_only=True)
class Report:
    """The public figures; `make chaos ARGS=--json` prints exactly these."""

    payments: int
    deliveries: int
    kills: dict[str, int]
    lost: int
    doubled: int
    heal_p50_s: float | None
    heal_max_s: float | None
    self_exits: int
    invariants_broken: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The report, what it is judged by, and what only a person wants to know."""

    report: Report
    minutes: float
    verdict: Verdict
    settled: bool
    wrong: list[str] = field(default_factory=list)
    """Answers that no gateway should have got."""
    details: dict[str, object] = field(default_factory=dict)

    @property
    def kills(self) -> int:
        """Processes that were killed; a flush kills nobody."""
        return sum(n for kind, n in self.report.kills.items() if kind != FLUSH)

    def failures(self) -> list[str]:
        """The claims that do not hold, in words."""
        report = self.report
        claims = {
            "lost": report.lost == 0,
            "doubled": report.doubled == 0,
            "an invariant is broken": report.invariants_broken == 0,
            "it never came to rest": self.settled,
            "a kill never healed": report.heal_max_s is not None,
            "a wrong answer": not self.wrong,
            "too few kills": self.kills >= int(KILLS_MIN_PER_MINUTE * self.minutes),
            "too few payments": report.payments >= int(PAYMENTS_MIN_PER_MINUTE * self.minutes),
        }
        return [claim for claim, holds in claims.items() if not holds]


def as_dict(report: Report) -> dict[str, object]:
    """What --json prints."""
    return asdict(report)


def show(console: Console, outcome: Outcome) -> None:
    """Print it for a person."""
    table = Table(box=box.SIMPLE_HEAD, show_header=False)
    for name, figure in {**asdict(outcome.report), **outcome.details}.items():
        words = ", ".join(f"{key} {n}" for key, n in figure.items()) if isinstance(figure, dict) else figure
        table.add_row(name, str(words))
    console.print(table)
    for line in [*outcome.verdict.lost[:10], *outcome.verdict.doubled[:10], *outcome.wrong[:10]]:
        console.print(f"[red]{line}")
    for finding in outcome.verdict.broken:
        console.print(f"[red]{finding.name} {finding.title}: {len(finding.rows)} rows")
    failures = outcome.failures()
    console.print(f"[bold red]{'; '.join(failures)}" if failures else "[bold green]every claim holds")
