"""How gateways deliver: late, twice, in any order, a few or two hundred at once."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from uuid import UUID

from bursar.rules.books import Told
from bursar.sandbox.simulator.cast import an_id

SIZES = (1, 2, 5, 20, 50, 100, 200)
AGAIN_SHARE = 0.06
"""Of all events are delivered once more, now or in a later part."""
IN_ORDER_SIZE = 100


class Post:
    """A careless post; the same seed loses, doubles and shuffles the same."""

    def __init__(self, seed: int, way: str) -> None:
        self._random = Random(f"bursar sim post {seed} {way}")  # noqa: S311 - it shall be repeatable
        self._delivered: list[Told] = []
        self._copies = 0

    def shuffled(self, events: Sequence[Told]) -> list[list[Told]]:
        """Every event of a part at least once, in any order."""
        return self._batches([*events, *self._doubles(events)])

    def heralded(self, events: Sequence[Told], heralds: frozenset[UUID]) -> list[list[Told]]:
        """The same, but what first says that a payment succeeded comes first, in its order."""
        first = [each for each in events if each.event_id in heralds]
        rest = [each for each in events if each.event_id not in heralds]
        return [*in_order(first), *self._batches([*rest, *self._doubles(events)])]

    def _doubles(self, events: Sequence[Told]) -> list[Told]:
        """Some events once more, also of parts long gone: a new row, but the same signed key."""
        self._delivered += events
        again = self._random.choices(self._delivered, k=int(len(events) * AGAIN_SHARE))
        copies = []
        for event in again:
            self._copies += 1
            copies.append(replace(event, event_id=an_id(10, self._copies)))
        return copies

    def _batches(self, events: list[Told]) -> list[list[Told]]:
        self._random.shuffle(events)
        batches, at = [], 0
        while at < len(events):
            size = self._random.choice(SIZES)
            batches.append(events[at : at + size])
            at += size
        return batches


def in_order(events: Sequence[Told]) -> list[list[Told]]:
    """Every event once, as the gateways' clocks have them."""
    return [list(events[at : at + IN_ORDER_SIZE]) for at in range(0, len(events), IN_ORDER_SIZE)]
