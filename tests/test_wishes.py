"""What a host wants billed: read whole or refused whole, every mistake named with its place."""

import contextlib
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar import wishes
from bursar.rules.invoicing import Fee
from bursar.wishes import COLUMNS, WishRefused, read_wishes

LINE = {"component": "Tuition", "amount": "40,000"}
WISH = {
    "reference": "term-1/pupil-7",
    "customer": {"reference": "pupil-7", "name": "Pupil 7"},
    "currency": "INR",
    "due_on": "2026-12-31",
    "lines": [LINE],
}
CSV = """reference,customer,name,currency,due_on,component,amount,quantity,discount
t1,p1,Pupil 1,INR,2026-12-31,Tuition,"40,000",1,
t2,p2,Pupil 2,INR,2026-12-31,Tuition,100.50,2,1
t1,p1,Pupil 1,INR,2026-12-31,Books,500,,
"""


def read(*records):
    return read_wishes(json.dumps(records).encode(), as_csv=False)


def test_a_list_and_an_object_per_line_say_the_same():
    lines = "\n".join(json.dumps(each) for each in (WISH, {**WISH, "reference": "term-1/pupil-8"}))

    [first, second] = read_wishes(lines.encode(), as_csv=False)

    assert read(WISH) == [first]
    assert (first.due_on, second.reference) == (date(2026, 12, 31), "term-1/pupil-8")
    assert first.fees() == [Fee(component="Tuition", unit_minor=40_000_00)]


def test_rows_of_one_reference_are_one_invoice():
    first, second = read_wishes(("\ufeff" + CSV).encode(), as_csv=True)

    assert [(each.component, each.unit_minor) for each in first.fees()] == [
        ("Tuition", 40_000_00),
        ("Books", 500_00),
    ]
    assert second.fees() == [Fee(component="Tuition", unit_minor=100_50, quantity=2, discount_minor=1_00)]
    assert second.customer.reference == "p2"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"currency": "RUPEE"}, "currency must be three letters"),
        ({"due_on": "soon"}, "invoice 1: due_on"),
        ({"lines": []}, "invoice 1: lines"),
        ({"lines": [LINE] * 501}, "invoice 1: lines"),
        ({"lines": [{**LINE, "amount": 40_000}]}, "lines.0.amount"),
        ({"lines": [{**LINE, "amount": "1.234"}]}, "INR has 2 decimals"),
        ({"lines": [{**LINE, "discount": "40,000"}]}, "above zero"),
        ({"lines": [{**LINE, "quantity": 0}]}, "lines.0.quantity"),
        ({"customer": {"reference": ""}}, "customer.reference"),
        ({"customer": {"reference": "p", "email": "p"}}, "customer.email"),
        ({"customer": {"reference": "p", "locale": "de_DE"}}, "cannot write money in locale 'de_DE'"),
        ({"rebate": "X"}, "rebate: Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change, says):
    with pytest.raises(WishRefused) as refused:
        read(WISH | change)

    assert "nothing was written" in str(refused.value)
    assert says in str(refused.value)


def test_a_reference_is_in_a_file_once():
    with pytest.raises(WishRefused, match="invoice 2: reference 'term-1/pupil-7' is in the file twice"):
        read(WISH, WISH)


def test_twenty_mistakes_are_named_and_the_others_counted():
    with pytest.raises(WishRefused, match="and 5 more"):
        read(*[{**WISH, "due_on": "soon"}] * 25)


@pytest.mark.parametrize(
    ("data", "as_csv", "says"),
    [
        (b"{", False, "no JSON"),
        (b"[" * 100_000, False, "no JSON"),
        (b"\xff", False, "not in UTF-8"),
        (b"name,rebate\n", True, "column 'rebate' is not known"),
        (b'reference\n"a', True, "no CSV"),
    ],
)
def test_a_file_that_is_none_is_refused(data, as_csv, says):
    with pytest.raises(WishRefused, match=says):
        read_wishes(data, as_csv=as_csv)


def test_a_file_has_a_limit(monkeypatch):
    monkeypatch.setattr(wishes, "INVOICES_MAX", 1)
    with pytest.raises(WishRefused, match="has 2 invoices, at most 1"):
        read(WISH, {**WISH, "reference": "x"})
    monkeypatch.setattr(wishes, "BYTES_MAX", 10)
    with pytest.raises(WishRefused, match="larger than"):
        read(WISH)


@given(st.binary(max_size=200), st.booleans())
def test_arbitrary_bytes_are_read_or_refused(data, as_csv):
    with contextlib.suppress(WishRefused):
        read_wishes(data, as_csv=as_csv)


def test_the_columns_of_a_csv_file_are_those_of_the_page(request):
    page = (request.config.rootpath / "docs/how-to/invoice.md").read_text(encoding="utf-8")

    assert all(f"`{name}`" in page for name in COLUMNS)
