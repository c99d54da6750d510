"""Which process dies when: a seeded order of kills, and the hands that do it while there is work in hand."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum

import psutil
from sqlalchemy.exc import OperationalError

from bursar.sandbox.stage import Stage, count

KILLS_PER_MINUTE = 21
PATIENCE_S = 1.5
"""How long a kill waits for its victim to be busy."""
THERE_S = 5.0
"""How long it waits for a victim that is just being started again."""


class Kill(StrEnum):
    """What is done to whom."""

    POOL_CHILD = "pool_child"
    WORKER = "worker"
    RECEIVER = "receiver"
    BEAT = "beat"
    BROKER = "broker"
    """SIGKILL, then a start with nothing in memory."""
    POSTGRES = "postgres"
    """Immediate shutdown, which is a crash, then recovery."""


FLUSH = "flushall"
"""Nobody dies; every message is gone. Done beside the kills and not counted among them."""
DECK: tuple[tuple[Kill, str], ...] = (
    *[(Kill.POOL_CHILD, "worker-events")] * 6,
    *[(Kill.POOL_CHILD, "worker-documents")] * 2,
    *[(Kill.POOL_CHILD, "worker-emails")] * 2,
    *[(Kill.POOL_CHILD, "worker-control")] * 1,
    *[(Kill.WORKER, "worker-events")] * 4,
    *[(Kill.WORKER, "worker-documents")] * 1,
    *[(Kill.WORKER, "worker-emails")] * 1,
    *[(Kill.WORKER, "worker-control")] * 1,
    *[(Kill.RECEIVER, "receiver")] * 2,
    *[(Kill.RECEIVER, "receiver-2")] * 2,
    *[(Kill.BROKER, "")] * 2,
    *[(Kill.POSTGRES, "")] * 2,
    (Kill.BEAT, "beat"),
)
"""Of 27 kills; about the shares in which things die, with more than life's share for what holds money."""
TABLES = {"worker-events": "gateway_events", "worker-documents": "documents", "worker-emails": "emails"}


def schedule(kills: int, seed: int, absent: Sequence[str] = ()) -> list[tuple[Kill, str]]:
    """The first `kills` cards of decks shuffled one after the other; nobody kills what is absent."""
    dice, cards = random.Random(seed), []
    while len(cards) < kills:
        deck = [card for card in DECK if card[1] not in absent]
        dice.shuffle(deck)
        cards += deck
    return cards[:kills]


class Storm:
    """Kills on a stage and remembers when."""

    def __init__(self, stage: Stage, busy: Callable[[], bool], seed: int) -> None:
        self._stage = stage
        self._dice = random.Random(seed)
        self._busy = busy
        """Whether deliveries are under way: a receiver dies with one in hand."""
        self.done: Counter[str] = Counter()
        self.in_hand = 0
        """Kills that hit while their victim held work."""
        self.times: list[float] = []
        """Unix time of each kill: what was accepted before must be applied after it."""
        self.victims: list[str] = []

    def strike(self, kill: Kill, name: str) -> None:
        """Kill as soon as the victim is busy, or after PATIENCE_S all the same."""
        child = self._some_child(name) if kill is Kill.POOL_CHILD else None
        self.in_hand += _within(PATIENCE_S, lambda: self._works(kill, name))
        self.victims.append(f"{kill.value} {name}".strip())
        self.times.append(time.time())
        match kill:
            case Kill.POOL_CHILD:
                struck = (child is not None and _kill(child)) or _within(
                    THERE_S, lambda: self._stage.kill_pool_child(name) is not None
                )
            case Kill.BROKER:
                self._stage.broker.kill()
                self._stage.broker.start()
                struck = True
            case Kill.POSTGRES:
                self._stage.postgres.restart(immediate=True)
                struck = True
            case _:
                struck = _within(THERE_S, lambda: self._kill_process(name))
        self.done[kill.value] += struck

    def flush(self) -> None:
        """Take every message away."""
        self._stage.broker.flushall()
        self.done[FLUSH] += 1

    def _some_child(self, name: str) -> psutil.Process | None:
        """One of the pool, chosen beforehand: a batch takes milliseconds."""
        _within(THERE_S, lambda: bool(self._stage.pool_children(name)))
        children = self._stage.pool_children(name)
        return self._dice.choice(children) if children else None

    def _works(self, kill: Kill, name: str) -> bool:
        if kill is Kill.RECEIVER:
            return self._busy()
        table = TABLES.get(name, "gateway_events")
        try:
            return count(f"SELECT count(*) FROM {table} WHERE state = 'running' AND lease_until > now()") > 0
        except OperationalError:  # it was restarted a moment ago
            return False

    def _kill_process(self, name: str) -> bool:
        try:
            self._stage.supervisor.kill(name, signal.SIGKILL)
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False
        return True


def _kill(process: psutil.Process) -> bool:
    try:
        process.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        return False
    return True


def _within(seconds: float, happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := happened()) and time.monotonic() < deadline:
        time.sleep(0.001)
    return found
