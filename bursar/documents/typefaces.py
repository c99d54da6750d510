"""Which font draws which character, and how wide it is. Fonts are read on first use, once per process.

It hands out runs: pieces of one text that one font can draw. What no font has becomes a visible □ and is
counted. Nothing here knows a page.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import uharfbuzz
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from bursar.documents.direction import in_visual_order, mirrored, runs_right_to_left
from bursar.documents.fixed_font import FixedAlphabetFont
from bursar.documents.shaped_font import ShapedFont

FOLDER = Path(__file__).parent / "fonts"
MISSING = "□"

REGULAR, BOLD = "BursarSans", "BursarSansBold"
_DEVANAGARI, _ARABIC = "BursarDevanagari", "BursarArabic"
_ARROWS, _SYMBOLS = "BursarArrows", "BursarSymbols"
_FILES = {
    REGULAR: FOLDER / "NotoSans-Regular.ttf",
    BOLD: FOLDER / "NotoSans-Bold.ttf",
    _DEVANAGARI: FOLDER / "NotoSansDevanagari-Regular.ttf",
    _ARABIC: FOLDER / "NotoSansArabic-Regular.ttf",
    _ARROWS: FOLDER / "NotoSansMath-Regular.ttf",
    _SYMBOLS: FOLDER / "NotoSansSymbols2-Regular.ttf",
}
_SHAPED = frozenset({_DEVANAGARI, _ARABIC})
# Tried in this order for each character. Devanagari and Arabic have no bold: their letters are dense enough.
_STACKS: dict[str, tuple[str, ...]] = {
    style: (style, _DEVANAGARI, _ARABIC, _ARROWS, _SYMBOLS) for style in (REGULAR, BOLD)
}
_JOINERS = frozenset("\u200c\u200d")  # they shape Indic conjuncts; anywhere else they are invisible noise
_SPACES = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# Below U+0300 every character is composed already; currency signs make it the common case for amounts.
_PLAIN = re.compile("[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2026\u20a0-\u20bf]*")
_NO_BREAK_SPACES = frozenset("\u00a0\u202f\u2007")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A piece of text in one font: `glyphs` is what it draws, `text` what a reader copies or searches.

    Readers put text that runs from the right back into the order of reading by themselves, letter by letter:
    `backwards` says that they are to be left to it. `prepared` is the text as a PDF operator takes it, where
    the font has it ready.
    """

    font: str
    text: str
    glyphs: str
    width: float
    missing: int = 0
    backwards: bool = False
    prepared: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typeface:
    name: str
    widths: dict[int, float]
    fixed: FixedAlphabetFont | None
    shaped: ShapedFont | None


def clean(text: str) -> str:
    """Make foreign text safe to draw: composed, on one line, without control and direction characters.

    Direction marks could make an amount or a name read backwards; they are dropped, never obeyed.
    """
    if _PLAIN.fullmatch(text):
        return text
    kept: list[str] = []
    for c in unicodedata.normalize("NFC", text):
        category = unicodedata.category(c)
        if c in _NO_BREAK_SPACES:
            kept.append("\u00a0")
        elif c in _SPACES or category == "Zs":
            kept.append(" ")
        elif c in _JOINERS:
            if kept and _is_joined(kept[-1]):
                kept.append(c)
        elif category not in {"Cc", "Cf"} and not "\ufe00" <= c <= "\ufe0f":
            kept.append(c)
    return "".join(kept)


@cache
def _typeface(name: str) -> _Typeface:
    """Read and register one font. Cached: a font is parsed once per process, and only if it is needed."""
    path = _FILES[name]
    font: Any
    if name in _STACKS:
        font = FixedAlphabetFont(name, path)
    else:
        font = ShapedFont(name, path) if name in _SHAPED else TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    widths = {c: font.face.getCharWidth(c) for c in font.face.charToGlyph}
    return _Typeface(
        name=name,
        widths=widths,
        fixed=font if name in _STACKS else None,
        shaped=font if name in _SHAPED else None,
    )


def prepared_name(font: str, doc: Any) -> str:
    """What a document calls the prepared alphabet of a style. Raises AttributeError for any other font."""
    fixed: Any = _typeface(font).fixed
    name: str = fixed.prepared_name(doc)
    return name


def tell_meanings(run: Run, doc: Any) -> None:
    """Let a document know what the glyphs of a run that was drawn in it say."""
    shaped = _typeface(run.font).shaped
    if shaped is not None:
        shaped.learn(doc, shaped.meanings(run.text))


def load(style: str) -> None:
    """Register the fonts of a style before a canvas names them."""
    _typeface(style)


def adopt(path: Path, instead_of: str) -> str:
    """Take a TrueType file as a style of its own and give the style's name; what it lacks, ours draw.

    Raises TTFError for a file that ReportLab cannot embed, such as one with PostScript outlines.
    """
    name = f"{instead_of}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    _FILES[name] = path
    _STACKS[name] = (name, *_STACKS[instead_of])
    _typeface(name)
    return name


def split_runs(text: str, style: str, from_right: bool = False) -> tuple[Run, ...]:
    """Split clean text into runs, each in the first font of the style's stack that has its characters.

    They stand in the order in which they are drawn, from left to right. `from_right` is the direction of the
    paragraph and matters only where a script that is written from the right is in the text.
    """
    face = _typeface(style)
    widths = face.widths
    try:
        width = sum([widths[ord(c)] for c in text])
    except KeyError:
        if runs_right_to_left(text):
            return tuple(_directed_runs(text, style, from_right))
        return tuple(_mixed_runs(text, style))
    prepared = face.fixed.encode(text) if face.fixed else None
    return (Run(font=style, text=text, glyphs=text, width=width, prepared=prepared),) if text else ()


def measure(text: str, style: str) -> float:
    """Measure clean text, in thousandths of the font size."""
    return sum(run.width for run in split_runs(text, style))


def clusters(text: str) -> list[str]:
    """Cut clean text where a line may break inside a word: never within a syllable or before an accent."""
    pieces: list[str] = []
    for c in text:
        glued = unicodedata.category(c) in {"Mn", "Mc"} or c in _JOINERS
        after_virama = bool(pieces) and pieces[-1][-1] in "\u094d\u200d" and _is_devanagari(c)
        if pieces and (glued or after_virama):
            pieces[-1] += c
        else:
            pieces.append(c)
    return pieces


def _directed_runs(text: str, style: str, from_right: bool) -> list[Run]:
    """Put the runs of both directions in the order in which they stand on the paper."""
    runs: list[Run] = []
    for piece, backwards in in_visual_order(text, from_right):
        here = _mixed_runs(piece, style)
        runs += map(_backwards, reversed(here)) if backwards else here
    return runs


def _backwards(run: Run) -> Run:
    """Turn a run that the shaper has not turned already: letter by letter, with its brackets mirrored."""
    if run.font in _SHAPED or run.missing:
        return replace(run, backwards=True)
    glyphs = "".join(mirrored(c) for cluster in clusters(run.text)[::-1] for c in cluster)
    return replace(run, glyphs=glyphs, backwards=True)


def _mixed_runs(text: str, style: str) -> list[Run]:
    """Group neighbours that share a font. A missing character is a run of its own."""
    runs: list[Run] = []
    pending = ""
    current: str | None = style
    for c in text:
        font = _font_of(c, style)
        if pending and (font != current or font is None):
            runs.append(_run(pending, current))
            pending = ""
        pending, current = pending + c, font
    if pending:
        runs.append(_run(pending, current))
    return runs


def _font_of(c: str, style: str) -> str | None:
    return next((name for name in _STACKS[style] if ord(c) in _typeface(name).widths), None)


def _run(text: str, font: str | None) -> Run:
    if font is None:
        width = _typeface(_SYMBOLS).widths[ord(MISSING)]
        return Run(font=_SYMBOLS, text=MISSING, glyphs=MISSING, width=width, missing=1)
    face = _typeface(font)
    if face.shaped is None:
        return Run(font=font, text=text, glyphs=text, width=sum(face.widths[ord(c)] for c in text))
    glyphs, width = face.shaped.shape(text)
    return Run(font=font, text=text, glyphs=glyphs, width=width)


def _is_devanagari(c: str) -> bool:
    return "\u0900" <= c <= "\u097f" or c in _JOINERS


def _is_joined(c: str) -> bool:
    return _is_devanagari(c) or "\u0600" <= c <= "\u06ff"


def shaper_version() -> str:
    """Name the HarfBuzz that places Devanagari glyphs: another one may place them otherwise."""
    return str(uharfbuzz.version_string())
