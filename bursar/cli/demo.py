"""`bursar demo`: pages are paid, then two gateways post a busy day while workers are killed; nothing may be
lost or doubled.
"""

import asyncio
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bursar.cli import demo_pages, demo_report
from bursar.sandbox.fake.remote import Remote
from bursar.sandbox.fake.webhooks import Plan
from bursar.sandbox.posting import Posted, post_all
from bursar.sandbox.school import Bill, School, open_school
from bursar.sandbox.stage import CRASH_POINT, PROCFILE, WORKER, Stage, count, without_flower
from bursar.sandbox.story import Story, Teller
from bursar.sandbox.verdict import DUE, Verdict, judge
from workers.supervisor import read_procfile

LEARNERS = 24
PUPILS = 12
PAYERS = 4
"""On pages, of each kind."""
SEED = 20261121
DELIVERY = Plan(seed=SEED, duplicated=0.2, reordered=0.3)
"""How the fake gateways deliver what payers do on their pages."""
SETTLE_LIMIT_S = 40.0
KILL_LIMIT_S = 20.0
EXIT_BROKEN = 6


def demo(*, as_json: bool, keep: bool) -> int:
    """Run the demo on private servers. Returns 0 only when nothing is lost, doubled or broken."""
    console = Console(stderr=as_json)
    folder = Path(os.environ.get("BURSAR_VAR", "var")).resolve() / "demo"  # noqa: TID251 - nothing else of yours is read
    lines = read_procfile(PROCFILE) if keep else without_flower()
    crash = {WORKER: CRASH_POINT}
    with Stage(folder, lines, first_env=crash, plan=DELIVERY) as stage, _progress(console) as bar:
        task = bar.add_task("starting private PostgreSQL and Valkey", total=None)
        stage.start_servers()
        bar.update(task, description="opening a school: tracks, students, invoices")
        school, payers, spare = _school()
        story = Teller(stage.secrets, int(time.time()), SEED).tell(school)
        bar.update(task, description="starting receiver, workers, beat, fake gateways")
        stage.start_processes()
        if not stage.wait_until_ready() or stage.fakes is None:
            console.print(f"[red]the receiver did not become ready; its log is in {folder / 'log'}")
            return EXIT_BROKEN
        demo_pages.move_in(stage.environment())
        with Remote(stage.fakes.url) as remote:
            shown = _act(stage, remote, story, payers, bar, task)
        bar.stop()
        if as_json:
            os.write(1, orjson.dumps(shown.outcome) + b"\n")
        else:
            demo_report.show(console, shown.outcome, shown.verdict, shown.paid, folder)
        if keep:
            console.print(f"\na page to pay on: {demo_pages.open_page(spare)}")
            console.print(f"receiver {stage.url}   Flower {stage.flower_url}   Ctrl-C ends everything")
            stage.supervisor.run()
    return 0 if shown.clean else EXIT_BROKEN


def _school() -> tuple[School, list[Bill], Bill]:
    """The school whose day is told, the bills that are paid on pages, and one that nobody has paid."""
    whole = open_school(learners=LEARNERS + PAYERS, pupils=PUPILS + PAYERS + 1)
    told = School(course_bills=whole.course_bills[:LEARNERS], school_bills=whole.school_bills[:PUPILS])
    *pupils, spare = whole.school_bills[PUPILS:]
    return told, [*whole.course_bills[LEARNERS:], *pupils], spare


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What came of the acts of the demo."""

    paid: Sequence[demo_pages.Paid]
    verdict: Verdict
    outcome: dict[str, Any]
    clean: bool
    """Whether the claim holds."""


def _act(
    stage: Stage, remote: Remote, story: Story, payers: Sequence[Bill], bar: Progress, task: Any
) -> _Shown:
    """Pay, post and hurt, heal, judge."""
    bar.update(task, description="payers open pages at the fake gateways and pay")
    paid = demo_pages.pay_on_pages(remote, payers)
    posted, faults = _post_and_hurt(stage, story, bar, task)
    bar.update(task, description="healing: leases run out, the sweeper finds every row", total=None)
    heal_s = _heal(stage, remote)
    twice = demo_pages.add_to(story.book, remote, paid)
    verdict = judge(story.book, _distinct(story) + demo_pages.count_deliveries(posted, remote))
    verdict.doubled += twice
    return _Shown(
        paid=paid,
        verdict=verdict,
        outcome=_outcome(posted, verdict, heal_s, faults),
        clean=verdict.clean and not posted.odd and heal_s is not None,
    )


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar


def _post_and_hurt(stage: Stage, story: Story, bar: Progress, task: Any) -> tuple[Posted, dict[str, Any]]:
    """Post the day; the worker dies at its crash point, and once it is back a pool child is killed."""
    total = sum(each.copies for each in story.deliveries)
    bar.update(task, description="posting signed webhooks, killing workers", total=total, completed=0)
    faults: dict[str, Any] = {
        "worker_killed_holding_rows": 0,
        "pool_child_killed": None,
        "broker_flushed": False,
    }
    half = len(story.deliveries) // 2
    tick = lambda: bar.advance(task)  # noqa: E731 - a callback
    first = asyncio.run(post_all(stage.url, story.deliveries[:half], tick))
    stage.supervisor.wait_ready(stage.worker_died)
    faults["worker_killed_holding_rows"] = stage.rows_held_by_the_dead()
    killer = threading.Thread(target=_kill_a_pool_child, args=(stage, faults))
    killer.start()
    second = asyncio.run(post_all(stage.url, story.deliveries[half:], tick))
    killer.join()
    stage.broker.flushall()
    faults["broker_flushed"] = True
    for name in ("total", "stored", "refused"):
        setattr(first, name, getattr(first, name) + getattr(second, name))
    first.odd += second.odd
    return first, faults


def _kill_a_pool_child(stage: Stage, faults: dict[str, Any]) -> None:
    deadline = time.monotonic() + KILL_LIMIT_S
    while faults["pool_child_killed"] is None and time.monotonic() < deadline:
        faults["pool_child_killed"] = stage.kill_pool_child()
        time.sleep(0.05)


def _heal(stage: Stage, remote: Remote) -> float | None:
    """Seconds from the last fault until no work is left; None when it never came to rest."""
    started = time.monotonic()
    if stage.supervisor.wait_ready(lambda: demo_pages.delivered(remote) and count(DUE) == 0, SETTLE_LIMIT_S):
        return time.monotonic() - started
    return None


def _distinct(story: Story) -> int:
    return len({(d.gateway, d.body) for d in story.deliveries if d.fate == "stored"})


def _outcome(
    posted: Posted, verdict: Verdict, heal_s: float | None, faults: dict[str, Any]
) -> dict[str, Any]:
    """What `--json` prints; the names are a public interface."""
    accepted = count("SELECT count(*) FROM gateway_events WHERE source = 'webhook'")
    return {
        "checkouts": {
            "opened": count("SELECT count(*) FROM checkouts WHERE external_id IS NOT NULL"),
            "paid": count("SELECT count(*) FROM checkouts WHERE status = 'completed'"),
            "from_another_gateway": count("SELECT count(*) FROM checkouts WHERE fallback_from IS NOT NULL"),
        },
        "events": {
            "posted": posted.total,
            "accepted": accepted,
            "duplicates": posted.stored - accepted,
            "refused": posted.refused,
            "ignored": count("SELECT count(*) FROM gateway_events WHERE state = 'ignored'"),
            "dead": count("SELECT count(*) FROM gateway_events WHERE state = 'dead'"),
        },
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "heal_seconds": None if heal_s is None else round(heal_s, 1),
        "invariants": {
            "checked": verdict.checked,
            "broken": [{"name": found.name, "rows": len(found.rows)} for found in verdict.broken],
        },
        "invoices": count("SELECT count(*) FROM invoices WHERE status = 'open'"),
        "payments": count("SELECT count(*) FROM payments WHERE status = 'succeeded'"),
        "enrollments": count("SELECT count(*) FROM enrollments WHERE observed = 'active'"),
        "documents": count("SELECT count(*) FROM documents WHERE state = 'done'"),
        "emails": count("SELECT count(*) FROM emails WHERE send_state = 'sent'"),
        "faults": faults,
    }
