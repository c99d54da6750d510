"""How mails look in a browser; `python -m tests.emails.looks` makes the pictures in docs/samples/mails."""

import html
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from bursar.rules.consequences import MailKind
from tests.emails.examples import USUAL, composed, html_of
from tests.support.processes import ROOT

PICTURES = ROOT / "docs/samples/mails"
WIDTHS = (375, 700)
"""Pixels: a phone held upright, and the reading pane of a desktop."""
_GAP = 20
_HEIGHT = 2400
_COLOURS = 64
_SHEET = """<!doctype html><meta charset="utf-8">
<body style="margin:0;background:#fff;white-space:nowrap">{frames}
<script>onload = () => {{
  const sizes = [...document.querySelectorAll("iframe")].map(
    (frame) => [frame.contentDocument.documentElement.scrollWidth, frame.contentDocument.body.scrollHeight]);
  document.body.dataset.sizes = JSON.stringify(sizes);
}}</script>"""
_FRAME = '<iframe srcdoc="{page}" width="{width}" height="{height}" scrolling="no" style="{style}"></iframe>'


def browser() -> str | None:
    """The Chromium of this machine, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def sizes(pages: list[str], width: int) -> list[tuple[int, int]]:
    """How wide and high each page becomes in a window of this width."""
    with tempfile.TemporaryDirectory() as folder:
        told = _run(_sheet(pages, width, Path(folder)), "--dump-dom")
    found = re.search(r'data-sizes="([^"]*)"', told)
    assert found, told[-500:]
    return [tuple(each) for each in json.loads(html.unescape(found[1]))]


def pictures(pages: Mapping[MailKind, str], width: int) -> dict[MailKind, Image.Image]:
    """Each page as it looks in a window of this width, as high as it is."""
    heights = [height for _, height in sizes(list(pages.values()), width)]
    with tempfile.TemporaryDirectory() as folder:
        sheet = _sheet(list(pages.values()), width, Path(folder))
        shot = Path(folder) / "shot.png"
        window = f"--window-size={len(pages) * (width + _GAP)},{_HEIGHT}"
        _run(sheet, window, f"--screenshot={shot}")
        with Image.open(shot) as whole:
            found = whole.convert("RGB")
    columns = [n * (width + _GAP) for n in range(len(pages))]
    boxes = [(x, 0, x + width, min(height, _HEIGHT)) for x, height in zip(columns, heights, strict=True)]
    return {kind: found.crop(box) for kind, box in zip(pages, boxes, strict=True)}


def picture_of(kind: MailKind, width: int) -> Path:
    """Where the picture of a mail is kept."""
    return PICTURES / f"{kind.value}-{width}.png"


def usual_pages() -> dict[MailKind, str]:
    """The HTML of a usual mail of every kind."""
    return {kind: html_of(composed(kind, USUAL[kind])) for kind in MailKind}


def _sheet(pages: list[str], width: int, folder: Path) -> Path:
    style = f"border:0;margin:0 {_GAP}px 0 0;vertical-align:top"
    frames = "".join(
        _FRAME.format(page=html.escape(page), width=width, height=_HEIGHT, style=style) for page in pages
    )
    sheet = folder / "sheet.html"
    sheet.write_text(_SHEET.format(frames=frames), encoding="utf-8")
    return sheet


def _run(page: Path, *options: str) -> str:
    # One process, no sandbox: it shows our own page, and containers rarely allow one.
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *options]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, check=True, timeout=120)
    return done.stdout.decode()


def _make() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        for kind, shown in pictures(usual_pages(), width).items():
            shown.quantize(_COLOURS).save(picture_of(kind, width), optimize=True)


if __name__ == "__main__":
    _make()
