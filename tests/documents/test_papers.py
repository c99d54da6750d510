import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.documents.billing import TaxRow, WaysToPay
from bursar.documents.invoice import InvoiceKind
from bursar.documents.invoice_layout import TITLES
from bursar.documents.paper import LINES_MAX, Labelled, Party, Stamp
from bursar.documents.qr import BYTES_MAX, CodeTooLong, qr_squares
from bursar.documents.render import PAGES_MAX, TooManyPages, read_snapshot, render
from bursar.documents.snapshot import SnapshotUnreadable
from bursar.rules.money_text import money_text
from tests.documents.bills import (
    PAY,
    make_billed_line,
    make_credit_note,
    make_invoice,
    make_payment,
    make_statement,
)
from tests.documents.gallery import sheets
from tests.documents.receipts import make_receipt, page_texts, read, words

MAKERS = [make_invoice, make_credit_note, make_statement, make_receipt]
HOSTILE = (
    "<para><b>x</b><img src='http://example.invalid/x.png'/><a href='file:///etc/passwd'>y</a> (\\) %PDF {0}"
)


@pytest.mark.parametrize("make", MAKERS)
def test_a_stored_snapshot_of_any_kind_is_drawn_from_its_bytes_alone(make):
    snapshot = make()

    assert render(read_snapshot(snapshot.to_json())) == render(snapshot)


def test_bytes_of_no_paper_are_not_believed():
    with pytest.raises(SnapshotUnreadable, match=r"invoice/1.*receipt/1"):
        read_snapshot(b'{"schema": "poem/1"}')


@pytest.mark.parametrize("kind", InvoiceKind)
def test_every_kind_of_invoice_says_what_it_is(kind):
    text = words(render(make_invoice(kind=kind)).pdf)

    assert "".join(TITLES[kind].split()) in text
    assert ("notataxinvoice" in text) is (kind is InvoiceKind.FEE_NOTICE)


@pytest.mark.parametrize("stamp", Stamp)
@pytest.mark.parametrize("make", [make_invoice, make_credit_note, make_statement])
def test_a_stamp_is_seen(make, stamp):
    plain, stamped = (render(make(stamps=stamps)).pdf for stamps in ((), (stamp,)))

    assert stamp.value.upper() in words(stamped)
    assert stamp.value.upper() not in words(plain)


def test_stamps_that_change_what_a_paper_is_worth_are_on_every_sheet():
    lines = [make_billed_line(f"Fee {n}", 100) for n in range(80)]
    texts = page_texts(render(make_invoice(lines, stamps=(Stamp.VOID, Stamp.DUPLICATE))).pdf)

    assert len(texts) > 2
    assert all("VOID · DUPLICATE" in text for text in texts)


def test_an_invoice_tells_how_it_was_paid_and_what_is_left():
    payments = (make_payment(10_000_00), make_payment(5_000_00, method="Cash", reference="CASH-17"))
    text = page_texts(
        render(make_invoice(paid_minor=15_000_00, payments=payments, credited_minor=360_00)).pdf
    )[0]

    for expected in (
        "Payments received",
        "UPI through Razorpay",
        "pay_SampleRef00001",
        "CASH-17",
        "10 April 2026",
    ):
        assert expected in text
    for expected in ("Paid -₹15,000.00", "Credited -₹360.00", "Balance due ₹46,000.00"):
        assert expected in text


def test_the_round_off_is_told_and_nothing_is_added_up():
    text = page_texts(render(make_invoice([make_billed_line("Fee", 99_51)], 49)).pdf)[0]

    assert "Round-off ₹0.49" in text
    assert "Total ₹100.00" in text


def test_columns_that_say_nothing_are_left_out():
    line = make_billed_line("Track", 499_00, code="", tax_label="")
    text = page_texts(render(make_invoice([line])).pdf)[0]

    assert not [title for title in ("SAC/HSN", "Qty", "Discount", "Taxable", "Tax rate") if title in text]


def test_many_tax_rates_become_a_table_of_their_own():
    line = make_billed_line("Kit", 100_00, 12_00)
    rows = tuple(TaxRow(label=f"Rate {n:02}", taxable_minor=100, tax_minor=1_00) for n in range(12))

    text = words(render(make_invoice([line], tax_rows=rows)).pdf)

    assert all(f"Rate{n:02}" in text for n in range(12))


def test_a_statement_tells_every_movement_and_what_is_owed_at_the_end():
    text = page_texts(render(make_statement((1_000_00, -400_00), opening_minor=50_00)).pdf)[0]

    for expected in ("Balance brought forward ₹50.00", "₹1,000.00 ₹1,050.00", "₹400.00 ₹650.00"):
        assert expected in text
    assert "Closing balance ₹650.00" in text
    assert "Balance to pay" in text


def test_a_statement_in_the_customers_favour_asks_for_nothing():
    rendered = render(make_statement((100_00, -400_00), pay=replace(PAY, qr="", bank=())))

    text = page_texts(rendered.pdf)[0]
    assert "In your favour" in text
    assert "Pay online" not in text


def test_a_credit_note_names_the_invoice_and_the_reason():
    text = page_texts(render(make_credit_note()).pdf)[0]

    for expected in ("CREDIT NOTE", "INV/26-27/000042", "3 April 2026", "Robotics kit returned", "₹2,360.00"):
        assert expected in text


@settings(max_examples=40, deadline=None)
@given(
    text=st.text(max_size=300),
    count=st.integers(1, 60),
    amount_minor=st.integers(0, 10**13),
    currency=st.sampled_from(["INR", "USD", "JPY", "KWD"]),
)
def test_any_text_and_any_amount_make_an_invoice_and_none_is_cut(text, count, amount_minor, currency):
    line = make_billed_line(text, amount_minor, description=text, period=text, tax_label=text[:20])
    party = Party(name=text, reference=text, address=(text,) * 3, contacts=(text,))
    details = (Labelled(label=text, value=text),)
    snapshot = make_invoice(
        [line] * count,
        customer=party,
        details=details,
        terms=(text,),
        legal=(text,),
        words=text,
        currency=currency,
    )

    drawn = words(render(snapshot).pdf)

    total = "".join(money_text(snapshot.total_minor, currency).split())
    assert drawn.count(total) >= 2
    assert f"Page1of{len(page_texts(render(snapshot).pdf))}" in drawn


@pytest.mark.parametrize("make", [make_invoice, make_credit_note, make_statement])
def test_markup_is_drawn_as_written_and_nothing_is_fetched_or_linked(make):
    party = Party(name=HOSTILE, reference=HOSTILE, address=(HOSTILE,), contacts=(HOSTILE,))
    rendered = render(make(customer=party, verify_url="javascript:alert(1)"))

    assert words(rendered.pdf).count("<para><b>x</b><imgsrc=") >= 4
    for page in read(rendered.pdf).pages:
        assert "/XObject" not in page["/Resources"]
        for each in page.get("/Annots", []):
            assert each.get_object()["/A"]["/URI"] == PAY.url


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "https://x y", "https://\u0430.example", ""]
)
def test_only_a_web_address_can_be_clicked(url):
    rendered = render(make_invoice(pay=WaysToPay(url=url, qr="x")))

    assert not any("/Annots" in page for page in read(rendered.pdf).pages)


def test_a_link_is_written_so_that_it_ends_where_it_ends():
    url = "https://pay.example.com/a(b)\\c%28?x=1&y=2"

    annotations = read(render(make_invoice(pay=WaysToPay(url=url))).pdf).pages[0]["/Annots"]

    assert {each.get_object()["/A"]["/URI"] for each in annotations} == {url}


@settings(max_examples=25, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=120))
def test_whatever_a_code_says_a_scanner_reads(text):
    (sheet, *_) = sheets(render(make_invoice(pay=WaysToPay(qr=text))).pdf)

    (found,) = zxingcpp.read_barcodes(sheet.resize((sheet.width * 2, sheet.height * 2)))

    assert found.text == text


def test_a_code_too_dense_to_be_scanned_is_refused():
    assert qr_squares("x" * BYTES_MAX)[0] > 57
    with pytest.raises(CodeTooLong, match="512"):
        qr_squares("é" * BYTES_MAX)


def test_the_longest_paper_is_drawn_and_a_longer_one_is_refused():
    assert render(make_invoice([make_billed_line("Fee", 1)] * LINES_MAX)).pages < PAGES_MAX

    lines = [make_billed_line("W" * 5000, 1)] * LINES_MAX
    with pytest.raises(TooManyPages, match="668 pages, at most 200"):
        render(make_invoice(lines))


_PRINT_HASHES = """
import hashlib
from bursar.documents.render import render
from tests.documents.gallery import THEMES
from tests.documents.samples import SAMPLES
names = {names!r}
files = {{name: render(SAMPLES[name](), THEMES).pdf for name in names}}
print(*(hashlib.sha256(files[name]).hexdigest() for name in sorted(names)))
"""


def test_every_paper_is_the_same_file_in_every_process_and_after_any_other():
    names = [
        "invoice-scripts",
        "tax-invoice-own-theme",
        "credit-note",
        "statement",
        "receipt",
        "fee-notice-test",
    ]
    printed = set()

    for seed, zone, order in [
        ("0", "UTC", names),
        ("77", "Asia/Kolkata", names[::-1]),
        ("5", "UTC", names[2:] + names[:2]),
    ]:
        environment = {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "SOURCE_DATE_EPOCH": seed,
            "PYTHONPATH": str(Path.cwd()),
        }
        script = _PRINT_HASHES.format(names=order)
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        printed.add(done.stdout)

    assert len(printed) == 1
    assert len(set(printed.pop().split())) == len(names)


def test_the_fingerprint_on_the_paper_is_that_of_its_snapshot():
    snapshot = make_invoice()

    assert f"Fingerprint{snapshot.sha256()[:16]}" in words(render(snapshot).pdf)
    assert hashlib.sha256(snapshot.to_json()).hexdigest() == snapshot.sha256()
