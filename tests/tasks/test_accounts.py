"""Statements of account: what the ledger says of a customer, frozen once, drawn like every paper."""

import pytest

from bursar.clock import utc_now
from bursar.documents.statement import StatementSnapshot
from bursar.settings import load
from tasks.accounts import SpanRefused, parse_span, request_statements
from tasks.documents import render_documents, state_accounts
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.tasks.steps import broken, paid, refunded, states, tell, twice


def today() -> str:
    return utc_now().astimezone(load().zone).date().isoformat()


def snapshots() -> list[StatementSnapshot]:
    return [
        StatementSnapshot.from_json(bytes(data))
        for (data,) in rows("SELECT snapshot FROM statements ORDER BY currency")
    ]


@pytest.fixture
def customer(var):
    """Who was charged 1,000 and paid 1,200 in rupees, of which 400 went back; and owes 50 dollars."""
    payer = make_customer()
    invoice = make_invoice(payer, [1000_00])
    tell(paid(1200_00, payment="pi_1", invoice=invoice))
    tell(refunded("pi_1", 400_00))
    make_invoice(payer, [50_00], currency="USD")
    return payer


def test_a_statement_tells_every_movement_and_the_same_words_are_one_document(customer):
    twice(lambda: state_accounts(ids=[customer.id], first_day=today(), last_day=today()))

    rupees, dollars = snapshots()
    assert [(line.description, line.charged_minor, line.credited_minor) for line in rupees.lines] == [
        ("Invoice", 1000_00, 0),
        ("Payment received", 0, 1200_00),
        ("Refund", 400_00, 200_00),
    ]
    owed = value(
        """SELECT coalesce(sum(amount_minor), 0) FROM ledger_lines
           WHERE account IN ('receivable', 'customer_credit') AND currency = 'INR'"""
    )
    assert (rupees.opening_minor, rupees.closing_minor) == (0, owed)
    assert (dollars.currency, dollars.closing_minor) == ("USD", 50_00)
    render_documents()
    assert states("documents").count("done") == 3
    assert broken() == []


def test_money_that_moved_to_another_customer_is_on_neither_twice(var):
    mine, other = make_customer(), make_customer()
    make_invoice(mine, [100_00])
    tell(paid(100_00, payment="pi_1", invoice=make_invoice(other, [100_00])))

    made = request_statements(mine.id, parse_span(today(), None, load().zone))

    assert len(made) == 1
    [told] = snapshots()
    assert [line.description for line in told.lines] == ["Invoice"]


def test_who_was_never_charged_has_no_statement_and_a_wake_alone_makes_none(var):
    twice(state_accounts)
    assert request_statements(make_customer().id, parse_span(None, None, load().zone)) == []


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-13-01", None), ("yesterday", None), ("2026-05-01", "2026-04-01"), (None, "2999-01-01")],
)
def test_days_that_are_no_span_are_refused(first, last):
    with pytest.raises(SpanRefused):
        parse_span(first, last, load().zone)


def test_without_days_it_is_the_month_that_ended():
    first, last = parse_span(None, None, load().zone)

    assert first.day == 1
    assert (first.year, first.month) == (last.year, last.month)
    assert last < utc_now().date()
