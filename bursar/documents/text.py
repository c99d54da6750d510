"""How text becomes lines: broken at spaces, or inside a word that is wider than the column.

Widths come from the fonts' tables, so measuring a word is a few additions. Nothing here draws.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bursar.documents.direction import begins_from_right, runs_right_to_left
from bursar.documents.shaped_font import EM
from bursar.documents.typefaces import Run, clean, clusters, measure, split_runs

ELLIPSIS = "…"
ROUNDING = 0.01
"""Thousandths of the font size by which a line may be too wide: a column made to measure holds its text."""
CACHED_MAX = 2048
"""Texts whose setting a process remembers: labels, fees and sellers return on thousands of papers."""
TEXT_MAX = 5000
"""Characters of one text that are looked at; no cell shows as many, and a hostile name costs no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of runs; its width is in thousandths of the font size."""

    runs: tuple[Run, ...]
    width: float

    @property
    def missing(self) -> int:
        """How many characters of the line no font has."""
        return sum(run.missing for run in self.runs)

    def width_pt(self, size_pt: float) -> float:
        """Measure the line in points at a font size."""
        return self.width * size_pt / EM


@lru_cache(maxsize=CACHED_MAX)
def one_line(text: str, style: str) -> Line:
    """Set text on one line, however long."""
    cleaned = clean(text)
    return _line(cleaned, style, _from_right(cleaned))


@lru_cache(maxsize=CACHED_MAX)
def wrap(text: str, style: str, size_pt: float, width_pt: float, lines_max: int) -> tuple[Line, ...]:
    """Break text into at most `lines_max` lines of a width; what is cut off leaves an ellipsis.

    There is always at least one line, so that a row of empty text has a height.
    """
    room = width_pt * EM / size_pt + ROUNDING
    cleaned = clean(text[:TEXT_MAX]).strip(" ")
    from_right = _from_right(cleaned)
    whole = _line(cleaned, style, from_right)
    if whole.width <= room and "  " not in cleaned:
        return (whole,)
    kept: list[str] = []
    for line in _broken(cleaned, style, room):
        if len(kept) == lines_max:
            kept[-1] = _shortened(kept[-1], style, room)
            break
        kept.append(line)
    return tuple(_line(line, style, from_right) for line in kept or [""])


def _from_right(text: str) -> bool:
    return runs_right_to_left(text) and begins_from_right(text)


def _line(text: str, style: str, from_right: bool) -> Line:
    runs = split_runs(text, style, from_right)
    return Line(runs=runs, width=sum(run.width for run in runs))


def _broken(text: str, style: str, room: float) -> Iterator[str]:
    """Fill lines greedily with words."""
    space = measure(" ", style)
    current, used = "", 0.0
    for word in text.split(" "):
        if not word:
            continue
        width = measure(word, style)
        if current and used + space + width <= room:
            current, used = f"{current} {word}", used + space + width
            continue
        if current:
            yield current
        *full, current = _word_pieces(word, style, room) if width > room else (word,)
        yield from full
        used = measure(current, style)
    if current:
        yield current


def _word_pieces(word: str, style: str, room: float) -> Iterator[str]:
    """Break a word that fits no line, between letters. A single letter is never broken."""
    current = ""
    for cluster in clusters(word):
        if current and measure(current + cluster, style) > room:
            yield current
            current = cluster
        else:
            current += cluster
    yield current


def _shortened(text: str, style: str, room: float) -> str:
    """Drop letters from the end until an ellipsis fits."""
    pieces = clusters(text)
    while pieces and measure("".join(pieces).rstrip() + ELLIPSIS, style) > room:
        pieces.pop()
    return "".join(pieces).rstrip() + ELLIPSIS
