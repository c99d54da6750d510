"""Bars on a terminal and as SVG. Pure: labels and numbers in, lines or a picture out."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

_EIGHTHS = " ▏▎▍▌▋▊▉█"
LABEL_MAX = 28
"""Characters of a label before it is cut."""
BARS_MAX = 400
"""Bars of one chart: a year of days."""
_ROW, _LEFT, _WIDE, _TEXT = 22, 220, 520, 13
"""Of an SVG, in pixels: a bar's height with its gap, the room of labels, the longest bar, the letters."""


class Bar(NamedTuple):
    """One bar: its name, its length, and how its number reads."""

    label: str
    value: int
    shown: str


def bar_lines(bars: Sequence[Bar], width: int) -> list[str]:
    """Bars of up to `width` characters in all, the longest filling what labels and numbers leave."""
    kept = bars[-BARS_MAX:]
    most = max((abs(each.value) for each in kept), default=0) or 1
    label = min(max((len(each.label) for each in kept), default=0), LABEL_MAX)
    number = max((len(each.shown) for each in kept), default=0)
    room = max(width - label - number - 4, 8)
    return [_line(each, label, number, abs(each.value) * room * 8 // most) for each in kept]


def bar_svg(title: str, bars: Sequence[Bar]) -> str:
    """The same as a picture for a page or a slide: no script, no font from elsewhere."""
    kept = bars[-BARS_MAX:]
    most = max((abs(each.value) for each in kept), default=0) or 1
    height, width = _ROW * (len(kept) + 2), _LEFT + _WIDE + 160
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' font-family="sans-serif" font-size="{_TEXT}">',
        f'<text x="8" y="{_ROW}" font-weight="bold">{escape(title)}</text>',
    ]
    for n, each in enumerate(kept, start=1):
        parts += _svg_bar(each, _ROW * (n + 1), abs(each.value) * _WIDE // most)
    return "\n".join([*parts, "</svg>"])


def _line(bar: Bar, label: int, number: int, eighths: int) -> str:
    name = bar.label if len(bar.label) <= label else bar.label[: label - 1] + "…"
    drawn = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
    if bar.value < 0:
        drawn = "▒" * max(eighths // 8, 1)
    elif bar.value > 0:
        drawn = drawn or "▏"
    return f"{name:<{label}}  {bar.shown:>{number}}  {drawn}".rstrip()


def _svg_bar(bar: Bar, y: int, length: int) -> list[str]:
    colour = "#b4442f" if bar.value < 0 else "#2f6fb4"
    end = _LEFT + max(length, 1)
    name = bar.label if len(bar.label) <= LABEL_MAX else bar.label[: LABEL_MAX - 1] + "…"
    return [
        f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{_LEFT}" y="{y - _TEXT + 1}" width="{max(length, 1)}" height="{_TEXT}" fill="{colour}"/>',
        f'<text x="{end + 6}" y="{y}">{escape(bar.shown)}</text>',
    ]
