import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.documents.billing import WaysToPay
from bursar.documents.credit_note import CreditNoteSnapshot
from bursar.documents.invoice import InvoiceSnapshot
from bursar.documents.paper import LINES_MAX, PARAGRAPHS_MAX, TEXT_LENGTH_MAX, Labelled, PaperTooLong, Stamp
from bursar.documents.snapshot import SnapshotUnreadable, schema_of
from bursar.documents.statement import StatementSnapshot
from bursar.errors import Broken
from tests.documents.bills import (
    make_billed_line,
    make_credit_note,
    make_invoice,
    make_payment,
    make_statement,
    make_statement_lines,
)
from tests.documents.receipts import make_receipt

MAKERS = [make_invoice, make_credit_note, make_statement, make_receipt]
amounts = st.integers(0, 10**13)


@given(
    fees=st.lists(st.tuples(st.text(), amounts, amounts), max_size=5),
    stamps=st.lists(st.sampled_from(Stamp)).map(tuple),
    details=st.lists(st.builds(Labelled, label=st.text(), value=st.text()), max_size=4).map(tuple),
    due_on=st.none() | st.dates(),
    pay=st.none() | st.builds(WaysToPay, url=st.text(), qr=st.text()),
    round_off_minor=st.integers(-99, 99),
)
def test_an_invoice_comes_back_from_its_bytes_as_it_was(fees, stamps, details, due_on, pay, round_off_minor):
    snapshot = make_invoice(
        [make_billed_line(*fee) for fee in fees],
        round_off_minor,
        stamps=stamps,
        details=details,
        due_on=due_on,
        pay=pay,
    )

    back = InvoiceSnapshot.from_json(snapshot.to_json())

    assert back == snapshot
    assert back.to_json() == snapshot.to_json()


@given(fees=st.lists(st.tuples(st.text(), amounts, amounts), max_size=5), reason=st.text())
def test_a_credit_note_comes_back_from_its_bytes_as_it_was(fees, reason):
    snapshot = make_credit_note([make_billed_line(*fee) for fee in fees], reason=reason)

    back = CreditNoteSnapshot.from_json(snapshot.to_json())

    assert back == snapshot
    assert back.sha256() == snapshot.sha256()


@given(movements=st.lists(st.integers(-(10**13), 10**13), max_size=6), opening_minor=amounts)
def test_a_statement_comes_back_from_its_bytes_as_it_was(movements, opening_minor):
    snapshot = make_statement(tuple(movements), opening_minor)

    assert StatementSnapshot.from_json(snapshot.to_json()) == snapshot


@pytest.mark.parametrize("make", MAKERS)
def test_the_bytes_are_canonical_and_name_their_schema(make):
    data = make().to_json()

    assert data == json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode()
    assert schema_of(data) == type(make()).SCHEMA


@pytest.mark.parametrize("make", MAKERS)
def test_what_holds_its_default_is_not_written_so_older_papers_keep_their_hash(make):
    record = json.loads(make().to_json())

    assert "theme" not in record
    assert "stamps" not in record
    assert type(make()).from_json(json.dumps(record).encode()).theme == "default"
    assert json.loads(make(theme="sea").to_json())["theme"] == "sea"


def test_a_receipt_of_the_first_days_is_the_same_bytes_and_the_same_hash():
    digest = "d843e0211b852c203bc938ab5a36802ba1cf6a0c499db47f086db5bc3e4bf4d0"

    assert make_receipt().sha256() == digest


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "invoice/0"},
        {"colour": "blue"},
        {"kind": "poem"},
        {"kind": 1},
        {"due_on": 3},
        {"due_on": "soon"},
        {"stamps": ["hidden"]},
        {"stamps": "paid"},
        {"seller": "Greenfield"},
        {"seller": {"name": "Greenfield", "motto": "Grow"}},
        {"seller": {}},
        {"total_minor": 1.0},
        {"total_minor": True},
        {"lines": [{"component": "Tuition"}]},
        {"pay": []},
    ],
)
def test_a_stored_invoice_with_a_strange_field_is_not_believed(change):
    record = json.loads(make_invoice().to_json()) | change

    with pytest.raises(SnapshotUnreadable):
        InvoiceSnapshot.from_json(json.dumps(record).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"\xff", b"{}", b'{"schema": 1}', b'"schema"'])
def test_bytes_without_a_schema_are_no_snapshot(data):
    with pytest.raises(SnapshotUnreadable):
        schema_of(data)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"taxable_minor": 1}, "taxable sum"),
        ({"tax_minor": 1}, "come to the tax"),
        ({"total_minor": 1}, "round-off"),
        ({"balance_minor": 1}, "balance"),
        ({"payments": (make_payment(),)}, "payments"),
    ],
)
def test_an_invoice_that_contradicts_itself_is_refused(change, why):
    with pytest.raises(Broken, match=why):
        make_invoice(**change)


def test_a_bill_may_go_without_a_tax_summary():
    assert make_invoice(tax_rows=()).tax_minor == 360_00


def test_tax_rows_that_come_to_another_tax_are_refused():
    (first, _) = make_invoice().tax_rows

    with pytest.raises(Broken, match="tax summary"):
        make_invoice(tax_rows=(first,))


def test_a_line_is_net_plus_tax():
    with pytest.raises(Broken, match="net plus tax"):
        make_billed_line("Kit", 100, 18, total_minor=119)


def test_a_credit_note_that_contradicts_itself_is_refused():
    with pytest.raises(Broken, match="round-off"):
        make_credit_note(total_minor=1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"lines": make_statement_lines([100], opening_minor=1)}, "the one before"),
        ({"closing_minor": 5}, "last line"),
        ({"charged_minor": 5}, "charges"),
        ({"credited_minor": 5}, "movements"),
    ],
)
def test_a_statement_whose_balances_do_not_follow_is_refused(change, why):
    with pytest.raises(Broken, match=why):
        make_statement(**change)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_invoice([make_billed_line("Fee", 1)] * (LINES_MAX + 1)),
        lambda: make_credit_note([make_billed_line("Fee", 1)] * (LINES_MAX + 1)),
        lambda: make_statement((1,) * (LINES_MAX + 1)),
        lambda: make_invoice(terms=("x" * (TEXT_LENGTH_MAX + 1),)),
        lambda: make_invoice(legal=("x",) * (PARAGRAPHS_MAX + 1)),
        lambda: make_credit_note(terms=("x",) * (PARAGRAPHS_MAX + 1)),
        lambda: make_statement(terms=("x",) * (PARAGRAPHS_MAX + 1)),
    ],
)
def test_more_than_a_paper_holds_is_refused_by_name(make):
    with pytest.raises(PaperTooLong, match=r"lines|terms|legal"):
        make()


def test_a_snapshot_does_not_change():
    with pytest.raises(AttributeError):
        make_invoice().issued_on = date(2020, 1, 1)
