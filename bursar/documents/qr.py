"""The squares of a QR code (ISO/IEC 18004). ReportLab's encoder does the arithmetic; nothing here draws."""

from typing import Any

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel

from bursar.errors import Refused

BYTES_MAX = 512
"""Bytes of one code. A payment link has a hundred; above five hundred a telephone no longer reads it."""
_MASK = 2
"""The best of eight masks costs eight encodings, ten milliseconds; every reader undoes whichever is used."""

Squares = tuple[tuple[int, int, int], ...]
"""Dark squares as (row, first column, how many side by side)."""


class CodeTooLong(Refused):
    """A text is longer than a QR code on paper can hold; shorten the link."""


def qr_squares(text: str) -> tuple[int, Squares]:
    """Encode a text and give how many squares a side has, and which are dark. Raises CodeTooLong."""
    length = len(text.encode())
    if length > BYTES_MAX:
        raise CodeTooLong(f"the text of a QR code has {length} bytes, at most {BYTES_MAX} can be scanned")
    code: Any = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(QR8bitByte(text))
    code.version = code.calculate_version()
    code.makeImpl(False, _MASK)
    rows: list[list[bool]] = code.modules
    return code.moduleCount, tuple(run for number, row in enumerate(rows) for run in _runs(number, row))


def _runs(number: int, row: list[bool]) -> list[tuple[int, int, int]]:
    """Join neighbours: a third of the squares, and no hairlines between them."""
    marks = "".join("#" if dark else " " for dark in row)
    runs: list[tuple[int, int, int]] = []
    start = marks.find("#")
    while start >= 0:
        end = marks.find(" ", start)
        end = len(marks) if end < 0 else end
        runs.append((number, start, end - start))
        start = marks.find("#", end)
    return runs
