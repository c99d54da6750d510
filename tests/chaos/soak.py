"""The soak: everything real, everything killed, nothing lost and nothing doubled."""

import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from sqlalchemy.exc import OperationalError

from bursar.documents.store import LocalBlobStore
from bursar.rules.consequences import COPIES_MAX
from bursar.sandbox.stage import Stage, count, free_port, without_flower
from bursar.sandbox.verdict import DUE, judge
from tests.chaos.healing import Healing
from tests.chaos.load import Gateways, Load, prepare
from tests.chaos.mutants import alter, mutated
from tests.chaos.report import Outcome, Report
from tests.chaos.storm import KILLS_PER_MINUTE, Kill, Storm, schedule
from tests.support.factories import rows

FIRST_SHARE = 0.2
"""Of all deliveries, at the very beginning and as fast as they are taken: the backlog."""
FLUSH_EVERY = 10
"""Kills between two FLUSHALLs."""
SETTLE_LIMIT_S = 240.0
PAPERS = ("worker-documents", "worker-emails")
OF_PAPERS = ("receipt of", "mail about")
MONEY_DUE = """
SELECT count(*) FROM (
  SELECT state FROM gateway_events WHERE waiting_for IS NULL
  UNION ALL SELECT state FROM enrollments) w WHERE state IN ('pending', 'running')
"""
_FIGURES = {
    "events": "SELECT count(*) FROM gateway_events",
    "events that lost a worker": "SELECT count(*) FROM gateway_events WHERE crashes > 0",
    "documents": "SELECT count(*) FROM documents WHERE state = 'done'",
    "mails": "SELECT count(*) FROM emails WHERE send_state = 'sent'",
    "mails sent twice": "SELECT count(*) FROM emails WHERE send_state = 'sent' AND copies > 1",
    "events that lost three": "SELECT count(*) FROM gateway_events WHERE crashes > 2",
    "mails of unknown fate": "SELECT count(*) FROM emails WHERE send_state = 'unknown'",
    "enrollments": "SELECT count(*) FROM enrollments WHERE observed = 'active'",
}


def missing(folder: Path) -> list[str]:
    """Papers and mails that the books name and that are not where they belong."""
    store = LocalBlobStore(folder / "blobs")
    keys = [str(key) for (key,) in rows("SELECT blob_key FROM documents WHERE state = 'done'")]
    absent = [f"document {key} is not in the store" for key in keys if not store.exists(key)]
    written, sent = len(list((folder / "outbox").glob("*.eml"))), count(_FIGURES["mails"])
    return absent + ([f"{sent - written} mails are not in the outbox"] if written < sent else [])


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, how much, and from which seed."""

    minutes: float
    payments: int
    seed: int
    mutant: str | None = None
    settle_limit_s: float = SETTLE_LIMIT_S
    kills_per_minute: int = KILLS_PER_MINUTE
    papers: bool = True
    """Whether documents and mails are worked off too; without them it is quick, for their leases are long."""

    @property
    def kills(self) -> int:
        """So many, evenly spread."""
        return max(round(self.minutes * self.kills_per_minute), 1)


def soak(plan: Plan, folder: Path, console: Console) -> Outcome:
    """Run a plan on private servers in this folder."""
    second = free_port()
    lines = {name: line for name, line in without_flower().items() if plan.papers or name not in PAPERS}
    lines["receiver-2"] = lines["receiver"]
    lines = {name: mutated(line, plan.mutant) for name, line in lines.items()}
    lines["receiver-2"] = f"env BURSAR_PORT={second} {lines['receiver-2']}"
    with Stage(folder, lines, env={"BURSAR_LOG_LEVEL": "WARNING"}) as stage:
        stage.start_servers()
        alter(plan.mutant)
        began = time.monotonic()
        load = prepare(stage.secrets, plan.payments, plan.seed)
        console.log(
            f"seed {plan.seed}: {len(load.book.captured)} payments, {len(load.deliveries)} deliveries,"
            f" told in {time.monotonic() - began:.0f} s"
        )
        stage.start_processes()
        assert stage.wait_until_ready(), f"the receiver did not become ready; see {folder / 'log'}"
        urls = (stage.url, f"http://127.0.0.1:{second}")
        gateways = Gateways(urls, stage.secrets, load)
        return _Soak(plan, stage, load, gateways, console).run()


class _Soak:
    """One storm over one load."""

    def __init__(self, plan: Plan, stage: Stage, load: Load, gateways: Gateways, console: Console) -> None:
        self._plan = plan
        self._stage = stage
        self._load = load
        self._gateways = gateways
        self._console = console
        self._storm = Storm(stage, lambda: gateways.behind > 0, plan.seed)
        self._healing = Healing(self._storm.times)
        self._due = DUE if plan.papers else MONEY_DUE

    def run(self) -> Outcome:
        """Post and kill, then stop hurting, let it settle, and judge."""
        watching = self._healing.watch()
        self._gateways.start()
        self._rage()
        self._gateways.finish()
        self._console.log(f"{self._gateways.attempts} attempts to deliver; now nobody is hurt any more")
        began = time.monotonic()
        settled = self._stage.supervisor.wait_ready(self._at_rest, self._plan.settle_limit_s)
        settle_s = time.monotonic() - began
        self._healing.look()
        self._healing.stop()
        watching.join()
        return self._outcome(settled=settled, settle_s=settle_s)

    def _rage(self) -> None:
        """One kill per slot, each in the middle of a wave of deliveries."""
        absent = () if self._plan.papers else PAPERS
        kills = schedule(self._plan.kills, self._plan.seed, absent)
        total = len(self._load.deliveries)
        first = int(total * FIRST_SHARE)
        wave = (total - first) // len(kills)
        self._gateways.allow(first)
        began, slot_s = time.monotonic(), self._plan.minutes * 60 / len(kills)
        for n, (kill, name) in enumerate(kills):
            self._gateways.allow(wave)
            self._strike(kill, name)
            if n % FLUSH_EVERY == FLUSH_EVERY // 2:
                self._storm.flush()
            if n % 20 == 19:
                self._say(n + 1)
            time.sleep(max(0.0, began + (n + 1) * slot_s - time.monotonic()))

    def _strike(self, kill: Kill, name: str) -> None:
        self._stage.supervisor.check()
        self._storm.strike(kill, name)

    def _say(self, kills: int) -> None:
        try:
            waiting = count(self._due)
        except OperationalError:
            return
        self._console.log(f"{kills} kills, {self._gateways.answered} delivered, {waiting} rows due")

    def _outcome(self, *, settled: bool, settle_s: float) -> Outcome:
        verdict = judge(self._load.book, self._load.accepted, copies_max=COPIES_MAX)
        if self._plan.papers:
            verdict.lost += missing(self._stage.folder)
        else:
            verdict.lost = [line for line in verdict.lost if not line.startswith(OF_PAPERS)]
        exits = {name: ended for name, ended in self._stage.supervisor.self_exits().items() if ended}
        report = Report(
            payments=len(self._load.book.captured),
            deliveries=self._gateways.attempts,
            kills=dict(self._storm.done),
            lost=len(verdict.lost),
            doubled=len(verdict.doubled),
            heal_p50_s=self._healing.p50_s,
            heal_max_s=self._healing.max_s,
            self_exits=sum(len(ended) for ended in exits.values()),
            invariants_broken=len(verdict.broken),
        )
        return Outcome(
            report=report,
            minutes=self._plan.minutes,
            verdict=verdict,
            settled=settled,
            wrong=self._gateways.wrong,
            details=self._details() | {"settled in": f"{settle_s:.0f} s", "self exits of": exits},
        )

    def _details(self) -> dict[str, object]:
        """What only a person wants to know."""
        healed_s, victims = self._healing.healed_s, self._storm.victims
        slowest = sorted(healed_s, key=healed_s.__getitem__, reverse=True)[:3]
        return {name: count(sql) for name, sql in _FIGURES.items()} | {
            "kills with work in hand": self._storm.in_hand,
            "slowest to heal": {f"{n + 1}. {victims[n]}": f"{healed_s[n]:.1f} s" for n in slowest},
        }

    def _at_rest(self) -> bool:
        try:
            return count(self._due) == 0
        except OperationalError:  # it is still recovering from the last kill
            return False
