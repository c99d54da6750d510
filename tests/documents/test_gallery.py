"""The pictures of docs/samples are what the code draws, and the papers say what they must."""

from io import BytesIO
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops

from bursar.documents.render import render
from bursar.rules.money_text import money_text
from tests.documents.gallery import FOLDER, THEMES, encoded, paper, pictures, sheets
from tests.documents.receipts import page_texts, read, words
from tests.documents.samples import SAMPLES

SHADE_MAX = 64
"""Of 255: what rounding may do to the edge of a letter. A letter that is another differs by 150."""


@pytest.mark.parametrize("name", SAMPLES)
def test_every_picture_of_the_gallery_is_what_is_drawn_now(name):
    for file_name, drawn in pictures(name).items():
        kept = Image.open(FOLDER / file_name).convert("RGB")

        assert kept.size == drawn.size, f"{file_name}: run `make samples` and look at it"
        difference = ImageChops.difference(kept, Image.open(BytesIO(encoded(drawn))).convert("RGB"))
        worst = max(high for _, high in difference.getextrema())
        assert worst <= SHADE_MAX, f"{file_name} changed: run `make samples` and look at it"


def test_the_gallery_shows_every_sample_and_nothing_else():
    drawn = {file_name for name in SAMPLES for file_name in pictures(name)}
    page = (FOLDER / "README.md").read_text()

    assert {path.name for path in FOLDER.glob("*.png")} == drawn
    assert all(f"({file_name})" in page for file_name in drawn)


@pytest.mark.parametrize("name", SAMPLES)
def test_number_total_and_labels_can_be_found_in_every_paper(name):
    snapshot, text = SAMPLES[name](), words(paper(name))

    assert "".join(snapshot.number.split()) in text
    total = next(
        getattr(snapshot, field)
        for field in ("total_minor", "closing_minor", "amount_minor")
        if hasattr(snapshot, field)
    )
    assert money_text(total, snapshot.currency, snapshot.locale) in text
    for line in snapshot.lines:
        label = getattr(line, "component", None) or line.description
        if label.isascii():
            assert "".join(label.split()) in text


def test_twelve_sheets_are_numbered_headed_and_add_nothing_twice():
    texts = page_texts(paper("invoice-long"))

    assert len(texts) == 12
    for number, text in enumerate(texts, start=1):
        assert f"INV/26-27/000204 · Page {number} of 12" in text
        assert "SAC/HSN" in text
    assert ["₹25,78,565.65" in text for text in texts] == [True] + [False] * 10 + [True]


def test_the_code_on_the_paper_is_read_by_a_scanner():
    (sheet, *_) = sheets(paper("invoice-cum-bill-of-supply"))

    (found,) = zxingcpp.read_barcodes(sheet)

    assert found.text == SAMPLES["invoice-cum-bill-of-supply"]().pay.qr


def test_the_way_to_pay_can_be_clicked_and_leads_where_the_snapshot_says():
    snapshot = SAMPLES["invoice-cum-bill-of-supply"]()

    links = [
        each.get_object()["/A"]["/URI"]
        for each in read(paper("invoice-cum-bill-of-supply")).pages[0]["/Annots"]
    ]

    assert set(links) == {snapshot.pay.url, snapshot.verify_url}
    assert all(urlsplit(link).scheme == "https" for link in links)


def test_a_paper_in_three_scripts_is_read_in_the_order_of_reading():
    document = pypdfium2.PdfDocument(paper("invoice-scripts"))
    text = document[0].get_textpage().get_text_bounded()

    for expected in (
        "विद्यार्थी १",
        "شارع الملك فيصل",
        "رسوم الدراسة",
        "Opłata za świetlicę, źródła i",
        "Łódź",
    ):
        assert expected in text
    document.close()


def test_amounts_are_grouped_in_lakhs_and_crores():
    text = words(paper("invoice-scripts"))

    assert "₹12,34,56,789.00" in text
    assert "₹12,35,18,389.00" in text


def test_only_the_one_letter_without_a_font_is_counted():
    assert render(SAMPLES["invoice-scripts"](), THEMES).missing_glyphs == 1
    assert render(SAMPLES["invoice-cum-bill-of-supply"](), THEMES).missing_glyphs == 0
