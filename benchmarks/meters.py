"""Processor time of process trees: steadier than rates on a machine that others use too."""

from collections.abc import Mapping

import psutil


def cpu_s(pid: int) -> float:
    """Seconds of processor that a process, its living and its reaped descendants have used so far."""
    root = psutil.Process(pid)
    return sum(_used_s(process) for process in (root, *root.children(recursive=True)))


class Meter:
    """Processor time per named process tree since the meter was made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._start = self._read()

    def used_s(self) -> dict[str, float]:
        """Seconds per name since then."""
        now = self._read()
        return {name: now[name] - before for name, before in self._start.items()}

    def used_us_per(self, events: int) -> dict[str, float]:
        """Microseconds per event and name since then."""
        return {name: used / max(events, 1) * 1e6 for name, used in self.used_s().items()}

    def _read(self) -> dict[str, float]:
        return {name: cpu_s(pid) for name, pid in self._pids.items()}


def _used_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0  # ended a moment ago: its parent has reaped it, and carries its time from the next look on
    reaped = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return float(times.user + times.system + reaped)
