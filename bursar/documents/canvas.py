"""The reference backend: draws a display list with ReportLab's canvas. It decides nothing about the looks.

The same list gives the same bytes in every process and at every time of day.
"""

import hashlib
import time
from calendar import timegm
from datetime import date
from io import BytesIO
from typing import Any

from reportlab import rl_config
from reportlab.lib.utils import TimeStamp
from reportlab.pdfgen.canvas import Canvas

from bursar.documents.display import PAGE_HEIGHT_PT, PAGE_WIDTH_PT, Color, DisplayList, Mark, Page, Rect, Text
from bursar.documents.typefaces import EM, REGULAR, load


def draw(display: DisplayList) -> bytes:
    """Draw all pages into one PDF file."""
    rl_config.useA85 = 0  # ASCII armour: a fifth more bytes, for mail systems of the last century
    load(REGULAR)  # a canvas starts in some font: ours, or every file would name Helvetica as well
    buffer = BytesIO()
    canvas: Any = Canvas(
        buffer,
        pagesize=(PAGE_WIDTH_PT, PAGE_HEIGHT_PT),
        pageCompression=1,
        invariant=1,
        initialFontName=REGULAR,  # type: ignore[arg-type]  # the stub says float; it is a name
        lang=display.language,
    )
    _date(canvas._doc, display.dated)
    canvas.setTitle(display.title)
    canvas.setAuthor(display.author)
    canvas.setSubject(display.subject)
    canvas.setCreator("Bursar")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for page in display.pages:
        _draw_page(canvas, page)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _date(document: Any, day: date) -> None:
    """Date the file at midnight UTC and let its identifier follow from its content alone.

    ReportLab dates an invariant file in the year 2000, or by the environment's SOURCE_DATE_EPOCH, and has
    already begun the identifier with that.
    """
    stamp: Any = TimeStamp(invariant=1)
    stamp.t = timegm(day.timetuple())
    stamp.lt = time.gmtime(stamp.t)
    stamp.YMDhms = tuple(stamp.lt)[:6]
    stamp.dhh = stamp.dmm = 0
    stamp.tzname = "UTC"
    document._timeStamp = stamp
    document.signature = hashlib.md5(day.isoformat().encode(), usedforsecurity=False)


def _draw_page(canvas: Any, page: Page) -> None:
    color: Color | None = None
    for rect in page.rects:
        if rect.color != color:
            color = rect.color
            canvas.setFillColorRGB(*color)
        _draw_rect(canvas, rect)
    if page.mark is not None:
        _draw_mark(canvas, page.mark)
    words = canvas.beginText()
    color = None
    for text in page.texts:
        if text.color != color:
            color = text.color
            words.setFillColorRGB(*color)
        _draw_text(words, text)
    canvas.drawText(words)


def _draw_rect(canvas: Any, rect: Rect) -> None:
    bottom = PAGE_HEIGHT_PT - rect.y - rect.height
    canvas.rect(rect.x, bottom, rect.width, rect.height, stroke=0, fill=1)


def _draw_mark(canvas: Any, mark: Mark) -> None:
    canvas.saveState()
    canvas.translate(PAGE_WIDTH_PT / 2, PAGE_HEIGHT_PT / 2)
    canvas.rotate(mark.angle_degrees)
    words = canvas.beginText()
    words.setFillColorRGB(*mark.color)
    # Capitals are about seven tenths of the size high: half of that below the middle centres them.
    text = Text(
        x=-mark.line.width_pt(mark.size_pt) / 2,
        y=PAGE_HEIGHT_PT + 0.35 * mark.size_pt,
        size_pt=mark.size_pt,
        color=mark.color,
        line=mark.line,
    )
    _draw_text(words, text)
    canvas.drawText(words)
    canvas.restoreState()


def _draw_text(words: Any, text: Text) -> None:
    """Place each run by our own widths.

    A shaped run is drawn by glyph numbers that mean nothing to a reader, so it carries what it says as
    ActualText: that is what copying, searching and a screen reader get. ReportLab has no public way to write
    marked content, hence `_code`.
    """
    x = text.x
    for run in text.line.runs:
        words.setTextOrigin(x, PAGE_HEIGHT_PT - text.y)
        if (words._fontname, words._fontsize) != (run.font, text.size_pt):
            words.setFont(run.font, text.size_pt)  # each call writes the font again, needed or not
        if run.glyphs is run.text:
            words.textOut(run.glyphs)
        else:
            said = run.text.encode("utf-16-be").hex().upper()
            words._code.append(f"/Span <</ActualText <FEFF{said}>>> BDC")
            words.textOut(run.glyphs)
            words._code.append("EMC")
        x += run.width * text.size_pt / EM
