"""Mails as a browser shows them: like their kept pictures, and never wider than the window."""

from functools import cache

import pytest
from PIL import Image, ImageChops, ImageStat

from bursar.rules.consequences import MailKind
from tests.emails import looks
from tests.emails.examples import LEAST, MOST, USUAL, composed, html_of

HEIGHT_OFF_MAX = 0.12
"""Other fonts break lines elsewhere."""
GREY_OFF_MAX = 12.0
"""Of 255, on average, at a sixteenth of the size: what moved is seen, how letters end is not."""

with_browser = pytest.mark.skipif(looks.browser() is None, reason="no Chromium here to look with")


@cache
def shown(width):
    return looks.pictures(looks.usual_pages(), width)


@pytest.mark.parametrize("width", looks.WIDTHS)
@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_has_a_picture_of_that_width(kind, width):
    with Image.open(looks.picture_of(kind, width)) as kept:
        assert kept.width == width


def test_no_picture_is_of_a_mail_that_is_gone():
    expected = {looks.picture_of(kind, width).name for kind in MailKind for width in looks.WIDTHS}

    assert {file.name for file in looks.PICTURES.iterdir()} == expected


@with_browser
@pytest.mark.parametrize("width", looks.WIDTHS)
@pytest.mark.parametrize("kind", MailKind)
def test_a_mail_looks_as_its_picture(kind, width):
    with Image.open(looks.picture_of(kind, width)) as file:
        kept = file.convert("L")
    now = shown(width)[kind].convert("L")

    assert abs(now.height - kept.height) <= HEIGHT_OFF_MAX * kept.height
    size = (width // 4, kept.height // 4)
    off = ImageStat.Stat(ImageChops.difference(now.resize(size), kept.resize(size))).mean[0]
    assert off <= GREY_OFF_MAX, f"{off:.1f}; python -m tests.emails.looks keeps what is meant"


@with_browser
@pytest.mark.parametrize("examples", [LEAST, USUAL, MOST], ids=["least", "usual", "most"])
def test_no_mail_is_wider_than_a_phone(examples):
    pages = [html_of(composed(kind, examples[kind])) for kind in MailKind]

    wide = [width for width, _ in looks.sizes(pages, 375)]

    assert dict(zip(MailKind, wide, strict=True)) == dict.fromkeys(MailKind, 375)
