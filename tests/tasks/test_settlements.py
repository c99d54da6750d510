"""What reached the bank, line by line: tied, labelled, and the remainder said."""

import pytest

from tasks import reconciliation
from tasks.reconciliation import next_window
from tasks.settlements import would_settle
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.support.toy.api import away
from tests.tasks.listing import (
    charged_fee,
    heal,
    last_run,
    line,
    long_ago,
    only_break,
    paid,
    refunded,
    settled,
)
from tests.tasks.steps import hurry, open_breaks, snapshot, tell, twice


@pytest.fixture
def books(toy):
    """A payment with its fee and a refund; what they came to reached the bank."""
    invoice = str(make_invoice(make_customer()))
    toy.changes = [paid(invoice=invoice), charged_fee(), refunded(), settled(680_00)]
    toy.settled = [
        line("fee_of_toy_pay_1", "payment", "toy_pay_1", 1000_00, 20_00),
        line("line_2", "refund", "toy_re_1", -300_00),
    ]
    reconciliation.backfill()
    tell()
    return toy


def test_a_settlement_is_tied_to_what_it_is_about(books):
    twice(reconciliation.settle)

    assert last_run()[:3] == ("settle", "done", 0)
    assert value("SELECT sum(net_minor) FROM settlement_lines") == 680_00
    assert open_breaks() == []
    assert value("SELECT count(*) FROM gateway_calls") == 0


def test_showing_it_names_the_remainder_also_when_it_is_nothing_and_writes_nothing(books):
    books.settled.append(line("line_3", "adjustment", None, -1_00))
    before = snapshot()

    [tied] = would_settle("toy:test", next_window(reconciliation.RunKind.SETTLE, "toy:test"))

    assert (tied.paid_minor, tied.tied_minor, tied.remainder_minor) == (680_00, 680_00, 1_00)
    assert [(each.label, each.net_minor) for each in tied.untied] == [("adjustment", -1_00)]
    assert snapshot() == before


def test_lines_that_do_not_explain_what_reached_the_bank_are_a_break_until_they_do(books):
    extra = books.settled.pop()
    reconciliation.settle()
    assert open_breaks() == []
    heal()

    assert rows("SELECT kind, subject FROM breaks") == [
        ("settlement_differs", "lines:toy:test/toy_set_1/INR")
    ]
    assert "no line explains -₹300.00" in only_break("₹680.00 reached the bank")

    books.settled.append(extra)
    long_ago()
    twice(reconciliation.settle)
    assert open_breaks() == []
    assert value("SELECT resolution FROM breaks") == "its lines explain what reached the bank"


def test_an_open_break_closes_although_its_settlement_is_in_no_window_any_more(books):
    extra = books.settled.pop()
    reconciliation.settle()
    heal()
    books.settled = [extra]
    long_ago()

    reconciliation.settle()

    assert open_breaks() == []


def test_a_payment_that_nobody_told_is_asked_for_by_its_line(toy):
    toy.settled = [line("line_1", "payment", "toy_pay_7", 1000_00)]
    toy.objects["settlement", "toy_set_1"] = settled(1000_00)

    reconciliation.settle()
    assert last_run()[1:3] == ("pending", 1)
    heal()

    assert last_run()[1] == "done"
    assert rows("SELECT kind, amount_minor FROM movements") == [("settlement", 1000_00)]
    assert open_breaks() == ["unidentified_payment"]


def test_a_payment_that_the_gateway_does_not_know_either_is_named(toy):
    toy.settled = [line("line_1", "payment", "toy_pay_7", 1000_00)]
    toy.objects["settlement", "toy_set_1"] = settled(1000_00)
    toy.gone = {"toy_pay_7"}

    reconciliation.settle()
    heal()

    assert open_breaks() == ["settlement_differs"]
    assert "payment toy_pay_7 is unknown" in only_break("no line explains ₹0.00")


def test_a_fee_that_only_a_line_tells_is_asked_for_and_booked_once(books):
    books.changes = [*books.changes, paid("toy_pay_2")]
    books.settled = [*books.settled, line("fee_of_toy_pay_2", "payment", "toy_pay_2", 1000_00, 25_00)]
    books.objects["payment", "toy_pay_2"] = charged_fee(25_00, "toy_pay_2")
    long_ago()
    reconciliation.backfill()
    tell()

    reconciliation.settle()
    heal()

    assert value("SELECT amount_minor FROM movements WHERE external_id = 'fee_of_toy_pay_2'") == 25_00
    long_ago()
    reconciliation.settle()
    heal()
    assert value("SELECT count(*) FROM gateway_calls") == 1


def test_settlements_of_several_currencies_are_tied_apart(books):
    books.settled.append(line("line_4", "fee", None, -5_00, currency="USD"))
    books.objects["settlement", "toy_set_1"] = settled(680_00)

    reconciliation.settle()
    heal()

    assert rows("SELECT subject FROM breaks WHERE resolved_at IS NULL") == [("lines:toy:test/toy_set_1/USD",)]


def test_a_gateway_that_is_away_in_the_middle_keeps_the_lines_it_told(books, monkeypatch):
    monkeypatch.setattr("tasks.running.PAGE", 1)
    books.when_listed = [None, away()]

    reconciliation.settle()
    assert value("SELECT count(*) FROM settlement_lines") == 1
    hurry("reconciliation_runs")
    twice(reconciliation.resume)

    assert value("SELECT count(*) FROM settlement_lines") == 2
    assert last_run()[1] == "done"


def test_a_line_that_the_gateway_corrects_is_corrected(books):
    reconciliation.settle()
    books.settled[1] = line("line_2", "refund", "toy_re_1", -301_00)
    long_ago()

    reconciliation.settle()

    assert value("SELECT net_minor FROM settlement_lines WHERE line = 'line_2'") == -301_00
    assert last_run()[3]["unexplained"] == 1
