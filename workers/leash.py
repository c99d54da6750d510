"""How child processes die with their owner, however the owner dies. Knows groups, not what runs in them.

The owner holds one end of a pipe, a small helper in a session of its own the other. When the owner is gone,
even by SIGKILL, the kernel closes the pipe and the helper ends what was on the leash. A pipe works on every
Unix and from every thread; a parent-death signal is Linux only, follows the *thread* that forked and is lost
by setuid.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

FAREWELL_S = 3.0
"""Seconds between the polite signal and SIGKILL once the owner is gone."""
_POLL_S = 0.02


class Leash:
    """What must not outlive this process: process groups, and folders that only they used."""

    def __init__(self) -> None:
        self._helper = subprocess.Popen(  # noqa: S603  # this very file
            [sys.executable, "-I", "-S", str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )

    def hold(self, pid: int, last_signal: signal.Signals = signal.SIGTERM) -> None:
        """End the process group `pid` when we are gone: `last_signal` first, SIGKILL after FAREWELL_S."""
        self._tell(f"hold {pid} {last_signal.value}")

    def release(self, pid: int) -> None:
        """Forget a process group that has ended."""
        self._tell(f"release {pid}")

    def hold_folder(self, folder: Path) -> None:
        """Delete this folder when we are gone."""
        self._tell(f"folder {folder}")

    def close(self) -> None:
        """Forget everything; nothing is ended."""
        with contextlib.suppress(BrokenPipeError):
            self._tell("loose")
        assert self._helper.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._helper.stdin.close()
        self._helper.wait()

    def _tell(self, line: str) -> None:
        assert self._helper.stdin is not None
        self._helper.stdin.write(line.encode() + b"\n")
        self._helper.stdin.flush()


def watch(orders: IO[str]) -> None:
    """Follow the owner's orders until its end of the pipe is closed, then end what is still held."""
    held: dict[int, int] = {}
    folders: list[Path] = []
    for line in orders:
        verb, _, rest = line.rstrip("\n").partition(" ")
        if verb == "hold":
            pid, number = rest.split()
            held[int(pid)] = int(number)
        elif verb == "release":
            held.pop(int(rest), None)
        elif verb == "folder":
            folders.append(Path(rest))
        elif verb == "loose":
            return
    _end(held)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def signal_group(pid: int, number: int) -> bool:
    """Signal a whole process group. False when nobody is left in it."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says "not permitted" of a group of zombies
        return False
    return True


def _end(held: dict[int, int]) -> None:
    left = {pid for pid, number in held.items() if signal_group(pid, number)}
    deadline = time.monotonic() + FAREWELL_S
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = {pid for pid in left if signal_group(pid, 0)}
    for pid in left:
        signal_group(pid, signal.SIGKILL)


if __name__ == "__main__":
    watch(sys.stdin)
