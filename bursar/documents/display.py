"""What a document looks like, as plain values: pages of rectangles, pictures and lines of text at points.

The layout makes it and a backend draws it; neither knows the other. Distances are in points from the top left
corner, so that layout reads downwards like the page.
"""

from dataclasses import dataclass
from datetime import date

from bursar.documents.logo import Logo
from bursar.documents.qr import Squares
from bursar.documents.text import Line

PAGE_WIDTH_PT, PAGE_HEIGHT_PT = 595.28, 841.89
"""A4."""

Color = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A filled rectangle; a thin one is a rule. One in front hides the marks behind it."""

    x: float
    y: float
    width: float
    height: float
    color: Color
    in_front: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text that starts at x and stands on the baseline y."""

    x: float
    y: float
    size_pt: float
    color: Color
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A word turned about its middle (x, y): across the page behind all text, or framed like a stamp."""

    x: float
    y: float
    line: Line
    size_pt: float
    angle_degrees: float
    color: Color
    framed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A logo with its top left corner."""

    x: float
    y: float
    logo: Logo


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A QR code in a square of a width, `side` small squares to a side."""

    x: float
    y: float
    width: float
    side: int
    squares: Squares
    color: Color


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A part of the page that opens a web page."""

    x: float
    y: float
    width: float
    height: float
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One sheet, in painting order."""

    rects: tuple[Rect, ...]
    marks: tuple[Mark, ...]
    pictures: tuple[Picture, ...]
    codes: tuple[Code, ...]
    texts: tuple[Text, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayList:
    """A whole document, ready to be drawn. `language` is a BCP 47 tag; the date stands in the metadata.

    `font` is the typeface that every page knows from the start.
    """

    pages: tuple[Page, ...]
    title: str
    author: str
    subject: str
    language: str
    dated: date
    font: str

    @property
    def missing_glyphs(self) -> int:
        """How many □ will be seen, over all pages."""
        return sum(text.line.missing for page in self.pages for text in page.texts)
