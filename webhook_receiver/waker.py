"""Tells workers of new rows, best effort, from a thread of its own: no broker can slow a request down."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

from webhook_receiver.tally import WakeTally

log = structlog.get_logger(__name__)

APPLY = "events.apply"
WAKE_IDS_MAX = 200
"""One claim of events.apply: a longer message would not be worked off at once."""
WAKE_PAUSE_S = 0.02
"""At most one message per 20 ms: a publish costs as much as several deliveries."""
WAKE_SHARE = 100
"""Publishing takes at most one part in a hundred of the processor; 20 ms would be more on most machines."""
WAKE_PAUSE_MAX_S = 0.1
"""What a person does not notice, however slow the machine."""
PENDING_IDS_MAX = 2_000
"""What waits for a slow broker; beyond it the sweeper is as fast as we would be."""
STOP_LIMIT_S = 1.0
"""How long a shutdown waits for the last message."""

Wake = Callable[[str, Sequence[UUID]], bool]
"""`workers.publish.wake_by_name`: False when the broker was away."""


class Waker:
    """Collects ids and publishes them; the first at once, the others coalesced."""

    def __init__(self, wake: Wake, tally: WakeTally) -> None:
        self._wake = wake
        self._tally = tally
        self._pending: deque[UUID] = deque()
        self._offered = threading.Event()
        self._stopping = threading.Event()
        # A daemon, so that a broker which never answers cannot keep the process alive.
        self._thread = threading.Thread(target=self._run, name="waker", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self) -> None:
        """Publish what is left, if the broker takes it within a second."""
        self._stopping.set()
        self._offered.set()
        self._thread.join(STOP_LIMIT_S)

    def offer(self, ids: Sequence[UUID]) -> None:
        """Have workers woken for these rows. Never blocks; drops what is too much."""
        room = PENDING_IDS_MAX - len(self._pending)
        self._pending.extend(ids[:room])
        self._tally.dropped += max(0, len(ids) - room)
        self._offered.set()

    def _run(self) -> None:
        # The first message loads and connects the broker client, which takes half a second of processor:
        # better now, as a wake for whatever is due anyway, than while the first event waits.
        self._publish([])
        stopping = False
        while not stopping:
            self._offered.wait()
            self._offered.clear()
            stopping = (
                self._stopping.is_set()
            )  # looked at before the ids: what was offered before it is published
            while ids := self._take():
                began_s, used_s = time.monotonic(), time.thread_time()
                self._publish(ids)
                pause_s = self._pause_s(time.thread_time() - used_s)
                self._stopping.wait(pause_s - (time.monotonic() - began_s))

    def _pause_s(self, used_s: float) -> float:
        """Between two messages; short while a whole message waits: that one costs little per row."""
        if len(self._pending) >= WAKE_IDS_MAX:
            return WAKE_PAUSE_S
        return min(max(WAKE_PAUSE_S, WAKE_SHARE * used_s), WAKE_PAUSE_MAX_S)

    def _take(self) -> list[UUID]:
        return [self._pending.popleft() for _ in range(min(len(self._pending), WAKE_IDS_MAX))]

    def _publish(self, ids: Sequence[UUID]) -> None:
        try:
            sent = self._wake(APPLY, ids)
        except Exception as error:  # noqa: BLE001 - whatever ails a broker client, the rows are stored and swept
            log.warning("wake.failed", error=type(error).__name__)
            sent = False
        if sent:
            self._tally.sent += 1
        else:
            self._tally.failed += 1
