"""Runs the lines of a Procfile and brings the dead back. Knows processes and output, not what they are for.

honcho's own runner ends everything when one child dies; here a dead child is the expected case, so only its
Procfile parser is used. In production systemd or Kubernetes does this job.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from honcho.environ import parse_procfile

from bursar.errors import Transient
from workers.leash import Leash, signal_group
from workers.output import Printer, Sink, to_file

GRACE_S = 10.0
"""Between SIGTERM and SIGKILL: a running task has 8 s by its hard limit."""
BACKOFF_FIRST_S = 0.2
BACKOFF_FACTOR = 3.0
BACKOFF_MAX_S = 5.0
DEATHS_MAX = 5
DEATHS_WINDOW_S = 60.0
HURRY_SIGNALS = 2
"""Who sends a second signal does not want to wait for the grace."""
_WATCH_EVERY_S = 0.02


class GaveUp(Transient):
    """A child died again and again; everything was stopped."""


@dataclass
class RestartPolicy:
    """When a dead child comes back. Knows no processes: times go in, delays come out."""

    deaths: list[float] = field(default_factory=list)

    def died(self, now: float) -> float | None:
        """Seconds to wait before the next start; None after DEATHS_MAX deaths within DEATHS_WINDOW_S."""
        self.deaths = [at for at in self.deaths if now - at < DEATHS_WINDOW_S]
        self.deaths.append(now)
        if len(self.deaths) >= DEATHS_MAX:
            return None
        return min(BACKOFF_FIRST_S * BACKOFF_FACTOR ** (len(self.deaths) - 1), BACKOFF_MAX_S)


@dataclass
class _Child:
    name: str
    line: str
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    process: subprocess.Popen[bytes] | None = None
    start_at: float | None = None
    starts: int = 0
    drain: threading.Thread | None = None
    killed_pid: int | None = None
    """Ended on purpose by `kill`; such a death is not held against the child."""
    self_exits: list[str] = field(default_factory=list)


class Supervisor:
    """The processes of one installation. Each is a process group of its own and dies with this process.

    `env` is the whole environment of the children; `first_env` is added for the first start of a child only
    (a crash point that must not be hit again after the restart). Output goes to `log_dir/<name>.log`, or
    prefixed to stderr.
    """

    def __init__(
        self,
        lines: Mapping[str, str],
        env: Mapping[str, str],
        *,
        log_dir: Path | None = None,
        first_env: Mapping[str, Mapping[str, str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        path = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
        self._env = {**env, "PATH": path, "PYTHONUNBUFFERED": "1"}
        self._first_env = first_env or {}
        self._children = {name: _Child(name, line) for name, line in lines.items()}
        self._printer = Printer(sys.stderr, list(lines)) if log_dir is None else None
        self._log_dir = log_dir
        self._clock = clock
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._signals_seen = 0
        self._watcher: threading.Thread | None = None
        self._leash: Leash | None = None
        self._failure: GaveUp | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start every line and watch over it."""
        self._leash = Leash()
        with self._lock:
            for child in self._children.values():
                self._spawn(child)
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def stop(self, grace_s: float = GRACE_S) -> None:
        """SIGTERM to every child, SIGKILL to the groups of those still there after the grace."""
        self._stopping.set()
        if self._watcher and self._watcher is not threading.current_thread():
            self._watcher.join()
        with self._lock:
            self._end_all(grace_s)
            if self._leash:
                self._leash.close()
                self._leash = None

    def children(self) -> dict[str, int]:
        """The process id of each child that is running now."""
        with self._lock:
            return {
                name: child.process.pid
                for name, child in self._children.items()
                if child.process and child.process.poll() is None
            }

    def starts(self) -> dict[str, int]:
        """How often each child was started."""
        with self._lock:
            return {name: child.starts for name, child in self._children.items()}

    def self_exits(self) -> dict[str, list[str]]:
        """How each child ended when it was not `kill` that ended it."""
        with self._lock:
            return {name: list(child.self_exits) for name, child in self._children.items()}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Signal one child on purpose; it comes back and the death does not count. Returns its process id."""
        with self._lock:
            child = self._children[name]
            if child.process is None or child.process.poll() is not None:
                raise ProcessLookupError(f"{name} is not running")
            child.killed_pid = child.process.pid
            child.process.send_signal(number)
            return child.process.pid

    def wait_ready(self, ready: Callable[[], bool], timeout_s: float = 30.0) -> bool:
        """Wait until `ready` says so. False at the deadline. Raises GaveUp when a child kept dying."""
        deadline = self._clock() + timeout_s
        while self._clock() < deadline:
            if ready():
                return True
            if self._stopping.wait(_WATCH_EVERY_S):
                break
        self.check()
        return False

    def check(self) -> None:
        """Raise GaveUp when a child kept dying and everything was stopped."""
        if self._failure:
            raise self._failure

    def run(self) -> None:
        """Stay until SIGTERM or SIGINT, then stop everything; a second signal does so at once."""
        with self._signals():
            while not (self._signals_seen or self._stopping.wait(_WATCH_EVERY_S)):
                pass
            self.stop()
        self.check()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the shape of a handler
            # Nothing that takes a lock: this may interrupt our own thread inside Event.wait, which holds one.
            self._signals_seen += 1

        before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_EVERY_S):
            with self._lock:
                for child in self._children.values():
                    self._look_after(child)
        if self._failure:
            with self._lock:
                self._end_all(GRACE_S)

    def _look_after(self, child: _Child) -> None:
        if child.process and child.process.poll() is not None:
            self._bury(child)
        if child.start_at is not None and self._clock() >= child.start_at and not self._stopping.is_set():
            self._spawn(child)

    def _bury(self, child: _Child) -> None:
        assert child.process is not None
        pid, status = child.process.pid, child.process.returncode
        signal_group(pid, signal.SIGKILL)  # what a dead parent left in its group must not work on
        self._release(pid)
        child.process = None
        wanted = pid == child.killed_pid
        if not wanted:
            child.self_exits.append(_ending(status))
        delay = BACKOFF_FIRST_S if wanted else child.policy.died(self._clock())
        if delay is not None:
            self._sink(child)(f"ended with {_ending(status)}; starting again in {delay:.1f} s".encode())
            child.start_at = self._clock() + delay
            return
        self._failure = GaveUp(
            f"{child.name} died {DEATHS_MAX} times within {DEATHS_WINDOW_S:.0f} s, the last time with "
            f"{_ending(status)}: everything was stopped. Its command: {child.line}"
        )
        self._stopping.set()

    def _spawn(self, child: _Child) -> None:
        assert self._leash is not None
        extra = self._first_env.get(child.name, {}) if child.starts == 0 else {}
        child.process = subprocess.Popen(  # noqa: S602  # a Procfile line is a shell line by definition
            f"exec {child.line}",
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self._env, **extra},
            start_new_session=True,
        )
        self._leash.hold(child.process.pid, signal.SIGTERM)
        child.start_at = None
        child.starts += 1
        assert child.process.stdout is not None
        child.drain = threading.Thread(
            target=_drain, args=(child.process, self._sink(child)), name=child.name, daemon=True
        )
        child.drain.start()

    def _sink(self, child: _Child) -> Sink:
        if self._printer:
            return self._printer.sink(child.name)
        assert self._log_dir is not None
        return to_file(self._log_dir / f"{child.name}.log")

    def _end_all(self, grace_s: float) -> None:
        left = [child.process for child in self._children.values() if child.process]
        for process in left:
            process.terminate()
        deadline = self._clock() + grace_s
        for process in left:
            while process.poll() is None and self._clock() < deadline and self._signals_seen < HURRY_SIGNALS:
                time.sleep(_WATCH_EVERY_S)
        for process in left:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
            self._release(process.pid)
        for child in self._children.values():
            if child.drain:
                child.drain.join(1.0)  # its last words; the pipe is closed, for the whole group is gone
            child.process = child.start_at = None

    def _release(self, pid: int) -> None:
        if self._leash:
            self._leash.release(pid)


def read_procfile(path: Path) -> dict[str, str]:
    """Name and command of every line."""
    return dict(parse_procfile(path.read_text(encoding="utf-8")).processes)


def _drain(process: subprocess.Popen[bytes], sink: Sink) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            sink(line.rstrip(b"\n"))


def _ending(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
