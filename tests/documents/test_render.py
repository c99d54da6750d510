import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.documents.render import RENDERER_VERSION, render
from bursar.rules.money_text import LocaleRefused, money_text
from tests.documents.receipts import INVOICE, SCHOOL_FEES, make_line, make_receipt, page_texts, read, words


def test_a_school_receipt_says_who_paid_what_for_what():
    rendered = render(make_receipt())

    (text,) = page_texts(rendered.pdf)
    for expected in (
        *("RECEIPT", "RCT/26-27/000042", "Greenfield Public School", "14 Lake Road", "Student 1"),
        *("Roll no. 7B-014", "3 August 2026", "₹61,000.00", INVOICE, *SCHOOL_FEES),
        *(
            "₹45,000.00",
            "₹6,000.00",
            "₹4,000.00",
            "₹2,000.00",
            "₹0.00",
            "Razorpay",
            "UPI",
            "pay_SampleRef00001",
        ),
        *("Invoice", "Component", "Charged", "Paid before", "Paid now", "Balance", "Page 1 of 1"),
    ):
        assert expected in text
    assert rendered.pages == 1
    assert rendered.missing_glyphs == 0


def test_a_track_receipt_in_dollars_reads_like_one():
    lines = [make_line("Data engineering track", 499_00, invoice="TRK-2026-0007")]
    rendered = render(make_receipt(lines, currency="USD", locale="en_US", method=None))

    (text,) = page_texts(rendered.pdf)
    assert "$499.00" in text
    assert "Data engineering track" in text
    assert "Method" not in text


def test_credit_and_balance_are_shown_as_the_snapshot_has_them():
    lines = [make_line("Tuition", 45_000_00, paid_now_minor=20_000_00, paid_before_minor=10_000_00)]
    rendered = render(make_receipt(lines, credit_minor=123_45, invoice_balance_minor=77_777_00))

    (text,) = page_texts(rendered.pdf)
    assert "Kept as credit ₹123.45" in text
    assert "Amount received ₹20,123.45" in text
    assert "Balance on these invoices ₹77,777.00" in text
    assert "₹10,000.00 ₹20,000.00 ₹15,000.00" in text


def test_a_payment_that_met_no_invoice_is_all_credit():
    (text,) = page_texts(render(make_receipt([], credit_minor=500_00)).pdf)

    assert "Kept as credit ₹500.00" in text


def test_a_receipt_without_credit_does_not_mention_it():
    assert "credit" not in page_texts(render(make_receipt()).pdf)[0]


@pytest.mark.parametrize("test_mode", [True, False])
def test_only_test_money_is_marked_as_such_on_every_page(test_mode):
    lines = [make_line(f"Fee {i}", 100) for i in range(60)]
    texts = page_texts(render(make_receipt(lines, test_mode=test_mode)).pdf)

    assert len(texts) > 1
    for text in texts:
        assert ("TEST" in text) is test_mode
        assert ("no real money" in text) is test_mode


def test_every_page_of_a_long_receipt_can_be_put_back_in_its_place():
    lines = [make_line(f"Fee {i}", 1_000_00 + i) for i in range(90)]
    rendered = render(make_receipt(lines))

    texts = page_texts(rendered.pdf)
    assert len(texts) == rendered.pages > 2
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert "RCT/26-27/000042" in text
        assert "Greenfield Public School" in text
    assert all("Paid before" in text for text in texts[:-1])


def test_totals_and_payment_details_stay_on_one_page_for_every_length():
    for count in range(10, 30):
        texts = page_texts(render(make_receipt([make_line("Fee", 100)] * count)).pdf)

        assert "Payment details" in texts[-1]
        assert f"Amount received {money_text(count * 100, 'INR')}" in texts[-1]


@settings(max_examples=40, deadline=None)
@given(customer_name=st.text(max_size=400), component=st.text(max_size=400), count=st.integers(1, 120))
def test_any_name_and_any_number_of_lines_make_a_receipt(customer_name, component, count):
    lines = [make_line(component, 1_000_00 + i) for i in range(count)]
    snapshot = make_receipt(lines, customer_name=customer_name)

    rendered = render(snapshot)

    text = words(rendered.pdf)
    assert snapshot.number in text
    assert money_text(snapshot.amount_minor, "INR") in text
    assert all(money_text(line.due_minor, "INR") in text for line in lines)


@settings(max_examples=25, deadline=None)
@given(counts=st.lists(st.integers(1, 120), min_size=2, max_size=4).map(sorted))
def test_more_lines_never_make_fewer_pages_and_no_component_is_lost(counts):
    pages = []
    for count in counts:
        lines = [make_line(f"Component-{i:03}.", 100 + i) for i in range(count)]
        rendered = render(make_receipt(lines))
        pages.append(rendered.pages)
        text = words(rendered.pdf)
        assert all(line.component in text for line in lines)

    assert pages == sorted(pages)


@settings(max_examples=25, deadline=None)
@given(due_minor=st.integers(1, 10**13), currency=st.sampled_from(["INR", "USD", "JPY", "KWD", "CHF"]))
def test_an_amount_is_never_cut_or_broken(due_minor, currency):
    snapshot = make_receipt([make_line("Tuition", due_minor)], currency=currency)

    text = words(render(snapshot).pdf)

    assert text.count("".join(money_text(due_minor, currency).split())) == 4


_MARKUP = "<para><img src='http://example.invalid/x.png'/><b>Student</b> & \\(1\\) %s {0} </para>"


def test_markup_in_a_name_is_drawn_as_it_is_written():
    rendered = render(make_receipt([make_line(_MARKUP, 100)], customer_name=_MARKUP))

    text = words(rendered.pdf)
    assert text.count("".join(_MARKUP.split())) == 2
    assert not any("/Annots" in page or "/XObject" in page["/Resources"] for page in read(rendered.pdf).pages)


def test_direction_and_control_characters_never_reach_the_paper():
    rendered = render(make_receipt(customer_name="Stu\u202edent\u2066 \u200f1\x00\x1b[31m\ufeff\u00ad"))

    assert "Student 1[31m" in page_texts(rendered.pdf)[0]
    assert rendered.missing_glyphs == 0


def test_a_character_that_no_font_has_is_shown_as_a_box_and_counted():
    rendered = render(make_receipt(customer_name="Student 李 🎓"))

    assert "Student □ □" in page_texts(rendered.pdf)[0]
    assert rendered.missing_glyphs == 2


def test_letters_outside_the_prepared_alphabet_are_drawn_all_the_same():
    rendered = render(make_receipt(customer_name="Ľubomír Ğüneş Ħål Őrs Țepeș → 5 − 3 ✓"))

    assert words(rendered.pdf).count("ĽubomírĞüneşHål".replace("H", "Ħ") + "ŐrsȚepeș→5−3✓") == 1
    assert rendered.missing_glyphs == 0


def test_every_letter_of_our_latin_fonts_can_be_drawn_and_read_back():
    letters = "".join(
        map(chr, [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x180), *range(0x20A0, 0x20C0)])
    )
    lines = [make_line(letters[i : i + 40], 100) for i in range(0, len(letters), 40)]

    rendered = render(make_receipt(lines))

    assert rendered.missing_glyphs == 0
    text = words(rendered.pdf)
    assert all(line.component in text for line in lines)


def test_a_devanagari_name_can_be_copied_and_searched():
    rendered = render(make_receipt(customer_name="विद्यार्थी १", locale="hi_IN"))

    content = read(rendered.pdf).pages[0].get_contents().get_data()
    for word in ("विद्यार्थी", "१"):
        assert b"/ActualText <FEFF" + word.encode("utf-16-be").hex().upper().encode() + b">" in content
    assert rendered.missing_glyphs == 0


def test_the_metadata_names_the_document_its_language_and_its_date():
    pdf = read(render(make_receipt()).pdf)

    assert pdf.metadata.title == "Receipt RCT/26-27/000042"
    assert pdf.metadata.author == "Greenfield Public School"
    assert pdf.metadata.creation_date.date() == date(2026, 8, 3)
    assert pdf.trailer["/Root"]["/Lang"] == "en-IN"
    assert pdf.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]


def test_every_font_is_embedded():
    pdf = read(render(make_receipt(customer_name="विद्यार्थी → 李")).pdf)

    fonts = [font.get_object() for font in pdf.pages[0]["/Resources"]["/Font"].values()]
    assert len(fonts) >= 4
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_money_in_a_locale_we_cannot_write_is_refused():
    with pytest.raises(LocaleRefused):
        render(make_receipt(locale="de_DE"))


def test_the_renderer_version_fits_its_column():
    assert RENDERER_VERSION.startswith("bursar-2 reportlab-")
    assert len(RENDERER_VERSION) <= 100


_PRINT_HASHES = """
import hashlib
from bursar.documents.render import render
from tests.documents.receipts import make_receipt
names = {names!r}
files = {{name: render(make_receipt(customer_name=name)).pdf for name in names}}
print(*(hashlib.sha256(files[name]).hexdigest() for name in sorted(names)))
"""


def test_the_same_snapshot_is_the_same_file_in_every_process_and_after_any_other():
    names = ["विद्यार्थी १", "श्रीकृष्ण क्षत्रिय", "Student 1", "Ľubomír → 李"]
    here = [hashlib.sha256(render(make_receipt(customer_name=n)).pdf).hexdigest() for n in sorted(names)]

    for seed, zone, epoch, order in [("0", "UTC", "", names), ("77", "Asia/Kolkata", "86400", names[::-1])]:
        environment = {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "SOURCE_DATE_EPOCH": epoch,
            "PYTHONPATH": str(Path.cwd()),
        }
        script = _PRINT_HASHES.format(names=order)
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == here
