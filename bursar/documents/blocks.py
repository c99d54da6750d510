"""The pieces that papers are put together from: parties, labelled values, the big amount, sums, paragraphs.

Each is drawn from the cursor on and leaves the cursor below itself.
"""

from collections.abc import Sequence

from bursar.documents.billing import WaysToPay
from bursar.documents.looks import INK, RULE, Look
from bursar.documents.paper import Labelled, Party
from bursar.documents.sheets import LEFT_PT, RIGHT_PT, Sheets, Style

_PARTY_WIDTH_PT = 262.0
_GRID_X_PT, _GRID_LABEL_PT = 338.0, 88.0
_GRID_LABEL_GAP_PT = 10.0
_PANEL_PT = 62.0
_INNER_PT = 17.0
_BUTTON_WIDTH_PT, _BUTTON_HEIGHT_PT = 112.0, 27.0
_SUMS_X_PT = 330.0
_SUM_PT = 17.0
_QR_PT = 86.0
_PAY_LABEL_PT, _SECTION_LABEL_PT = 104.0, 128.0
_PARAGRAPH_LINES_MAX = 120
"""Five thousand characters of small print."""

Pairs = Sequence[tuple[str, str]]


def draw_parties(sheets: Sheets, look: Look, heading: str, party: Party, pairs: Pairs) -> None:
    """Who it is for, on the left; the paper's dates and references, on the right."""
    top = sheets.y
    sheets.write(look.label.line(heading), LEFT_PT, top, look.label)
    name = look.name.lines(party.name, _PARTY_WIDTH_PT, lines_max=4)
    y = sheets.write_lines(name, LEFT_PT, top + 13, look.name) + 1
    texts = [(party.reference, look.label)] if party.reference else []
    texts += [(line, look.value) for line in party.address]
    texts += [(f"{each.label} {each.value}", look.value) for each in party.tax_ids]
    texts += [(contact, look.label) for contact in party.contacts]
    for text, style in texts:
        y = sheets.write_lines(style.lines(text, _PARTY_WIDTH_PT, 2), LEFT_PT, y, style)
    right = draw_pairs(sheets, look, pairs, x=_GRID_X_PT, y=top, label_width=_GRID_LABEL_PT)
    sheets.y = max(y, right) + 12


def draw_pairs(sheets: Sheets, look: Look, pairs: Pairs, *, x: float, y: float, label_width: float) -> float:
    """Write labels with their values beside them and give the y under the last."""
    for label, value in pairs:
        name = look.label.lines(label, label_width - _GRID_LABEL_GAP_PT, lines_max=2)
        below_name = sheets.write_lines(name, x, y + 0.5, look.label)
        lines = look.value.lines(value, RIGHT_PT - x - label_width, lines_max=3)
        y = max(sheets.write_lines(lines, x + label_width, y, look.value), below_name) + 3
    return y


def _pairs_height(look: Look, pairs: Pairs, *, x: float, label_width: float) -> float:
    """The height that draw_pairs needs."""
    lines = [
        max(
            len(look.label.lines(label, label_width - _GRID_LABEL_GAP_PT, lines_max=2)),
            len(look.value.lines(value, RIGHT_PT - x - label_width, lines_max=3)),
        )
        for label, value in pairs
    ]
    return sum(lines) * look.value.leading_pt + len(lines) * 3


def labelled(values: Sequence[Labelled]) -> Pairs:
    """Give labelled values as pairs."""
    return [(each.label, each.value) for each in values]


def draw_panel(sheets: Sheets, look: Look, first: tuple[str, str], second: tuple[str, str] | None) -> float:
    """The one number that the reader looks for, and a second one; both stand on one baseline.

    Gives the y of the panel's middle, for what stands at its right end.
    """
    top, baseline = sheets.y, sheets.y + 47
    sheets.rect(LEFT_PT, top, RIGHT_PT - LEFT_PT, _PANEL_PT, look.pale)
    sheets.rect(LEFT_PT, top, 3, _PANEL_PT, look.theme.accent)
    sheets.write(look.label.line(first[0]), LEFT_PT + _INNER_PT, top + 10, look.label)
    style = look.amount.fitted(first[1], 236)
    sheets.write(style.line(first[1]), LEFT_PT + _INNER_PT, baseline - style.size_pt, style)
    if second is not None:
        x = LEFT_PT + 262
        style = look.second_amount.fitted(second[1], 112)
        sheets.write(look.label.line(second[0]), x, top + 10, look.label)
        sheets.write(style.line(second[1]), x, baseline - style.size_pt, style)
    sheets.y += _PANEL_PT + 15
    return top + _PANEL_PT / 2


def draw_button(sheets: Sheets, look: Look, text: str, url: str, middle: float) -> None:
    """A link that looks like one, at the right end of a panel."""
    x, y = RIGHT_PT - _INNER_PT - _BUTTON_WIDTH_PT, middle - _BUTTON_HEIGHT_PT / 2
    sheets.rect(x, y, _BUTTON_WIDTH_PT, _BUTTON_HEIGHT_PT, look.theme.brand, in_front=True)
    line = look.button.line(text)
    left = x + (_BUTTON_WIDTH_PT - line.width_pt(look.button.size_pt)) / 2
    sheets.write(line, left, y + (_BUTTON_HEIGHT_PT - look.button.leading_pt) / 2, look.button)
    sheets.link(url, x, y, _BUTTON_WIDTH_PT, _BUTTON_HEIGHT_PT)


def sums_height(sums: Sequence[tuple[str, str, Style]]) -> float:
    """The height that draw_sums needs."""
    return len(sums) * (_SUM_PT + 3) + 8


def draw_sums(sheets: Sheets, sums: Sequence[tuple[str, str, Style]], y: float) -> float:
    """Write sums below each other at the right; a stressed one gets a rule above. Gives the y below."""
    for n, (label, text, style) in enumerate(sums):
        if n and style.size_pt > sums[n - 1][2].size_pt:
            sheets.rule(y + 1, RULE, _SUMS_X_PT)
            y += 4
        fitted = style.fitted(text, 120)
        baseline_shift = (style.size_pt - fitted.size_pt) * 1.02
        sheets.write(style.line(label), _SUMS_X_PT, y, style)
        sheets.write_right(fitted.line(text), RIGHT_PT - 6, y + baseline_shift, fitted)
        y += max(_SUM_PT, style.leading_pt + 4)
    return y


def draw_heading(sheets: Sheets, look: Look, text: str) -> None:
    """A heading with a hairline below it."""
    sheets.write(look.strong.line(text), LEFT_PT, sheets.y, look.strong)
    sheets.rule(sheets.y + 16, RULE)
    sheets.y += 22


def draw_section(sheets: Sheets, look: Look, heading: str, pairs: Pairs) -> None:
    """A heading with labelled values below it, on one sheet."""
    if not pairs:
        return
    height = _pairs_height(look, pairs[:12], x=LEFT_PT, label_width=_SECTION_LABEL_PT)
    sheets.keep_together(26 + height)
    draw_heading(sheets, look, heading)
    for pair in pairs:
        sheets.keep_together(3 * look.pair_pt)
        sheets.y = draw_pairs(sheets, look, [pair], x=LEFT_PT, y=sheets.y, label_width=_SECTION_LABEL_PT)
    sheets.y += 12


def draw_terms(sheets: Sheets, look: Look, legal: Sequence[str], terms: Sequence[str]) -> None:
    """What the law wants said, then the seller's terms; it flows over pages line by line."""
    if not legal and not terms:
        return
    heading = " and ".join([*(["Declarations"] if legal else []), *(["terms"] if terms else [])])
    sheets.keep_together(22 + 2 * look.value.leading_pt)
    draw_heading(sheets, look, heading[0].upper() + heading[1:])
    for text, style in [*((each, look.value) for each in legal), *((each, look.small) for each in terms)]:
        for line in style.lines(text, RIGHT_PT - LEFT_PT, _PARAGRAPH_LINES_MAX):
            sheets.keep_together(style.leading_pt)
            sheets.write(line, LEFT_PT, sheets.y, style)
            sheets.y += style.leading_pt
        sheets.y += 2


def draw_ways_to_pay(sheets: Sheets, look: Look, pay: WaysToPay | None) -> None:
    """A QR code, the link in words and the bank account, side by side on one sheet."""
    if pay is None or not (pay.qr or pay.bank or pay.url):
        return
    pairs = [("Online", pay.url)] if pay.url else []
    pairs += [(each.label, each.value) for each in pay.bank]
    x = LEFT_PT + (_QR_PT + 28 if pay.qr else 0)
    height = _pairs_height(look, pairs, x=x, label_width=_PAY_LABEL_PT)
    label = look.small.lines(pay.qr_label, _QR_PT + 20, 2) if pay.qr else ()
    sheets.keep_together(24 + max(height, _QR_PT + 5 + len(label) * look.small.leading_pt if pay.qr else 0))
    draw_heading(sheets, look, "How to pay")
    top, below = sheets.y + 2, sheets.y
    if pay.qr:
        sheets.code(pay.qr, LEFT_PT, top, _QR_PT, INK)
        below = sheets.write_lines(label, LEFT_PT, top + _QR_PT + 5, look.small)
    y = draw_pairs(sheets, look, pairs, x=x, y=top, label_width=_PAY_LABEL_PT)
    if pay.url:
        sheets.link(pay.url, x + _PAY_LABEL_PT, top, RIGHT_PT - x - _PAY_LABEL_PT, look.value.leading_pt)
    sheets.y = max(y, below) + 12
