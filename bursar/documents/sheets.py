"""Pages being filled from top to bottom: a cursor, a lower edge, and what to do when a block does not fit.

It knows paper, not receipts: where text goes is told, what a new page begins with is a function it is given.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bursar.documents.display import (
    PAGE_HEIGHT_PT,
    PAGE_WIDTH_PT,
    Code,
    Color,
    Link,
    Mark,
    Page,
    Picture,
    Rect,
    Text,
)
from bursar.documents.logo import Logo
from bursar.documents.qr import qr_squares
from bursar.documents.text import Line, one_line, wrap

MARGIN_PT = 48.0
LEFT_PT, RIGHT_PT = MARGIN_PT, PAGE_WIDTH_PT - MARGIN_PT
BOTTOM_PT = PAGE_HEIGHT_PT - 64.0
"""Above the footer."""
LEADING = 1.35
"""Line height in font sizes: Noto's own ascenders and descenders need 1.36, and headings little less."""
_WEB_ADDRESS = re.compile(r"https?://[\x21-\x7e]{3,2000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a text looks: its typeface, size and colour."""

    font: str
    size_pt: float
    color: Color

    @property
    def leading_pt(self) -> float:
        """The height of one line."""
        return self.size_pt * LEADING

    def line(self, text: str) -> Line:
        """Set text on one line."""
        return one_line(text, self.font)

    def lines(self, text: str, width_pt: float, lines_max: int) -> tuple[Line, ...]:
        """Break text into lines of a width."""
        return wrap(text, self.font, self.size_pt, width_pt, lines_max)

    def fitted(self, text: str, width_pt: float) -> "Style":
        """Shrink the style until the text fits a width on one line."""
        return replace(self, size_pt=min(self.size_pt, self.size_pt * width_pt / max(self.width_pt(text), 1)))

    def width_pt(self, text: str) -> float:
        """Measure text in points."""
        return self.line(text).width_pt(self.size_pt)


@dataclass(slots=True)
class _Sheet:
    rects: list[Rect] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


class Sheets:
    """The pages of one document while they are being laid out. `y` is the cursor on the last page."""

    def __init__(self, begin_page: Callable[["Sheets"], None]) -> None:
        self._begin_page = begin_page
        self._sheets = [_Sheet()]
        self.y = 0.0

    def keep_together(self, height_pt: float) -> bool:
        """Begin a new page unless the height is still free on this one; tell whether one was begun."""
        if self.y + height_pt <= BOTTOM_PT:
            return False
        self._sheets.append(_Sheet())
        self.y = 0.0
        self._begin_page(self)
        return True

    def rect(
        self, x: float, y: float, width: float, height: float, color: Color, *, in_front: bool = False
    ) -> None:
        """Fill a rectangle, below all text, and below all marks but for one in front."""
        rect = Rect(x=x, y=y, width=width, height=height, color=color, in_front=in_front)
        self._sheets[-1].rects.append(rect)

    def mark(self, mark: Mark) -> None:
        """Put a word behind all text."""
        self._sheets[-1].marks.append(mark)

    def picture(self, logo: Logo, x: float, y: float) -> None:
        """Place a logo by its top left corner."""
        self._sheets[-1].pictures.append(Picture(x=x, y=y, logo=logo))

    def code(self, text: str, x: float, y: float, width: float, color: Color) -> None:
        """Draw a text as QR code. Raises CodeTooLong."""
        side, squares = qr_squares(text)
        self._sheets[-1].codes.append(Code(x=x, y=y, width=width, side=side, squares=squares, color=color))

    def link(self, url: str, x: float, y: float, width: float, height: float) -> None:
        """Let a part of the sheet open a web page. Anything but a web address opens nothing."""
        if _WEB_ADDRESS.fullmatch(url):
            self._sheets[-1].links.append(Link(x=x, y=y, width=width, height=height, url=url))

    def rule(self, y: float, color: Color, x: float = LEFT_PT, x_end: float = RIGHT_PT) -> None:
        """Draw a hairline across the text area, or a part of it."""
        self.rect(x, y, x_end - x, 0.6, color)

    def write(self, line: Line, x: float, y: float, style: Style) -> None:
        """Write a line from x; y is the top of the line, not its baseline."""
        baseline = y + style.size_pt * 1.02
        self._sheets[-1].texts.append(
            Text(x=x, y=baseline, size_pt=style.size_pt, color=style.color, line=line)
        )

    def write_right(self, line: Line, x_end: float, y: float, style: Style) -> None:
        """Write a line that ends at x_end."""
        self.write(line, x_end - line.width_pt(style.size_pt), y, style)

    def write_lines(self, lines: tuple[Line, ...], x: float, y: float, style: Style) -> float:
        """Write lines below each other and give the y under the last."""
        for line in lines:
            self.write(line, x, y, style)
            y += style.leading_pt
        return y

    def finish(self, end_page: Callable[["Sheets", int, int], None]) -> tuple[Page, ...]:
        """Close all pages. Their number is known only now, so `end_page` writes the footers here."""
        sheets = self._sheets
        for number, sheet in enumerate(sheets, start=1):
            self._sheets = [sheet]
            end_page(self, number, len(sheets))
        self._sheets = sheets
        return tuple(_closed(sheet) for sheet in sheets)


def _closed(sheet: _Sheet) -> Page:
    return Page(
        rects=tuple(sheet.rects),
        marks=tuple(sheet.marks),
        pictures=tuple(sheet.pictures),
        codes=tuple(sheet.codes),
        texts=tuple(sheet.texts),
        links=tuple(sheet.links),
    )
