from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bursar.errors import Broken
from bursar.rules.invoicing import Fee, InvoiceRefused, IssuedLine, checked_fees, issue_entry
from bursar.rules.ledger import RECEIVABLE, TAX_PAYABLE, CauseType, EntryKind
from bursar.rules.money import AMOUNT_MINOR_MAX
from bursar.rules.numbering import INDIAN_YEAR, FiscalYear, NumberTooLong, document_number
from tests.rules.make import ASHA, an_id


def test_a_fee_is_quantity_times_unit_less_the_discount_and_then_its_tax():
    fee = Fee(component="tuition", unit_minor=100, quantity=3, discount_minor=50, tax_minor=45)

    assert (fee.net_minor, fee.gross_minor) == (250, 295)
    assert checked_fees([fee, fee]) == 590


@pytest.mark.parametrize(
    "fees",
    [
        [],
        [Fee(component="", unit_minor=1)],
        [Fee(component="tuition", unit_minor=0)],
        [Fee(component="tuition", unit_minor=1, discount_minor=2)],
        [Fee(component="tuition", unit_minor=2, tax_minor=-1)],
        [Fee(component="tuition", unit_minor=1, discount_minor=2, tax_minor=5)],
        [Fee(component="tuition", unit_minor=AMOUNT_MINOR_MAX, quantity=2)],
        [Fee(component="tuition", unit_minor=1), Fee(component="books", unit_minor=0)],
    ],
    ids=["none", "no name", "free", "negative", "negative tax", "only tax", "too much", "one free"],
)
def test_fees_that_cannot_be_billed_are_refused(fees):
    with pytest.raises(InvoiceRefused):
        checked_fees(fees)


def test_an_invoice_that_opens_is_owed_and_earned_line_by_line():
    lines = [
        IssuedLine(id=an_id(1), component="tuition", net_minor=100, tax_minor=18),
        IssuedLine(id=an_id(2), component="books", net_minor=50, tax_minor=0),
    ]

    issued = issue_entry(an_id(9), ASHA, "INR", lines)

    assert (issued.cause_type, issued.cause_id, issued.kind) == (
        CauseType.INVOICE,
        an_id(9),
        EntryKind.ISSUED,
    )
    assert [(leg.account, leg.amount_minor) for leg in issued.legs] == [
        (RECEIVABLE, 118),
        ("revenue:tuition", -100),
        (TAX_PAYABLE, -18),
        (RECEIVABLE, 50),
        ("revenue:books", -50),
    ]
    assert {leg.customer_id for leg in issued.legs} == {ASHA}


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 3, 31), "25-26"),
        (date(2026, 4, 1), "26-27"),
        (date(2026, 12, 31), "26-27"),
        (date(2027, 1, 1), "26-27"),
        (date(1999, 4, 1), "99-00"),
    ],
)
def test_the_fiscal_year_turns_on_the_first_of_april(day, year):
    assert INDIAN_YEAR.label(day) == year


def test_a_fiscal_year_may_be_the_calendar_year():
    calendar = FiscalYear(ZoneInfo("Europe/London"), 1)

    assert calendar.label(date(2026, 12, 31)) == "2026"
    assert document_number("INV", "2026", 42) == "INV/2026/000042"


def test_a_number_names_series_year_and_place():
    assert document_number("INV", "26-27", 42) == "INV/26-27/000042"


@pytest.mark.parametrize(("prefix", "seq"), [("INVO", 1), ("INV", 1_000_000), ("I V", 1), ("ÄÖ", 1)])
def test_a_number_that_the_law_would_not_accept_is_refused(prefix, seq):
    with pytest.raises(NumberTooLong):
        document_number(prefix, "26-27", seq)


def test_numbers_start_at_one():
    with pytest.raises(Broken, match="start at one"):
        document_number("INV", "26-27", 0)


def test_the_last_evening_of_march_in_utc_is_the_new_fiscal_year_in_india():
    evening = datetime(2027, 3, 31, 18, 30, tzinfo=UTC)

    assert INDIAN_YEAR.label_at(evening) == "27-28"
    assert INDIAN_YEAR.label_at(evening - timedelta(seconds=1)) == "26-27"
