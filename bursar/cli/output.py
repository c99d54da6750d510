"""How answers look: tables on a terminal, plain aligned text in a pipe, JSON when asked. No database."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence

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


def print_json(value: object) -> None:
    """One JSON value on a line of its own."""
    import orjson

    _write(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    right: Sequence[str] = (),
    empty: str = "nothing",
) -> None:
    """A table; columns named in `right` hold numbers. Says `empty` when there is nothing to show."""
    shown = [[cell_text(cell) for cell in row] for row in rows]
    if not shown:
        _write(empty)
    elif sys.stdout.isatty():
        _rich_table(columns, shown, right)
    else:
        _plain_table(columns, shown, right)


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
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ", timespec="seconds")).replace("+00:00", "Z")
    return safe_text(str(value))


def safe_text(text: str) -> str:
    """The text with control characters shown instead of obeyed."""
    return _UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def plural(count: int, noun: str) -> str:
    """`1 event`, `2 events`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        identifier = column == "id" or column in right
        table.add_column(column, justify="right" if column in right else "left", no_wrap=identifier)
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    Console(highlight=False).print(table)


def _plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> None:
    lines = [list(columns), *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, cell, width in zip(columns, line, widths, strict=True)
        ]
        _write(_GAP.join(cells).rstrip())


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
