"""How many documents go into one file, what the files are, and what stands in their list."""

import re
from enum import StrEnum

DOCUMENTS_MAX = 1000
"""Documents in one file: about 36 MB of a ZIP, which mail servers and old tools still take."""


class BundleFormat(StrEnum):
    """What a bundle is made of."""

    ZIP = "zip"
    """The stored bytes as they are, with a manifest."""
    PDF = "pdf"
    """One file to print, drawn again from what was frozen, with an outline."""


_ELSE = re.compile(r"[^A-Za-z0-9-]")
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet may take for a formula's begin, full-width forms included (OWASP, CSV Injection)."""


def spreadsheet_text(text: str) -> str:
    """The text as a cell that no spreadsheet runs: an apostrophe before whatever could begin a formula.

    Spaces in front are looked through, for some programs drop them.
    """
    return f"'{text}" if text.lstrip(" ")[:1] in _FORMULA else text


def file_name(kind: str, number: str | None, digest: str, version: int) -> str:
    """Name a document for a folder: its kind and number, never a word that a person chose.

    Numbers have characters of `[A-Za-z0-9/-]` only (India, CGST Rules 2017, Rule 46(b)); others are left out.
    """
    named = _ELSE.sub("", (number or "").replace("/", "-")).strip("-")
    again = f"-v{version}" if version > 1 else ""
    return f"{kind}-{named or digest[:12]}{again}.pdf"
