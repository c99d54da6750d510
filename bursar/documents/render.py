"""From a snapshot to a file: the one door through which documents are made.

It reads no clock, no setting and no database, so a snapshot rendered twice is the same file twice.
"""

import zlib
from dataclasses import dataclass

import reportlab

from bursar.documents.canvas import draw
from bursar.documents.receipt import ReceiptSnapshot
from bursar.documents.receipt_layout import lay_out_receipt
from bursar.documents.typefaces import shaper_version

LAYOUT_VERSION = 1
"""Ours: raised whenever the same snapshot would give other bytes."""

RENDERER_VERSION = " ".join(
    [
        f"bursar-{LAYOUT_VERSION}",
        f"reportlab-{reportlab.Version}",
        f"harfbuzz-{shaper_version()}",
        f"zlib-{zlib.ZLIB_RUNTIME_VERSION}",
    ]
)
"""Everything that decides the bytes: a stored document equals its re-render only where this is equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A finished file. `missing_glyphs` counts the □ on its pages: characters that none of our fonts has."""

    pdf: bytes
    pages: int
    missing_glyphs: int


def render_receipt(snapshot: ReceiptSnapshot) -> Rendered:
    """Render a receipt as PDF. Raises LocaleRefused when money cannot be written in its locale."""
    display = lay_out_receipt(snapshot)
    return Rendered(pdf=draw(display), pages=len(display.pages), missing_glyphs=display.missing_glyphs)
