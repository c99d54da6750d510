"""Waiting for other processes, always with a deadline."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20.0


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


def python(code: str, **env: str) -> subprocess.Popen[str]:
    """A Python process of ours in a process group of its own; its stdout is a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        start_new_session=True,
    )
