"""Fold one story three ways through `decide`, check the laws on the way, and compare what came out."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bursar.errors import Broken
from bursar.rules.books import Told
from bursar.rules.changes import Changes
from bursar.sandbox.memory import views
from bursar.sandbox.memory.laws import LawBroken, check_laws, check_touched
from bursar.sandbox.memory.store import World
from bursar.sandbox.memory.telling import deliver, open_invoice
from bursar.sandbox.simulator.post import Post, in_order
from bursar.sandbox.simulator.script import Script, write_script

Way = Callable[[int, Sequence[Told]], list[list[Told]]]
"""(part of the story, its events) -> how they are delivered."""
SHOWN_MAX = 3
"""Differences named of each promise."""


@dataclass(slots=True, kw_only=True)
class Result:
    """What one seed showed."""

    seed: int
    events: int
    folded: int = 0
    """Events decided in all ways together, redeliveries included."""
    payments: int = 0
    entries: int = 0
    """Ledger entries of all ways together."""
    checks: int = 0
    """Decisions after which the laws were checked, and comparisons."""
    cpu_s: float = 0.0
    """Seconds of one core: what else this machine does is not our speed."""
    broken: list[str] = field(default_factory=list)

    @property
    def events_per_s(self) -> int:
        """Events folded in a second, with everything that the claim needs."""
        return round(self.folded / self.cpu_s) if self.cpu_s else 0


def simulate(seed: int, events: int) -> Result:
    """Tell one story in order once, shuffled, and shuffled with the order of payments kept; compare them."""
    result = Result(seed=seed, events=events)
    began = time.process_time()
    gc.disable()  # millions of rows that stay, and no cycles among them
    try:
        _tell_and_compare(result, write_script(seed, events))
    except (LawBroken, Broken) as law:
        result.broken.append(str(law))
    finally:
        gc.enable()
    result.cpu_s = time.process_time() - began
    return result


def _tell_and_compare(result: Result, script: Script) -> None:
    careless, kept = Post(script.seed, "shuffled"), Post(script.seed, "heralded")
    ordered = _fold(result, script, lambda _, told: in_order(told))
    result.payments = len(ordered.payments)
    once = {**_gateways(ordered), **_customers(ordered)}
    shuffled = _fold(result, script, lambda _, told: careless.shuffled(told))
    _compare(result, "shuffled", once, {**_gateways(shuffled), **_customers(shuffled)})
    once |= _places(ordered)
    del shuffled, ordered
    heralded = _fold(result, script, lambda _, told: kept.heralded(told, script.heralds))
    same_order = {**_gateways(heralded), **_customers(heralded), **_places(heralded)}
    _compare(result, "shuffled, payments in order", once, same_order)


def _fold(result: Result, script: Script, way: Way) -> World:
    """One world after the whole story; the laws about what changed are checked after every decision."""

    def watch(world: World, changes: Changes) -> None:
        check_touched(world, changes)
        result.checks += 1
        result.folded += len(changes.applied)

    world = script.cast.world()
    for part, told in enumerate(script.parts):
        for invoice in script.cast.opening(part):
            open_invoice(world, invoice, watch)
        deliver(world, way(part, told), policy=script.policy, watch=watch)
    check_laws(world)
    result.checks += 1
    result.entries += len(world.entries)
    return world


def _gateways(world: World) -> dict[str, object]:
    return {
        **{f"L0 {name}": each for name, each in views.gateway_objects(world).items()},
        "L0 balances": views.balances(world),
        "L0 receivable less credit": views.net_of_groups(world),
    }


def _customers(world: World) -> dict[str, object]:
    return {"L1 receivable, credit, held": views.both_of_groups(world)}


def _places(world: World) -> dict[str, object]:
    return {
        "L2 order of application": views.order_of_application(world),
        **{f"L2 {name}": each for name, each in views.placements(world).items()},
    }


def _compare(result: Result, way: str, once: dict[str, object], otherwise: dict[str, object]) -> None:
    for name, expected in once.items():
        result.checks += 1
        found = otherwise[name]
        if found != expected:
            result.broken.append(f"{name}, {way}: {_first_difference(expected, found)}")


def _first_difference(expected: object, found: object) -> str:
    if not isinstance(expected, dict) or not isinstance(found, dict):
        return f"in order once {str(expected)[:200]}, otherwise {str(found)[:200]}"
    keys = sorted(expected.keys() | found.keys(), key=str)
    differing = [key for key in keys if expected.get(key) != found.get(key)]
    shown = [f"{key}: {expected.get(key)} became {found.get(key)}" for key in differing[:SHOWN_MAX]]
    return f"{len(differing)} differ, e.g. {'; '.join(shown)}"
