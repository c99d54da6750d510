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

from reportlab.lib.rl_accel import escapePDF
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
    """One subset of a face, ready to be written: four objects, with `%b` where one refers to another."""

    name: str
    font: bytes
    descriptor: bytes
    to_unicode: bytes
    program: bytes


class FixedAlphabetFont(TTFont):
    """A TTFont with a prepared subset 0. Registered like any other font."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path), shapable=False)
        # ReportLab silently takes the first of two fonts with one face name: a face named after its style
        # cannot be swapped for somebody else's copy of Noto, nor for its own twin in a theme.
        self.face.name = TTFNameBytes(name.encode("ascii") + b"-" + bytes(self.face.name))
        face: Any = self.face
        glyphs = face.charToGlyph
        letters = "".join(c if ord(c) in glyphs else _UNUSED for c in ALPHABET)
        self._letters = codecs.charmap_build(letters)
        self._codes = {ord(c): code for code, c in enumerate(letters) if c != _UNUSED} | {0: 0}
        self._alphabet = [0 if c == _UNUSED else ord(c) for c in letters]
        self._prepared = self._encode(0, self._alphabet)

    def splitString(self, text: str, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:  # noqa: N802
        """Encode in the fixed alphabet in one step, or the ordinary way when a character is outside it."""
        self._begin(doc)
        try:
            return [(0, codecs.charmap_encode(text, "strict", self._letters)[0])]
        except UnicodeEncodeError:
            ordinary: list[tuple[int, bytes]] = super().splitString(text, doc, encoding)
            return ordinary

    def encode(self, text: str) -> str | None:
        """Write text as the string of a PDF operator, or give None when the fixed alphabet lacks a letter."""
        try:
            escaped: str = escapePDF(codecs.charmap_encode(text, "strict", self._letters)[0])
        except UnicodeEncodeError:
            return None
        return escaped

    def prepared_name(self, doc: Any) -> str:
        """Name the fixed alphabet as a document's text operators do; the document will carry it."""
        self._begin(doc)
        name: str = self.getSubsetInternalName(0, doc)
        return name

    def _begin(self, doc: Any) -> None:
        if doc not in self.state:
            state: Any = TTFont.State(True, self)
            self.state[doc] = state
            state.assignments = dict(self._codes)
            state.subsets = [self._alphabet]
            state.nextCode = len(self._alphabet)

    def addObjects(self, doc: Any) -> None:  # noqa: N802
        """Write the font into the document: what TTFont.addObjects does, with subset 0 already encoded."""
        state = self.state[doc]
        state.frozen = 1
        for number, characters in enumerate(state.subsets):
            name = self.getSubsetInternalName(number, doc)[1:]
            subset = self._encode(number, characters) if number else self._prepared
            program = doc.Reference(_Ready(subset.program), f"fontFile:{subset.name}")
            descriptor = doc.Reference(_Ready(subset.descriptor, program), f"fontDescriptor:{subset.name}")
            to_unicode = doc.Reference(_Ready(subset.to_unicode), f"toUnicodeCMap:{subset.name}")
            font = _Ready(subset.font, descriptor, to_unicode)
            doc.Reference(font, name)
            doc.idToObject["BasicFonts"].dict[name] = font
        del self.state[doc]

    def _encode(self, number: int, characters: list[int]) -> _Subset:
        """Prepare a subset as TTFont.addObjects and TTFontFace.addSubsetObjects would write it."""
        face: Any = self.face
        name = (SUBSETN(number) + b"+" + face.name + face.subfontNameX).decode("ascii")
        program = face.makeSubset(characters)
        widths = " ".join(f"{face.getCharWidth(c):g}" for c in characters)
        box = " ".join(f"{each:g}" for each in face.bbox)
        descriptor = (
            f"<< /Type /FontDescriptor /FontName /{name} /Flags {face.flags & ~_NONSYMBOLIC | _SYMBOLIC}"
            f" /FontBBox [ {box} ] /ItalicAngle {face.italicAngle:g} /Ascent {face.ascent:g}"
            f" /Descent {face.descent:g} /CapHeight {face.capHeight:g} /StemV {face.stemV:g}"
            f" /MissingWidth {face.defaultWidth:g} /FontFile2 %b >>"
        )
        font = (
            f"<< /Type /Font /Subtype /TrueType /BaseFont /{name} /FirstChar 0"
            f" /LastChar {len(characters) - 1} /Widths [ {widths} ] /FontDescriptor %b /ToUnicode %b >>"
        )
        return _Subset(
            name=name,
            font=font.encode("ascii"),
            descriptor=descriptor.encode("ascii"),
            to_unicode=_deflated(makeToUnicodeCMap(name, characters).encode("ascii")),
            program=_deflated(program, f"/Length1 {len(program)} "),
        )


class _Ready(pdfdoc.PDFObject):
    """An object whose bytes are known, but for the numbers of the objects that it refers to."""

    __RefOnly__ = 1  # ReportLab's mark of what a dictionary names instead of holding it

    def __init__(self, data: bytes, *parts: Any) -> None:
        self._data, self._parts = data, parts

    def format(self, document: Any) -> bytes:
        """Give the bytes as they stand in the file."""
        if not self._parts:
            return self._data
        return self._data % tuple(part.format(document) for part in self._parts)


def _deflated(data: bytes, entries: str = "") -> bytes:
    """A whole stream, deflated."""
    packed = zlib.compress(data, 9)
    head = f"<< {entries}/Filter /FlateDecode /Length {len(packed)} >>\nstream\r\n"
    return b"".join([head.encode("ascii"), packed, b"\nendstream"])
