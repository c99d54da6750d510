"""Which font draws which character, and how wide it is. Fonts are read on first use, once per process.

It hands out runs: pieces of one text that one font can draw. What no font has becomes a visible □ and is
counted. Nothing here knows a page.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import uharfbuzz
from reportlab.lib.abag import ABag
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, shapeFragWord

from bursar.documents.fixed_font import FixedAlphabetFont

FOLDER = Path(__file__).parent / "fonts"
MISSING = "□"
EM = 1000
"""Widths are in thousandths of the font size, as PDF counts them."""

REGULAR, BOLD = "BursarSans", "BursarSansBold"
_DEVANAGARI, _ARROWS, _SYMBOLS = "BursarDevanagari", "BursarArrows", "BursarSymbols"
_FILES = {
    REGULAR: "NotoSans-Regular.ttf",
    BOLD: "NotoSans-Bold.ttf",
    _DEVANAGARI: "NotoSansDevanagari-Regular.ttf",
    _ARROWS: "NotoSansMath-Regular.ttf",
    _SYMBOLS: "NotoSansSymbols2-Regular.ttf",
}
# Tried in this order for each character. There is no bold Devanagari: its letters are dense enough.
_STACKS = {style: (style, _DEVANAGARI, _ARROWS, _SYMBOLS) for style in (REGULAR, BOLD)}
# Ligatures that the script needs, none that it merely has: `dlig` turns a plain name into an ornament.
_FEATURES = {"kern": True, "liga": True, "dlig": False}
_PRIVATE_USE = 0xE000
_JOINERS = frozenset("\u200c\u200d")  # they shape Indic conjuncts; anywhere else they are invisible noise
_SPACES = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# Below U+0300 every character is composed already; currency signs make it the common case for amounts.
_PLAIN = re.compile("[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2026\u20a0-\u20bf]*")
_NO_BREAK_SPACES = frozenset("\u00a0\u202f\u2007")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A piece of text in one font: `glyphs` is what it draws, `text` what a reader copies or searches."""

    font: str
    text: str
    glyphs: str
    width: float
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typeface:
    name: str
    widths: dict[int, float]
    shaped: bool


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
            if kept and _is_devanagari(kept[-1]):
                kept.append(c)
        elif category not in {"Cc", "Cf"} and not "\ufe00" <= c <= "\ufe0f":
            kept.append(c)
    return "".join(kept)


@cache
def _typeface(name: str) -> _Typeface:
    """Read and register one font. Cached: a font is parsed once per process, and only if it is needed."""
    path = FOLDER / _FILES[name]
    if name in (REGULAR, BOLD):
        font: Any = FixedAlphabetFont(name, path)
    else:
        font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    widths = {c: font.face.getCharWidth(c) for c in font.face.charToGlyph}
    shaped = name == _DEVANAGARI
    if shaped:
        _name_all_glyphs(font)
    return _Typeface(name=name, widths=widths, shaped=shaped)


def _name_all_glyphs(font: Any) -> None:
    """Give each glyph that no character has a private one, fixed by its number.

    ReportLab hands them out in the order in which a process meets them, so the bytes of a document would
    depend on the documents before it.
    """
    face, shaper = font.face, font.hbFont()
    for glyph in range(shaper.face.glyph_count):
        if glyph not in face.glyphToChar:
            c = _PRIVATE_USE + glyph
            face.charToGlyph[c] = glyph
            face.glyphToChar[glyph] = [c]
            face.charWidths[c] = font.pdfScale(shaper.get_glyph_h_advance(glyph))


def load(style: str) -> None:
    """Register the fonts of a style before a canvas names them."""
    _typeface(style)


def split_runs(text: str, style: str) -> tuple[Run, ...]:
    """Split clean text into runs, each in the first font of the style's stack that has its characters."""
    widths = _typeface(style).widths
    try:
        width = sum([widths[ord(c)] for c in text])
    except KeyError:
        return tuple(_mixed_runs(text, style))
    return (Run(font=style, text=text, glyphs=text, width=width),) if text else ()


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
    if not face.shaped:
        return Run(font=font, text=text, glyphs=text, width=sum(face.widths[ord(c)] for c in text))
    frame = [0, (ABag(fontName=font, fontSize=EM), text)]
    width, (_, glyphs) = shapeFragWord(frame, features=_FEATURES, force=True)
    return Run(font=font, text=text, glyphs=glyphs, width=width)


def _is_devanagari(c: str) -> bool:
    return "\u0900" <= c <= "\u097f" or c in _JOINERS


def shaper_version() -> str:
    """Name the HarfBuzz that places Devanagari glyphs: another one may place them otherwise."""
    return str(uharfbuzz.version_string())
