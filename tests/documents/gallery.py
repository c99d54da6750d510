"""Draws every sample paper into docs/samples: `make samples`. A test compares them with what is drawn.

PDFium draws them, so the pictures depend on nothing that is installed on a machine.
"""

from io import BytesIO
from pathlib import Path

import pypdfium2

from bursar.documents.render import render
from tests.documents.samples import SAMPLES

FOLDER = Path(__file__).parents[2] / "docs" / "samples"
THEMES = Path(__file__).parent / "themes"
DPI = 80
"""Enough to read every line, and a few dozen kilobytes a sheet."""
SHOWN = {"invoice-long": (0, 1, -1)}
"""Sheets of long papers that are shown; of all others every one."""


def paper(name):
    """The finished file of a sample."""
    return render(SAMPLES[name](), THEMES).pdf


def sheets(pdf, numbers=None):
    """Draw sheets of a file, all by default."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        wanted = range(len(document)) if numbers is None else [n % len(document) for n in numbers]
        return [document[n].render(scale=DPI / 72).to_pil().convert("RGB") for n in wanted]
    finally:
        document.close()


def pictures(name):
    """The pictures of a sample by their file names."""
    drawn = sheets(paper(name), SHOWN.get(name))
    return {f"{name}-{n}.png": picture for n, picture in enumerate(drawn, start=1)}


def encoded(picture):
    """A picture as small as PNG makes it without losing a shade that anybody sees."""
    buffer = BytesIO()
    picture.quantize(128, dither=0).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for each in SAMPLES:
        for file_name, drawn in pictures(each).items():
            (FOLDER / file_name).write_bytes(encoded(drawn))
