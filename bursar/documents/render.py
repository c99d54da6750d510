"""From a snapshot to a file: the one door through which documents are made.

It reads no clock, no setting and no database, so a snapshot rendered twice in one theme is the same file.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import reportlab

from bursar.documents.canvas import draw
from bursar.documents.credit_note import CreditNoteSnapshot
from bursar.documents.credit_note_layout import lay_out_credit_note
from bursar.documents.display import DisplayList
from bursar.documents.invoice import InvoiceSnapshot
from bursar.documents.invoice_layout import lay_out_invoice
from bursar.documents.receipt import ReceiptSnapshot
from bursar.documents.receipt_layout import lay_out_receipt
from bursar.documents.snapshot import Snapshot, SnapshotUnreadable, schema_of
from bursar.documents.statement import StatementSnapshot
from bursar.documents.statement_layout import lay_out_statement
from bursar.documents.theme import Theme, load_theme
from bursar.documents.typefaces import shaper_version
from bursar.errors import Refused

LAYOUT_VERSION = 2
"""Ours: raised whenever the same snapshot would give other bytes."""
PAGES_MAX = 200
"""Pages of one file. Two thousand lines need seventy; a paper with more has lines of pages each."""

RENDERER_VERSION = " ".join(
    [
        f"bursar-{LAYOUT_VERSION}",
        f"reportlab-{reportlab.Version}",
        f"harfbuzz-{shaper_version()}",
        f"zlib-{zlib.ZLIB_RUNTIME_VERSION}",
    ]
)
"""Everything that decides the bytes, but for the theme: see Rendered.version."""

_LAYOUTS: dict[type[Snapshot], Callable[[Any, Theme], DisplayList]] = {
    InvoiceSnapshot: lay_out_invoice,
    CreditNoteSnapshot: lay_out_credit_note,
    StatementSnapshot: lay_out_statement,
    ReceiptSnapshot: lay_out_receipt,
}
_SHAPES: dict[str, type[Snapshot]] = {shape.SCHEMA: shape for shape in _LAYOUTS}

AnySnapshot = InvoiceSnapshot | CreditNoteSnapshot | StatementSnapshot | ReceiptSnapshot


class TooManyPages(Refused):
    """A paper would have more pages than anybody reads; split it in two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A finished file. `missing_glyphs` counts the □ on its pages: characters that none of our fonts has.

    `version` names everything that decided the bytes: a stored document equals its re-render only where this
    is equal.
    """

    pdf: bytes
    pages: int
    missing_glyphs: int
    version: str


def render(snapshot: AnySnapshot, themes: Path | None = None) -> Rendered:
    """Render a paper as PDF in the theme that it names; `themes` is the folder of the seller's own.

    Raises as `lay_out` does.
    """
    theme = load_theme(snapshot.theme, themes)
    display = lay_out(snapshot, theme)
    return Rendered(
        pdf=draw(display),
        pages=len(display.pages),
        missing_glyphs=display.missing_glyphs,
        version=f"{RENDERER_VERSION} theme-{theme.fingerprint}" if theme.fingerprint else RENDERER_VERSION,
    )


def lay_out(snapshot: AnySnapshot, theme: Theme) -> DisplayList:
    """The pages of a paper, for who draws several into one file.

    Raises LocaleRefused when money cannot be written in its locale, TooManyPages, CodeTooLong, and
    Misconfigured when its theme is not there or wrong.
    """
    display = _LAYOUTS[type(snapshot)](snapshot, theme)
    if len(display.pages) > PAGES_MAX:
        raise TooManyPages(f"{snapshot.number} would have {len(display.pages)} pages, at most {PAGES_MAX}")
    return display


def read_snapshot(data: bytes) -> AnySnapshot:
    """Read a stored snapshot of any kind. Raises SnapshotUnreadable."""
    schema = schema_of(data)
    shape: Any = _SHAPES.get(schema)
    if shape is None:
        raise SnapshotUnreadable(f"no paper has the schema {schema!r}; this version knows {sorted(_SHAPES)}")
    snapshot: AnySnapshot = shape.from_json(data)
    return snapshot
