"""How answers look: tables on a terminal, plain aligned text in a pipe, JSON when asked. No database."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Cell = object

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters and direction overrides: what gateways and mails say must not drive a terminal."""
_STYLES = {
    "dead": "bold red",
    "broken": "bold red",
    "pending": "yellow",
    "running": "cyan",
    "done": "green",
    "holds": "green",
    "ignored": "dim",
}
_GAP = "  "
WIDE = 180
"""Columns of a terminal from which everything has room beside each other."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column, and what becomes of it on a narrow terminal."""

    name: str
    right: bool = False
    whole: bool = False
    """Never broken over lines: ids and times are copied."""
    wide_only: bool = False
    under: str | None = None
    """On a narrow terminal its text stands below that of this column."""
    below: int = WIDE
    """Fewer columns of a terminal than these are narrow for it."""

    def is_folded(self, width: int) -> bool:
        """Whether it has no room of its own on a terminal of this width."""
        return width < self.below and (self.wide_only or self.under is not None)


def print_json(value: object) -> None:
    """One JSON value on a line of its own."""
    import orjson

    _write(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


def print_csv(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Rows for a spreadsheet: numbers as they are, and no text that it would take for a formula."""
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([csv_cell(cell) for cell in row] for row in rows)


def csv_cell(value: Cell) -> Cell:
    """A value for a spreadsheet: numbers stay numbers, no text becomes a formula."""
    from bursar.rules.bundles import spreadsheet_text

    if value is None or isinstance(value, int | float):
        return value
    return spreadsheet_text(cell_text(value))


def columns(*names: str) -> list[Column]:
    """Plain columns; an id is never broken."""
    return [Column(name, whole=name in {"id", "UTC", "name"}) for name in names]


def print_table(shape: Sequence[Column], rows: Iterable[Sequence[Cell]], *, empty: str = "nothing") -> None:
    """A table. Says `empty` when there is nothing to show."""
    shown = [[cell_text(cell) for cell in row] for row in rows]
    if not shown:
        _write(empty)
    elif sys.stdout.isatty():
        _rich_table(shape, shown)
    else:
        _plain_table(shape, shown)


def print_fields(fields: Mapping[str, Cell]) -> None:
    """Names and values, one per line; absent values are left out."""
    kept = {name: cell_text(value) for name, value in fields.items() if value is not None}
    width = max(map(len, kept), default=0)
    for name, value in kept.items():
        print_line(f"{name:<{width}}{_GAP}{value}")


def print_heading(text: str) -> None:
    """A line that stands above others."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.text import Text

        Console(highlight=False).print(Text(safe_text(text), style="bold"))
    else:
        _write(safe_text(text))


def print_line(text: str) -> None:
    """One line as it is, without anything that could drive the terminal."""
    _write(safe_text(text))


def cell_text(value: Cell) -> str:
    """A value as a cell shows it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return str(value.isoformat(sep=" ", timespec="seconds")).replace("+00:00", "Z")
    return safe_text(str(value))


def safe_text(text: str) -> str:
    """The text with control characters shown instead of obeyed."""
    return _UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def plural(count: int, noun: str) -> str:
    """`1 event`, `2 events`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _rich_table(shape: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    kept = [at for at, column in enumerate(shape) if not column.is_folded(console.width)]
    for at in kept:
        table.add_column(shape[at].name, justify=_side(shape[at]), no_wrap=shape[at].whole)
    for row in rows:
        cells = {shape[at].name: Text(row[at], style=_STYLES.get(row[at], "")) for at in kept}
        for column, cell in zip(shape, row, strict=True):
            if column.under and column.is_folded(console.width) and cell:
                cells[column.under].append(f"\n{cell}", style="dim")
        table.add_row(*cells.values())
    console.print(table)


def _side(column: Column) -> Literal["left", "right"]:
    return "right" if column.right else "left"


def _plain_table(shape: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    lines = [[column.name for column in shape], *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(shape))]
    for line in lines:
        cells = [
            cell.rjust(width) if column.right else cell.ljust(width)
            for column, cell, width in zip(shape, line, widths, strict=True)
        ]
        _write(_GAP.join(cells).rstrip())


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
