"""A TrueType font of a script whose letters change with their neighbours, and what its glyphs say.

A shaper answers with glyphs, many of which stand for no character. Each gets a private code to be drawn by;
a reader that copies or searches learns from the document what text the glyph was.
"""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import uharfbuzz
from reportlab.lib.abag import ABag
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont, makeToUnicodeCMap, shapeFragWord

EM = 1000
"""Widths are in thousandths of the font size, as PDF counts them."""
# Ligatures that the script needs, none that it merely has: `dlig` turns a plain name into an ornament.
_FEATURES = {"kern": True, "liga": True, "dlig": False}
_PRIVATE_USE = 0xE000
_NOTHING = "\u200b"
"""What the second glyph of one character says: ToUnicode has no word for nothing."""


class ShapedFont(TTFont):
    """A TTFont that is always shaped by HarfBuzz. Registered like any other font."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path))
        self._meanings: WeakKeyDictionary[Any, dict[int, str]] = WeakKeyDictionary()
        self._name_all_glyphs()

    def _name_all_glyphs(self) -> None:
        """Give each glyph that no character has a private one, fixed by its number.

        ReportLab hands them out in the order in which a process meets them, so the bytes of a document would
        depend on the documents before it.
        """
        font: Any = self
        face, shaper = font.face, font.hbFont()
        for glyph in range(shaper.face.glyph_count):
            if glyph not in face.glyphToChar:
                c = _PRIVATE_USE + glyph
                face.charToGlyph[c] = glyph
                face.glyphToChar[glyph] = [c]
                face.charWidths[c] = font.pdfScale(shaper.get_glyph_h_advance(glyph))

    def shape(self, text: str) -> tuple[str, float]:
        """Give the glyphs of a text from left to right, and their width in thousandths of the font size."""
        frame = [0, (ABag(fontName=self.fontName, fontSize=EM), text)]
        width, (_, glyphs) = shapeFragWord(frame, features=_FEATURES, force=True)
        return glyphs, width

    def meanings(self, text: str) -> dict[int, str]:
        """What each glyph of a shaped text says, by the code that it is drawn by."""
        buffer: Any = uharfbuzz.Buffer()
        buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(self.hbFont(EM), buffer, _FEATURES)
        glyphs = sorted(((info.cluster, info.codepoint) for info in buffer.glyph_infos), key=lambda g: g[0])
        ends = dict(pairwise([*sorted({start for start, _ in glyphs}), len(text)]))
        face: Any = self.face
        said: dict[int, str] = {}
        told: set[int] = set()
        for start, glyph in glyphs:
            word = text[start : ends[start]] if start not in told else _NOTHING
            said.setdefault(face.glyphToChar[glyph][0], word)
            told.add(start)
        return said

    def learn(self, doc: Any, meanings: Mapping[int, str]) -> None:
        """Note what glyphs say in a document; the first meaning of a glyph counts."""
        known = self._meanings.setdefault(doc, {})
        for code, text in meanings.items():
            known.setdefault(code, text)

    def addObjects(self, doc: Any) -> None:  # noqa: N802
        """Write the font into the document, with what its glyphs say there."""
        subsets = self.state[doc].subsets
        super().addObjects(doc)
        known = self._meanings.pop(doc, {})
        for number, codes in enumerate(subsets):
            face: Any = self.face
            name = (SUBSETN(number) + b"+" + face.name + face.subfontNameX).decode("ascii")
            cmap = makeToUnicodeCMap(name, codes)
            for at, code in enumerate(codes):
                if code in known:
                    said = known[code].encode("utf-16-be").hex().upper()
                    cmap = cmap.replace(f"<{at:02X}> <{code:04X}>", f"<{at:02X}> <{said}>", 1)
            doc.idToObject[f"toUnicodeCMap:{name}"].content = cmap
