import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.bundles import file_name, spreadsheet_text

DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5.00", "'-5.00"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("Student 1", "Student 1"),
        ("विद्यार्थी १", "विद्यार्थी १"),
        ("", ""),
        ("  ", "  "),
    ],
)
def test_no_cell_begins_a_formula_and_all_others_stay_as_they_are(text, shown):
    assert spreadsheet_text(text) == shown


@given(st.text())
def test_whatever_is_written_comes_back_as_text(text):
    safe = spreadsheet_text(text)

    assert safe in (text, f"'{text}")
    assert safe.lstrip(" ")[:1] not in {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"}
    written = StringIO()
    csv.writer(written).writerow([safe])
    assert next(csv.reader(StringIO(written.getvalue(), newline=""))) == [safe]


@pytest.mark.parametrize(
    ("kind", "number", "version", "name"),
    [
        ("receipt", "RCT/26-27/000042", 1, "receipt-RCT-26-27-000042.pdf"),
        ("invoice", "INV/26-27/000001", 3, "invoice-INV-26-27-000001-v3.pdf"),
        ("receipt", None, 1, "receipt-0123456789ab.pdf"),
        ("receipt", "../../etc/passwd", 1, "receipt-etc-passwd.pdf"),
        ("receipt", "\0\n", 1, "receipt-0123456789ab.pdf"),
    ],
)
def test_a_document_is_named_by_kind_and_number(kind, number, version, name):
    assert file_name(kind, number, DIGEST, version) == name


@given(st.text())
def test_no_number_leads_out_of_a_folder(number):
    name = file_name("receipt", number, DIGEST, 1)

    assert name.isascii()
    assert not set(name) & set('/\\:*?"<>|\0 ')
    assert not name.startswith(".")
    assert name.endswith(".pdf")
