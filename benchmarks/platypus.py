"""The same invoice as most programs draw it: ReportLab's Platypus, with its fonts registered once.

Paragraphs where words may wrap, plain strings for amounts, a canvas that counts its pages. No trick is left
out that ReportLab's user guide teaches, and none is added.
"""

from io import BytesIO
from typing import Any

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from bursar.documents.invoice import InvoiceSnapshot
from bursar.documents.typefaces import FOLDER
from bursar.documents.wording import day_text
from bursar.rules.money_text import money_text

INK, MUTED, BRAND, ACCENT = HexColor("#212936"), HexColor("#5E6B7D"), HexColor("#1B3155"), HexColor("#1F9087")
PALE, RULE = HexColor("#F2F4F6"), HexColor("#DBE0E8")
SIDE = 48
TEXT = ParagraphStyle("text", fontName="Peer", fontSize=9, leading=12, textColor=INK)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.5, leading=10, textColor=MUTED)
STRONG = ParagraphStyle("strong", parent=TEXT, fontName="PeerBold")
NAME = ParagraphStyle("name", parent=STRONG, fontSize=12, leading=16)
AMOUNT = ParagraphStyle("amount", parent=STRONG, fontSize=25, leading=34, textColor=BRAND)
ON_BAND = ParagraphStyle("on band", parent=TEXT, fontSize=8.5, textColor=white)
SELLER = ParagraphStyle("seller", parent=STRONG, fontSize=15, leading=20, textColor=white)


def register() -> None:
    """Register the fonts, once per process."""
    pdfmetrics.registerFont(TTFont("Peer", str(FOLDER / "NotoSans-Regular.ttf")))
    pdfmetrics.registerFont(TTFont("PeerBold", str(FOLDER / "NotoSans-Bold.ttf")))


def render(snapshot: InvoiceSnapshot) -> bytes:
    """Draw an invoice."""
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=SIDE, rightMargin=SIDE, topMargin=120, bottomMargin=64
    )
    document.build(_story(snapshot), onFirstPage=_band_of(snapshot), canvasmaker=_numbered(snapshot))
    return buffer.getvalue()


def _story(snapshot: InvoiceSnapshot) -> list[Any]:
    return [
        _parties(snapshot),
        Spacer(1, 12),
        _panel(snapshot),
        Spacer(1, 15),
        _lines(snapshot),
        Spacer(1, 10),
        KeepTogether([_result(snapshot)]),
        Spacer(1, 14),
        KeepTogether(_ways_to_pay(snapshot)),
        Paragraph("Declarations and terms", STRONG),
        *(Paragraph(text, TEXT) for text in snapshot.legal),
        *(Paragraph(text, SMALL) for text in snapshot.terms),
    ]


def _money(snapshot: InvoiceSnapshot, minor: int) -> str:
    return money_text(minor, snapshot.currency, snapshot.locale)


def _band_of(snapshot: InvoiceSnapshot) -> Any:
    def draw(canvas: Any, _: Any) -> None:
        canvas.setFillColor(BRAND)
        canvas.rect(0, A4[1] - 94, A4[0], 94, stroke=0, fill=1)
        canvas.setFillColor(ACCENT)
        canvas.rect(0, A4[1] - 97, A4[0], 3, stroke=0, fill=1)
        seller = [Paragraph(snapshot.seller.name, SELLER)]
        seller += [Paragraph(line, ON_BAND) for line in snapshot.seller.address]
        seller += [Paragraph(f"{each.label} {each.value}", ON_BAND) for each in snapshot.seller.tax_ids]
        y: float = A4[1] - 20
        for paragraph in seller:
            _, height = paragraph.wrap(300, 100)
            y -= height
            paragraph.drawOn(canvas, SIDE, y)
        canvas.setFillColor(white)
        canvas.setFont("PeerBold", 21)
        canvas.drawRightString(A4[0] - SIDE, A4[1] - 42, "TAX INVOICE")
        canvas.setFont("PeerBold", 9)
        canvas.drawRightString(A4[0] - SIDE, A4[1] - 58, snapshot.number)

    return draw


def _numbered(snapshot: InvoiceSnapshot) -> type[Canvas]:
    """Page x of y, as the user guide does it: pages are kept until their number is known."""

    class Numbered(Canvas):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802
            self._kept.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, kept in enumerate(self._kept, start=1):
                self.__dict__.update(kept)
                self.setFont("Peer", 7.5)
                self.setFillColor(MUTED)
                self.line(SIDE, SIDE, A4[0] - SIDE, SIDE)
                place = f"{snapshot.number} · Page {number} of {len(self._kept)}"
                self.drawRightString(A4[0] - SIDE, SIDE - 14, place)
                self.drawString(SIDE, SIDE - 14, "This document was issued by computer.")
                super().showPage()
            super().save()

    return Numbered


def _parties(snapshot: InvoiceSnapshot) -> Table:
    customer = [Paragraph("Bill to", SMALL), Paragraph(snapshot.customer.name, NAME)]
    customer += [Paragraph(line, TEXT) for line in (snapshot.customer.reference, *snapshot.customer.address)]
    due = day_text(snapshot.due_on) if snapshot.due_on else ""
    pairs = [("Number", snapshot.number), ("Date of issue", day_text(snapshot.issued_on)), ("Due", due)]
    pairs += [(each.label, each.value) for each in snapshot.details]
    grid = Table(
        [[Paragraph(label, SMALL), Paragraph(value, TEXT)] for label, value in pairs], colWidths=[88, 120]
    )
    return Table([[customer, grid]], colWidths=[285, 214], style=[("VALIGN", (0, 0), (-1, -1), "TOP")])


def _panel(snapshot: InvoiceSnapshot) -> Table:
    url = snapshot.pay.url if snapshot.pay else ""
    cells = [
        [Paragraph("Amount due", SMALL), Paragraph(_money(snapshot, snapshot.balance_minor), AMOUNT)],
        [Paragraph("Please pay by", SMALL), Paragraph(day_text(snapshot.issued_on), NAME)],
        Paragraph(f'<a href="{url}" color="white">Pay online</a>', SELLER),
    ]
    style = [
        ("BACKGROUND", (0, 0), (-1, -1), PALE),
        ("BACKGROUND", (2, 0), (2, 0), BRAND),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    return Table([cells], colWidths=[250, 129, 120], style=style)


def _lines(snapshot: InvoiceSnapshot) -> Table:
    heading = ["Description", "SAC/HSN", "Qty", "Rate", "Taxable", "Tax rate", "Tax", "Amount"]
    rows: list[list[Any]] = [heading]
    for line in snapshot.lines:
        note = " · ".join(each for each in (line.description, line.period) if each)
        words = [Paragraph(line.component, TEXT), *([Paragraph(note, SMALL)] if note else [])]
        amounts = [_money(snapshot, each) for each in (line.unit_minor, line.taxable_minor)]
        tax = [line.tax_label, _money(snapshot, line.tax_minor), _money(snapshot, line.total_minor)]
        rows.append([words, line.code, f"{line.quantity} {line.unit}", *amounts, *tax])
    style: list[Any] = [
        ("FONT", (0, 0), (-1, 0), "PeerBold", 8),
        ("FONT", (1, 1), (-1, -1), "Peer", 8),
        ("TEXTCOLOR", (0, 0), (-1, 0), BRAND),
        ("BACKGROUND", (0, 0), (-1, 0), PALE),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [white, HexColor("#F9FAFB")]),
        ("LINEBELOW", (0, 1), (-1, -1), 0.6, RULE),
        ("ALIGN", (2, 0), (4, -1), "RIGHT"),
        ("ALIGN", (6, 0), (7, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    widths = [137, 48, 40, 62, 62, 40, 48, 62]
    return Table(rows, colWidths=widths, repeatRows=1, style=style)


def _result(snapshot: InvoiceSnapshot) -> Table:
    taxes = [["Tax summary", "SAC/HSN", "Taxable", "Tax"]]
    taxes += [
        [row.label, row.code, _money(snapshot, row.taxable_minor), _money(snapshot, row.tax_minor)]
        for row in snapshot.tax_rows
    ]
    left = [
        Paragraph("Amount in words", SMALL),
        Paragraph(snapshot.words, TEXT),
        Table(
            taxes, style=[("FONT", (0, 0), (-1, -1), "Peer", 8), ("LINEBELOW", (0, 0), (-1, 0), 0.6, RULE)]
        ),
    ]
    sums = [
        ["Taxable value", _money(snapshot, snapshot.taxable_minor)],
        ["Tax", _money(snapshot, snapshot.tax_minor)],
        ["Total", _money(snapshot, snapshot.total_minor)],
    ]
    style: list[Any] = [
        ("FONT", (0, 0), (-1, -2), "Peer", 9),
        ("FONT", (0, -1), (-1, -1), "PeerBold", 11.5),
        ("ALIGN", (1, 0), (1, -1), "RIGHT"),
        ("LINEABOVE", (0, -1), (-1, -1), 0.6, RULE),
    ]
    right = Table(sums, colWidths=[100, 120], style=style)
    return Table([[left, right]], colWidths=[275, 224], style=[("VALIGN", (0, 0), (-1, -1), "TOP")])


def _ways_to_pay(snapshot: InvoiceSnapshot) -> list[Any]:
    if snapshot.pay is None:
        return []
    pairs = [["Online", snapshot.pay.url], *([each.label, each.value] for each in snapshot.pay.bank)]
    grid = Table(
        [[Paragraph(label, SMALL), Paragraph(value, TEXT)] for label, value in pairs], colWidths=[104, 250]
    )
    if not snapshot.pay.qr:
        return [Paragraph("How to pay", STRONG), grid]
    code = QrCodeWidget(snapshot.pay.qr, barWidth=86, barHeight=86, barBorder=0)
    drawing = Drawing(86, 86)
    drawing.add(code)
    return [Paragraph("How to pay", STRONG), Table([[drawing, grid]], colWidths=[114, 385])]
