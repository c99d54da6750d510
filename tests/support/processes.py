"""Waiting for other processes, always with a deadline."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20.0
PATIENCE_S = 60.0
"""For a process of ours to end once it should."""


def eventually(condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> bool:
    """Whether the condition becomes true before the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_gone(pids: Iterable[int], deadline_s: float = DEADLINE_S) -> bool:
    return eventually(lambda: not any(alive(pid) for pid in pids), deadline_s)


class Owned(subprocess.Popen[str]):
    """A process that outlives neither its `with` nor our patience; one that hangs says where."""

    def __exit__(self, *raised: Any) -> None:
        try:
            self.wait(0 if raised[0] else PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.send_signal(signal.SIGABRT)  # faulthandler writes the stacks of all threads to stderr
            if not eventually(lambda: self.poll() is not None):
                self.kill()
            if not raised[0]:
                raise
        finally:
            super().__exit__(*raised)


def python(code: str, **env: str) -> Owned:
    """A Python process of ours in a process group of its own; its stdout is a pipe."""
    return Owned(
        [sys.executable, "-X", "faulthandler", "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        start_new_session=True,
    )
