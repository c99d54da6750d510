"""Where the lines of supervised processes go: one coloured stream, or a file each."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

Sink = Callable[[bytes], None]
"""Takes one line without its end."""

_COLOURS = (36, 33, 32, 35, 34, 31, 96, 93)
"""ANSI foreground colours, one per process in the order of the Procfile."""


class Printer:
    """Prefixes each line with the name of its process; colours only where a person looks."""

    def __init__(self, stream: TextIO, names: Sequence[str]) -> None:
        self._stream = stream
        self._width = max((len(name) for name in names), default=0)
        self._colours = {name: _COLOURS[at % len(_COLOURS)] for at, name in enumerate(names)}
        self._lock = threading.Lock()

    def sink(self, name: str) -> Sink:
        """Where the lines of this process go."""
        prefix = f"{name:<{self._width}} | "
        if self._stream.isatty():
            prefix = f"\x1b[{self._colours[name]}m{prefix}\x1b[0m"

        def write(line: bytes) -> None:
            with self._lock:
                self._stream.write(f"{prefix}{line.decode(errors='replace')}\n")
                self._stream.flush()

        return write


def to_file(path: Path) -> Sink:
    """Append to a log file."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(line: bytes) -> None:
        with path.open("ab") as log:
            log.write(line + b"\n")

    return write
