"""Wakes are best effort: first one at once, the others together, and no broker can hold anybody up."""

import threading
from collections.abc import Sequence
from queue import Queue
from uuid import UUID

import pytest

from bursar.ids import new_id
from webhook_receiver.tally import WakeTally
from webhook_receiver.waker import APPLY, PENDING_IDS_MAX, WAKE_IDS_MAX, Waker

LIMIT_S = 10


class Broker:
    """A broker client whose publishes wait until they are let through."""

    def __init__(self, *, sent: bool = True) -> None:
        self.messages: Queue[list[UUID]] = Queue()
        self.open = threading.Event()
        self.open.set()
        self._sent = sent

    def wake(self, name: str, ids: Sequence[UUID]) -> bool:
        assert name == APPLY
        self.messages.put(list(ids))
        assert self.open.wait(LIMIT_S)
        return self._sent


def started(broker: Broker) -> tuple[Waker, WakeTally]:
    tally = WakeTally()
    waker = Waker(broker.wake, tally)
    waker.start()
    assert broker.messages.get(timeout=LIMIT_S) == []  # connects before anything is due
    return waker, tally


def test_ids_offered_while_a_message_is_on_its_way_go_together_into_the_next() -> None:
    broker = Broker()
    waker, tally = started(broker)
    ids = [new_id() for _ in range(5)]
    broker.open.clear()

    waker.offer(ids[:1])
    first = broker.messages.get(timeout=LIMIT_S)
    waker.offer(ids[1:3])
    waker.offer(ids[3:])
    broker.open.set()
    second = broker.messages.get(timeout=LIMIT_S)
    waker.stop()

    assert (first, second) == (ids[:1], ids[1:])
    assert (tally.sent, tally.failed, tally.dropped) == (3, 0, 0)


def test_a_message_names_no_more_rows_than_one_claim_takes() -> None:
    broker = Broker()
    waker, _ = started(broker)
    ids = [new_id() for _ in range(WAKE_IDS_MAX + 1)]

    waker.offer(ids)
    waker.stop()

    assert [broker.messages.get(timeout=LIMIT_S) for _ in range(2)] == [ids[:-1], ids[-1:]]


def test_a_broker_that_hangs_costs_ids_but_neither_time_nor_memory() -> None:
    broker = Broker()
    waker, tally = started(broker)
    broker.open.clear()
    waker.offer([new_id()])
    broker.messages.get(timeout=LIMIT_S)

    for _ in range(3):
        waker.offer([new_id() for _ in range(PENDING_IDS_MAX)])
    broker.open.set()
    waker.stop()

    assert tally.dropped == 2 * PENDING_IDS_MAX


def test_a_broker_that_is_away_is_counted_and_otherwise_ignored() -> None:
    broker = Broker(sent=False)
    waker, tally = started(broker)

    waker.offer([new_id()])
    waker.stop()

    assert (tally.sent, tally.failed) == (0, 2)


@pytest.mark.parametrize("error", [ConnectionError("away"), ValueError("a bug in a client")])
def test_no_error_of_a_broker_client_ends_the_wakes(error: Exception) -> None:
    attempts: Queue[list[UUID]] = Queue()

    def wake(name: str, ids: Sequence[UUID]) -> bool:
        attempts.put(list(ids))
        raise error

    tally = WakeTally()
    waker = Waker(wake, tally)
    waker.start()
    ids = [new_id()]
    attempts.get(timeout=LIMIT_S)
    waker.offer(ids)
    waker.stop()

    assert attempts.get(timeout=LIMIT_S) == ids
    assert tally.failed == 2
