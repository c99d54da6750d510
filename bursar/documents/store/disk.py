"""Making files survive a power cut, many for the price of one."""

import ctypes
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

FILES_MAX = 8
"""Up to so many files are synced one by one; for more, the file system as a whole in one pass is cheaper,
although it writes what others have changed as well."""


class Disk:
    """One file system, opened before it is written to: errors of a write-back are told to who was there."""

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def __enter__(self) -> "Disk":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def flush(self, paths: Sequence[Path]) -> None:
        """Make files and folders durable. Raises OSError when one of them could not be written."""
        sync_all = _syncfs()
        if sync_all is None or len(paths) <= FILES_MAX:
            for path in paths:
                _fsync(path)
        elif sync_all(self._handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@cache
def _syncfs() -> Callable[[int], int] | None:
    """Linux's syncfs(2), which waits and reports errors (since 5.8); None where there is none."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return function if function is None else lambda handle: int(function(handle))
