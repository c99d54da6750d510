"""A table that flows over pages: words wrap, numbers never do, and each page repeats the heading.

It knows columns and rows of text. What they mean, and every number in them, comes from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bursar.documents.display import Color
from bursar.documents.sheets import LEFT_PT, RIGHT_PT, Sheets, Style
from bursar.documents.text import Line

GAP_PT = 12.0
PADDING_PT = 5.0
CELL_LINES_MAX = 14
"""A cell grows to fourteen lines and then ends in an ellipsis, so that a row always fits a page."""
NOTE_LINES_MAX = 4
SIZES_PT = (9.0, 8.5, 8.0, 7.5, 7.0, 6.0, 5.0)
"""Tried in turn until the numbers leave the words enough room; amounts of twelve digits still fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column is as wide as its widest cell, up to a limit; the one that stretches takes what is left."""

    title: str
    numeric: bool = False
    stretches: bool = False
    width_max_pt: float = RIGHT_PT - LEFT_PT


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of texts, a cell for each column; the note stands below the one that stretches."""

    cells: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLook:
    """The styles of a table. Their sizes are upper limits: wide numbers shrink the whole table."""

    heading: Style
    cell: Style
    note: Style
    heading_fill: Color
    zebra: Color
    rule: Color
    stretch_min_pt: float = 124.0


def draw_table(sheets: Sheets, columns: Sequence[Column], rows: Sequence[Row], look: TableLook) -> None:
    """Draw the table from the cursor on and leave the cursor below it."""
    unbroken = [[look.cell.line(text) for text in row.cells] for row in rows]
    look, widths = _fitted(columns, unbroken, look)
    sheets.keep_together(_heading_height(look) + 2 * look.cell.leading_pt + 2 * PADDING_PT)
    _draw_heading(sheets, columns, widths, look)
    for number, (row, lines) in enumerate(zip(rows, unbroken, strict=True)):
        cells = [
            (line,) if column.numeric else look.cell.lines(text, _inner(width, look), CELL_LINES_MAX)
            for column, width, text, line in zip(columns, widths, row.cells, lines, strict=True)
        ]
        note = _note_lines(columns, widths, row.note, look)
        height = _row_height(columns, cells, note, look)
        if sheets.keep_together(height):
            _draw_heading(sheets, columns, widths, look)
        if number % 2:
            sheets.rect(LEFT_PT, sheets.y, RIGHT_PT - LEFT_PT, height, look.zebra)
        if number:
            sheets.rule(sheets.y, look.rule)
        _draw_cells(sheets, columns, widths, cells, look.cell)
        _draw_note(sheets, columns, widths, cells, note, look)
        sheets.y += height
    sheets.rule(sheets.y, look.rule)


def _fitted(
    columns: Sequence[Column], cells: Sequence[Sequence[Line]], look: TableLook
) -> tuple[TableLook, list[float]]:
    """Find the largest size at which the words keep their room, and the widths at that size."""
    widths: list[float] = []
    for size_pt in SIZES_PT:
        look = replace(
            look,
            cell=replace(look.cell, size_pt=size_pt),
            heading=replace(look.heading, size_pt=min(look.heading.size_pt, size_pt)),
            note=replace(look.note, size_pt=min(look.note.size_pt, size_pt)),
        )
        widths = [_natural_width(i, column, cells, look) for i, column in enumerate(columns)]
        left = RIGHT_PT - LEFT_PT - sum(widths)
        if left >= look.stretch_min_pt:
            break
    return look, [left if c.stretches else width for c, width in zip(columns, widths, strict=True)]


def _natural_width(index: int, column: Column, cells: Sequence[Sequence[Line]], look: TableLook) -> float:
    if column.stretches:
        return 0.0
    widest = max([line[index].width_pt(look.cell.size_pt) for line in cells], default=0.0)
    return min(max(widest, look.heading.width_pt(column.title)), column.width_max_pt) + GAP_PT


def _inner(width: float, look: TableLook) -> float:
    return max(width - GAP_PT, look.cell.size_pt)


def _stretching(columns: Sequence[Column]) -> int:
    return next(i for i, column in enumerate(columns) if column.stretches)


def _note_lines(
    columns: Sequence[Column], widths: Sequence[float], note: str, look: TableLook
) -> tuple[Line, ...]:
    if not note:
        return ()
    return look.note.lines(note, _inner(widths[_stretching(columns)], look), NOTE_LINES_MAX)


def _row_height(
    columns: Sequence[Column], cells: Sequence[tuple[Line, ...]], note: tuple[Line, ...], look: TableLook
) -> float:
    tallest = max(map(len, cells)) * look.cell.leading_pt
    if note:
        words = len(cells[_stretching(columns)]) * look.cell.leading_pt
        tallest = max(tallest, words + len(note) * look.note.leading_pt)
    return tallest + 2 * PADDING_PT


def _heading_height(look: TableLook) -> float:
    return look.heading.leading_pt + 2 * PADDING_PT


def _draw_heading(
    sheets: Sheets, columns: Sequence[Column], widths: Sequence[float], look: TableLook
) -> None:
    height = _heading_height(look)
    sheets.rect(LEFT_PT, sheets.y, RIGHT_PT - LEFT_PT, height, look.heading_fill)
    titles = [(look.heading.line(column.title),) for column in columns]
    _draw_cells(sheets, columns, widths, titles, look.heading)
    sheets.y += height


def _draw_cells(
    sheets: Sheets,
    columns: Sequence[Column],
    widths: Sequence[float],
    cells: Sequence[tuple[Line, ...]],
    style: Style,
) -> None:
    """Write one row: words from the left of their column, numbers to its right."""
    x = LEFT_PT
    for column, width, lines in zip(columns, widths, cells, strict=True):
        if column.numeric:
            sheets.write_right(lines[0], x + width - GAP_PT / 2, sheets.y + PADDING_PT, style)
        else:
            sheets.write_lines(lines, x + GAP_PT / 2, sheets.y + PADDING_PT, style)
        x += width


def _draw_note(
    sheets: Sheets,
    columns: Sequence[Column],
    widths: Sequence[float],
    cells: Sequence[tuple[Line, ...]],
    note: tuple[Line, ...],
    look: TableLook,
) -> None:
    if note:
        at = _stretching(columns)
        y = sheets.y + PADDING_PT + len(cells[at]) * look.cell.leading_pt
        sheets.write_lines(note, LEFT_PT + sum(widths[:at]) + GAP_PT / 2, y, look.note)
