"""A TrueType font whose everyday letters are encoded once per process instead of once per document.

ReportLab cuts a subset of every font for every file and deflates it again; on a one-page receipt that is most
of the work. Here subset 0 is a fixed alphabet: its font program, widths and character map are prepared once
and written into each document as they are. A character outside the alphabet goes ReportLab's ordinary way,
into subsets 1, 2, ... of that one document.
"""

import codecs
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.ttfonts import SUBSETN, TTFNameBytes, TTFont, makeToUnicodeCMap

# The alphabet by code. ASCII and Latin-1 stand at their own code; the C1 range, which holds no letters, takes
# the typographic and currency signs that receipts use most.
_SIGNS = "₹€₩₫₪₱₺₦฿–—‘’“”„•…‰™ŁłŚśŠšŽžŒœŸ"
_UNUSED = "\ufffe"  # how codecs.charmap_build spells "no character"
_ASCII = "".join(map(chr, range(0x20, 0x7F)))
_LATIN_1 = "".join(map(chr, range(0xA0, 0x100)))
ALPHABET = _UNUSED * 0x20 + _ASCII + _UNUSED + _SIGNS.ljust(0x20, _UNUSED) + _LATIN_1
_SYMBOLIC, _NONSYMBOLIC = 1 << 2, 1 << 5  # font descriptor flags; a subset has an encoding of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subset:
    """One subset of a face, ready to be written."""

    name: str
    widths: bytes
    last_code: int
    to_unicode: bytes
    program: bytes
    program_length: int


class FixedAlphabetFont(TTFont):
    """A TTFont with a prepared subset 0. Registered like any other font."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path), shapable=False)
        # ReportLab silently takes the first of two fonts with one face name: a face of a name of its own
        # cannot be swapped for somebody else's copy of Noto.
        self.face.name = TTFNameBytes(b"Bursar-" + bytes(self.face.name))
        face: Any = self.face
        glyphs = face.charToGlyph
        letters = "".join(c if ord(c) in glyphs else _UNUSED for c in ALPHABET)
        self._letters = codecs.charmap_build(letters)
        self._codes = {ord(c): code for code, c in enumerate(letters) if c != _UNUSED} | {0: 0}
        self._alphabet = [0 if c == _UNUSED else ord(c) for c in letters]
        self._prepared = self._encode(0, self._alphabet)

    def splitString(self, text: str, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:  # noqa: N802
        """Encode in the fixed alphabet in one step, or the ordinary way when a character is outside it."""
        if doc not in self.state:
            state: Any = TTFont.State(True, self)
            self.state[doc] = state
            state.assignments = dict(self._codes)
            state.subsets = [self._alphabet]
            state.nextCode = len(self._alphabet)
        try:
            return [(0, codecs.charmap_encode(text, "strict", self._letters)[0])]
        except UnicodeEncodeError:
            ordinary: list[tuple[int, bytes]] = super().splitString(text, doc, encoding)
            return ordinary

    def addObjects(self, doc: Any) -> None:  # noqa: N802
        """Write the font into the document: what TTFont.addObjects does, with subset 0 already encoded."""
        state = self.state[doc]
        state.frozen = 1
        for number, characters in enumerate(state.subsets):
            internal_name = self.getSubsetInternalName(number, doc)[1:]
            subset = self._encode(number, characters) if number else self._prepared
            font: Any = pdfdoc.PDFTrueTypeFont()
            font.Name = internal_name
            font.BaseFont = subset.name
            font.FirstChar = 0
            font.LastChar = subset.last_code
            font.Widths = subset.widths
            font.ToUnicode = doc.Reference(_deflated(subset.to_unicode), f"toUnicodeCMap:{subset.name}")
            font.FontDescriptor = self._descriptor(doc, subset)
            doc.Reference(font, internal_name)
            doc.idToObject["BasicFonts"].dict[internal_name] = font
        del self.state[doc]

    def _descriptor(self, doc: Any, subset: _Subset) -> Any:
        face = self.face
        program = _deflated(subset.program, Length1=subset.program_length)
        descriptor = {
            "Type": "/FontDescriptor",
            "Ascent": face.ascent,
            "CapHeight": face.capHeight,
            "Descent": face.descent,
            "Flags": face.flags & ~_NONSYMBOLIC | _SYMBOLIC,
            "FontBBox": pdfdoc.PDFArray(face.bbox),
            "FontName": pdfdoc.PDFName(subset.name),
            "ItalicAngle": face.italicAngle,
            "StemV": face.stemV,
            "FontFile2": doc.Reference(program, f"fontFile:{subset.name}"),
            "MissingWidth": face.defaultWidth,
        }
        return doc.Reference(pdfdoc.PDFDictionary(descriptor), f"fontDescriptor:{subset.name}")

    def _encode(self, number: int, characters: list[int]) -> _Subset:
        face: Any = self.face
        name = (SUBSETN(number) + b"+" + face.name + face.subfontNameX).decode("ascii")
        program = face.makeSubset(characters)
        widths = " ".join(f"{face.getCharWidth(c):g}" for c in characters)
        return _Subset(
            name=name,
            widths=f"[{widths}]".encode(),
            last_code=len(characters) - 1,
            to_unicode=zlib.compress(makeToUnicodeCMap(name, characters).encode("ascii"), 9),
            program=zlib.compress(program, 9),
            program_length=len(program),
        )


def _deflated(data: bytes, **entries: int) -> Any:
    """A stream that says it is deflated already, so that ReportLab leaves it alone."""
    dictionary = pdfdoc.PDFDictionary({"Filter": pdfdoc.PDFName("FlateDecode"), **entries})
    return pdfdoc.PDFStream(dictionary=dictionary, content=data)
