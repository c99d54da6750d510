"""The reference backend: draws a display list with ReportLab's canvas. It decides nothing about the looks.

The same list gives the same bytes in every process and at every time of day.
"""

import hashlib
import time
from calendar import timegm
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import IO, Any

from reportlab import rl_config
from reportlab.lib.utils import TimeStamp
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from bursar.documents.display import (
    PAGE_HEIGHT_PT,
    PAGE_WIDTH_PT,
    Code,
    Color,
    DisplayList,
    Link,
    Mark,
    Page,
    Picture,
    Rect,
    Text,
)
from bursar.documents.shaped_font import EM
from bursar.documents.typefaces import Run, load, prepared_name, tell_meanings


def draw(display: DisplayList) -> bytes:
    """Draw all pages into one PDF file."""
    buffer = BytesIO()
    canvas = begin(buffer, display)
    draw_pages(canvas, display)
    canvas.save()
    return buffer.getvalue()


def begin(file: IO[bytes], display: DisplayList) -> Any:
    """Begin a PDF file in the looks of a display list, of which no page is drawn yet; `save()` writes it."""
    rl_config.useA85 = 0  # ASCII armour: a fifth more bytes, for mail systems of the last century
    load(display.font)  # a canvas starts in some font: ours, or every file would name Helvetica as well
    canvas: Any = Canvas(
        file,
        pagesize=(PAGE_WIDTH_PT, PAGE_HEIGHT_PT),
        pageCompression=1,
        invariant=1,
        initialFontName=display.font,  # type: ignore[arg-type]  # the stub says float; it is a name
        lang=display.language,
    )
    _date(canvas._doc, display.dated)
    canvas.setTitle(display.title)
    canvas.setAuthor(display.author)
    canvas.setSubject(display.subject)
    canvas.setCreator("Bursar")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def draw_pages(canvas: Any, display: DisplayList) -> None:
    """Draw all pages behind those that are there."""
    for page in display.pages:
        _draw_page(canvas, page)
        canvas.showPage()


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
    _draw_rects(canvas, [rect for rect in page.rects if not rect.in_front])
    for mark in page.marks:
        _draw_mark(canvas, mark)
    _draw_rects(canvas, [rect for rect in page.rects if rect.in_front])
    for picture in page.pictures:
        _draw_picture(canvas, picture)
    for code in page.codes:
        _draw_code(canvas, code)
    _draw_texts(canvas, page.texts)
    for link in page.links:
        _draw_link(canvas, link)


def _draw_rects(canvas: Any, rects: Sequence[Rect]) -> None:
    color: Color | None = None
    for rect in rects:
        if rect.color != color:
            color = rect.color
            canvas.setFillColorRGB(*color)
        bottom = PAGE_HEIGHT_PT - rect.y - rect.height
        canvas.rect(rect.x, bottom, rect.width, rect.height, stroke=0, fill=1)


def _draw_texts(canvas: Any, texts: Sequence[Text]) -> None:
    words = canvas.beginText()
    color: Color | None = None
    for text in texts:
        if text.color != color:
            color = text.color
            words.setFillColorRGB(*color)
        _draw_text(words, text)
    canvas.drawText(words)


def _draw_mark(canvas: Any, mark: Mark) -> None:
    width, size = mark.line.width_pt(mark.size_pt), mark.size_pt
    canvas.saveState()
    canvas.translate(mark.x, PAGE_HEIGHT_PT - mark.y)
    canvas.rotate(mark.angle_degrees)
    if mark.framed:
        canvas.setStrokeColorRGB(*mark.color)
        canvas.setLineWidth(0.09 * size)
        canvas.roundRect(-width / 2 - 0.4 * size, -0.62 * size, width + 0.8 * size, 1.24 * size, 0.16 * size)
    words = canvas.beginText()
    words.setFillColorRGB(*mark.color)
    # Capitals are about seven tenths of the size high: half of that below the middle centres them.
    text = Text(x=-width / 2, y=PAGE_HEIGHT_PT + 0.36 * size, size_pt=size, color=mark.color, line=mark.line)
    _draw_text(words, text)
    canvas.drawText(words)
    canvas.restoreState()


def _draw_picture(canvas: Any, picture: Picture) -> None:
    """Place a picture that is encoded already: ReportLab's drawImage would encode it for every file."""
    logo = picture.logo
    if logo.name not in canvas._formsinuse:
        canvas._formsinuse.append(logo.name)
    if canvas._doc.getXObjectName(logo.name) not in canvas._doc.idToObject:
        entries = {
            "Type": pdfdoc.PDFName("XObject"),
            "Subtype": pdfdoc.PDFName("Image"),
            "Width": logo.pixels[0],
            "Height": logo.pixels[1],
            "BitsPerComponent": 8,
            "ColorSpace": pdfdoc.PDFName("DeviceRGB"),
            "Filter": pdfdoc.PDFName("FlateDecode"),
        }
        stream: Any = pdfdoc.PDFStream(dictionary=pdfdoc.PDFDictionary(entries), content=logo.data)
        canvas._doc.addForm(logo.name, stream)
    bottom = PAGE_HEIGHT_PT - picture.y - logo.height_pt
    name = canvas._doc.getXObjectName(logo.name)
    matrix = f"{logo.width_pt:.2f} 0 0 {logo.height_pt:.2f} {picture.x:.2f} {bottom:.2f} cm"
    canvas._code.append(f"q {matrix} /{name} Do Q")


def _draw_code(canvas: Any, code: Code) -> None:
    """Fill all squares as one path, in a coordinate system in which a square is one by one."""
    unit = code.width / code.side
    canvas.setFillColorRGB(*code.color)
    squares = " ".join(f"{start} {-row} {count} -1 re" for row, start, count in code.squares)
    canvas._code.append(
        f"q {unit:.4f} 0 0 {unit:.4f} {code.x:.2f} {PAGE_HEIGHT_PT - code.y:.2f} cm {squares} f Q"
    )


def _draw_link(canvas: Any, link: Link) -> None:
    bottom = PAGE_HEIGHT_PT - link.y - link.height
    canvas.linkURL(link.url, (link.x, bottom, link.x + link.width, bottom + link.height))


def _draw_text(words: Any, text: Text) -> None:
    """Place each run by our own widths.

    A shaped run is drawn by glyph numbers that mean nothing to a reader, so it carries what it says as
    ActualText: that is what copying, searching and a screen reader get. ReportLab has no public way to write
    marked content, hence `_code`. A run from the right says it glyph by glyph instead: readers would turn
    an ActualText around once more.
    """
    x = text.x
    for run in text.line.runs:
        if run.prepared is not None:
            _write_prepared(words, run, x, text)
            continue
        words.setTextOrigin(x, PAGE_HEIGHT_PT - text.y)
        if (words._fontname, words._fontsize) != (run.font, text.size_pt):
            words.setFont(run.font, text.size_pt)  # each call writes the font again, needed or not
        if run.glyphs is run.text:
            words.textOut(run.glyphs)
        elif run.backwards:
            words.textOut(run.glyphs)
            tell_meanings(run, words._canvas._doc)
        else:
            said = run.text.encode("utf-16-be").hex().upper()
            words._code.append(f"/Span <</ActualText <FEFF{said}>>> BDC")
            words.textOut(run.glyphs)
            words._code.append("EMC")
        x += run.width * text.size_pt / EM


def _write_prepared(words: Any, run: Run, x: float, text: Text) -> None:
    """Write a run whose bytes are known: what textOut writes, a third of the time. It is the whole line."""
    if (words._fontname, words._fontsize, words._curSubset) != (run.font, text.size_pt, 0):
        words.setFont(run.font, text.size_pt)
        words._curSubset = 0  # the prepared alphabet; textOut names another when it needs one
        words._code.append(f"{prepared_name(run.font, words._canvas._doc)} {text.size_pt:.4g} Tf")
    words._code.append(f"1 0 0 1 {x:.2f} {PAGE_HEIGHT_PT - text.y:.2f} Tm ({run.prepared}) Tj")
