"""Many papers in one file: their pages behind each other, fonts shared, each named in the outline."""

from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from bursar.documents.canvas import begin, draw_pages
from bursar.documents.render import lay_out, read_snapshot
from bursar.documents.theme import load_theme
from bursar.errors import invariant

TITLE = "Documents"
LABEL_LENGTH_MAX = 120
"""Characters of a paper's name in the outline: a reader's side panel shows fewer."""


class Binder:
    """One file that is being bound. Equal papers in equal order and themes give equal bytes."""

    def __init__(self, file: IO[bytes], themes: Path | None = None) -> None:
        self._file = file
        self._themes = themes
        self._canvas: Any = None
        self._papers = 0

    def add(self, label: str, data: bytes, sha256: str) -> None:
        """Draw a paper behind the others. Raises Broken, adding nothing, for a snapshot that is not sound."""
        snapshot = read_snapshot(data)
        invariant(snapshot.sha256() == sha256, "a snapshot has changed since it was frozen")
        display = lay_out(snapshot, load_theme(snapshot.theme, self._themes))
        if self._canvas is None:
            self._canvas = begin(self._file, replace(display, title=TITLE, subject=TITLE))
            self._canvas.showOutline()
        self._papers += 1
        place = f"paper-{self._papers}"
        self._canvas.bookmarkPage(place)
        self._canvas.addOutlineEntry(label[:LABEL_LENGTH_MAX], place)
        draw_pages(self._canvas, display)

    def save(self) -> None:
        """Write the file; without a paper it stays empty."""
        if self._canvas is not None:
            self._canvas.save()
