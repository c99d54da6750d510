"""In which order the letters of a line stand: Arabic runs from right to left, a number in it does not.

The Unicode bidirectional algorithm (UAX #9) without what papers never hold: control characters are taken out
before, and pairs of brackets (rule N0) are read as the signs they are.
"""

import re
import unicodedata
from itertools import groupby

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

_MIRRORED = dict(zip("()[]{}<>«»‹›≤≥", ")(][}{><»«›‹≥≤", strict=True))
_NEUTRAL = {"B", "S", "WS", "ON", "ES", "ET", "CS"}  # W6 makes separators that nothing claimed neutral
_RAISED = ({"L": 0, "R": 1, "EN": 2, "AN": 2}, {"L": 1, "R": 0, "EN": 1, "AN": 1})  # I1, I2


def runs_right_to_left(text: str) -> bool:
    """Tell whether any letter of the text belongs to a script that is written from the right."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def begins_from_right(text: str) -> bool:
    """Tell whether the first letter that has a direction runs from right to left (rules P2 and P3)."""
    for c in text:
        direction = unicodedata.bidirectional(c)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def in_visual_order(text: str, from_right: bool) -> list[tuple[str, bool]]:
    """Cut a line into pieces of one direction, from left to right as they stand on the paper.

    The letters within a piece keep their order of reading; the flag says which pieces run from the right.
    """
    pieces: list[tuple[str, int]] = []
    for c, level in zip(text, _levels(text, int(from_right)), strict=True):
        if pieces and pieces[-1][1] == level:
            pieces[-1] = (pieces[-1][0] + c, level)
        else:
            pieces.append((c, level))
    for level in range(max((each for _, each in pieces), default=0), 0, -1):
        pieces = _turned(pieces, level)  # rule L2
    return [(piece, level % 2 == 1) for piece, level in pieces]


def mirrored(c: str) -> str:
    """The bracket that opens the other way, or the character itself (rule L4)."""
    return _MIRRORED.get(c, c)


def _levels(text: str, base: int) -> list[int]:
    """The embedding level of each character: odd levels run from the right."""
    edge = "LR"[base]
    kinds = _strong_or_neutral(_weak(text, edge), edge)
    raised = _RAISED[base]
    levels = [base + raised[kind] for kind in kinds]
    blank = len(text.rstrip(" "))
    levels[blank:] = [base] * (len(text) - blank)  # rule L1
    return levels


def _weak(text: str, edge: str) -> list[str]:
    """Settle marks, digits and the signs between them (rules W1 to W7)."""
    kinds: list[str] = []
    strong = edge
    for c in text:
        kind = unicodedata.bidirectional(c) or "L"  # Unicode has not given it out yet
        if kind in {"NSM", "BN"}:
            kind = kinds[-1] if kinds else edge  # W1; joiners go with what they join
        elif kind in {"L", "R", "AL"}:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kind = "AN"  # W2
        kinds.append(kind)
    _settle_separators(kinds)
    strong = edge
    for at, kind in enumerate(kinds):
        if kind in {"L", "R", "AL"}:
            strong = kinds[at] = "R" if kind == "AL" else kind  # W3
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"  # W7
    return kinds


def _settle_separators(kinds: list[str]) -> None:
    """A comma in a number and a currency sign beside it belong to the number (rules W4 and W5)."""
    for at in range(1, len(kinds) - 1):
        before, kind, after = kinds[at - 1 : at + 2]
        if before == after and (
            (kind == "CS" and before in {"EN", "AN"}) or (kind == "ES" and before == "EN")
        ):
            kinds[at] = before
    for first, last in _stretches(kinds, {"ET"}):
        beside = {kinds[first - 1] if first else "", kinds[last] if last < len(kinds) else ""}
        if "EN" in beside:
            kinds[first:last] = ["EN"] * (last - first)


def _strong_or_neutral(kinds: list[str], edge: str) -> list[str]:
    """Blanks and signs go with their neighbours where these agree, else with the paragraph (N1 and N2)."""
    numbers = {"EN": "R", "AN": "R"}
    for first, last in _stretches(kinds, _NEUTRAL):
        before = kinds[first - 1] if first else edge
        after = kinds[last] if last < len(kinds) else edge
        before, after = numbers.get(before, before), numbers.get(after, after)
        kinds[first:last] = [before if before == after else edge] * (last - first)
    return kinds


def _stretches(kinds: list[str], wanted: set[str]) -> list[tuple[int, int]]:
    """Where neighbours are all of the wanted kinds, as [first, last)."""
    found: list[tuple[int, int]] = []
    at = 0
    for inside, group in groupby(list(kinds), wanted.__contains__):
        length = len(list(group))
        if inside:
            found.append((at, at + length))
        at += length
    return found


def _turned(pieces: list[tuple[str, int]], level: int) -> list[tuple[str, int]]:
    """Reverse every stretch of pieces of this level or above."""
    turned: list[tuple[str, int]] = []
    stretch: list[tuple[str, int]] = []
    for piece in [*pieces, ("", -1)]:
        if piece[1] >= level:
            stretch.append(piece)
            continue
        turned += [*reversed(stretch), piece]
        stretch = []
    return turned[:-1]
