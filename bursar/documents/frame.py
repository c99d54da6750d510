"""What stands around the content of every paper: the brand band, running heads, stamps and footers."""

from dataclasses import dataclass
from datetime import date

from bursar.documents.blocks import draw_button
from bursar.documents.display import PAGE_HEIGHT_PT, PAGE_WIDTH_PT, DisplayList, Mark
from bursar.documents.looks import GOOD, RULE, WARNING, Look
from bursar.documents.paper import Party, Stamp
from bursar.documents.sheets import LEFT_PT, MARGIN_PT, RIGHT_PT, Sheets
from bursar.documents.text import one_line
from bursar.documents.typefaces import clean
from bursar.documents.wording import fingerprint_text

_TITLE_WIDTH_PT = 196.0
_BAND_MIN_PT = 94.0
_ADDRESS_LINES_MAX = 6
_ACROSS = (Stamp.VOID, Stamp.TEST, Stamp.DUPLICATE)
"""Stamps that nobody may overlook on any sheet; the others stand on the first."""
_ACROSS_COLOR = (0.98, 0.90, 0.90)
_STAMP_COLORS = {Stamp.PAID: GOOD, Stamp.OVERDUE: WARNING}
_TEST_NOTE = "Test mode: no real money was paid."


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A paper's title, number and seller, and what its footer says."""

    look: Look
    title: str
    number: str
    seller: Party
    copy_label: str = ""
    stamps: tuple[Stamp, ...] = ()
    note: str
    sha256: str
    verify_url: str = ""

    @property
    def name(self) -> str:
        """What the running head and the metadata call the paper: 'Tax invoice INV/26-27/000042'."""
        return f"{self.title.capitalize()} {self.number}"


def begin(frame: Frame) -> Sheets:
    """Begin a paper: the band on the first sheet, the cursor below it."""
    sheets = Sheets(lambda page: _draw_running_head(page, frame))
    _draw_across(sheets, frame)
    look = frame.look
    right = _draw_title(sheets, frame)
    left_edge = LEFT_PT + (look.theme.logo.width_pt + 16 if look.theme.logo else 0)
    width = RIGHT_PT - _TITLE_WIDTH_PT - 18 - left_edge
    name = look.seller.lines(frame.seller.name, width, lines_max=3)
    below = [line for text in _seller_lines(frame.seller) for line in look.on_band.lines(text, width, 2)]
    left = 23 + len(name) * look.seller.leading_pt + 3 + len(below) * look.on_band.leading_pt
    height = max(left + 17, right + 17, _BAND_MIN_PT)
    sheets.rect(0, 0, PAGE_WIDTH_PT, height, look.theme.brand)
    sheets.rect(0, height, PAGE_WIDTH_PT, 3, look.theme.accent)
    if look.theme.logo is not None:
        sheets.picture(look.theme.logo, LEFT_PT, 25)
    y = sheets.write_lines(name, left_edge, 23, look.seller) + 3
    sheets.write_lines(tuple(below), left_edge, y, look.on_band)
    sheets.y = height + 22
    return sheets


def _seller_lines(seller: Party) -> list[str]:
    """Address, tax numbers and ways to reach the seller, as few lines as they need."""
    lines = list(seller.address[:_ADDRESS_LINES_MAX])
    lines += [f"{each.label} {each.value}" for each in seller.tax_ids]
    return [*lines, " · ".join(seller.contacts)] if seller.contacts else lines


def _draw_title(sheets: Sheets, frame: Frame) -> float:
    """What the paper is, its number and whose copy it is. Gives the y below."""
    look, y = frame.look, 21.0
    longest = max(frame.title.split(), key=look.title.width_pt)
    title = look.title.fitted(longest, _TITLE_WIDTH_PT)
    texts = [(line, title) for line in title.lines(frame.title, _TITLE_WIDTH_PT, lines_max=2)]
    texts += [(look.on_band_strong.lines(frame.number, _TITLE_WIDTH_PT, 1)[0], look.on_band_strong)]
    if frame.copy_label:
        texts.append((look.on_band.lines(frame.copy_label, _TITLE_WIDTH_PT, 1)[0], look.on_band))
    for line, style in texts:
        y += 3 if style is look.on_band_strong else 0
        sheets.write_right(line, RIGHT_PT, y, style)
        y += style.leading_pt
    return y


def _draw_across(sheets: Sheets, frame: Frame) -> None:
    """VOID, TEST and DUPLICATE stand across every sheet, as large as they fit."""
    words = " · ".join(stamp.value.upper() for stamp in _ACROSS if stamp in frame.stamps)
    if words:
        line = one_line(words, frame.look.theme.bold)
        size_pt = min(190.0, 620.0 / max(line.width_pt(1), 1))
        sheets.mark(
            Mark(
                x=PAGE_WIDTH_PT / 2,
                y=PAGE_HEIGHT_PT / 2,
                line=line,
                size_pt=size_pt,
                angle_degrees=45,
                color=_ACROSS_COLOR,
            )
        )


def draw_call(sheets: Sheets, frame: Frame, pay_url: str, middle: float) -> None:
    """At the right end of a panel the way to pay; a stamp there instead, or else beside the customer."""
    if pay_url:
        draw_button(sheets, frame.look, "Pay online", pay_url, middle)
        _draw_stamp(sheets, frame, LEFT_PT + 218, middle - 80)
    else:
        _draw_stamp(sheets, frame, RIGHT_PT - 68, middle)


def _draw_stamp(sheets: Sheets, frame: Frame, x: float, y: float) -> None:
    """Put PAID or OVERDUE on the sheet like a rubber stamp, its middle at x and y."""
    for stamp, color in _STAMP_COLORS.items():
        if stamp in frame.stamps:
            line = one_line(stamp.value.upper(), frame.look.theme.bold)
            sheets.mark(Mark(x=x, y=y, line=line, size_pt=22, angle_degrees=8, color=color, framed=True))


def _draw_running_head(sheets: Sheets, frame: Frame) -> None:
    """What a second page begins with, so that a loose sheet can be put back."""
    look = frame.look
    _draw_across(sheets, frame)
    sheets.write(look.strong.lines(frame.seller.name, 300, 1)[0], LEFT_PT, 34, look.strong)
    sheets.write_right(look.label.lines(frame.name, 230, 1)[0], RIGHT_PT, 34, look.label)
    sheets.rect(LEFT_PT, 52, RIGHT_PT - LEFT_PT, 1.2, look.theme.accent)
    sheets.y = 68


def _draw_footer(sheets: Sheets, frame: Frame, number: int, pages: int) -> None:
    """The seller's own lines, what the paper is worth, its fingerprint, its number and page."""
    look, y = frame.look, PAGE_HEIGHT_PT - MARGIN_PT
    footer = look.footer
    sheets.rule(y, RULE)
    style, note = (look.warning, _TEST_NOTE) if Stamp.TEST in frame.stamps else (footer, frame.note)
    sheets.write(style.lines(note, 330, 1)[0], LEFT_PT, y + 7, style)
    place = f"{frame.number} · Page {number} of {pages}"
    sheets.write_right(footer.lines(place, 160, 2)[-1], RIGHT_PT, y + 7, footer)
    check = f"Fingerprint {fingerprint_text(frame.sha256)}"
    check += f" · Verify at {frame.verify_url}" if frame.verify_url else ""
    sheets.write(footer.lines(check, RIGHT_PT - LEFT_PT, 1)[0], LEFT_PT, y + 18, footer)
    if frame.verify_url:
        sheets.link(frame.verify_url, LEFT_PT, y + 18, RIGHT_PT - LEFT_PT, footer.leading_pt)
    own = " · ".join(look.theme.footer)
    if own:
        sheets.write(footer.lines(own, RIGHT_PT - LEFT_PT, 1)[0], LEFT_PT, y + 29, footer)


def finish(frame: Frame, sheets: Sheets, *, subject: str, locale: str, dated: date) -> DisplayList:
    """Close the paper: footers, and what the file says about itself."""
    return DisplayList(
        pages=sheets.finish(lambda page, number, pages: _draw_footer(page, frame, number, pages)),
        title=clean(frame.name),
        author=clean(frame.seller.name),
        subject=subject,
        # Every printed word is English; only the region, which groups the digits, varies.
        language=f"en-{locale[-2:]}",
        dated=dated,
        font=frame.look.theme.regular,
    )
