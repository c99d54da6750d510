"""A bank statement: certain rows are entered once, whoever loads it again; of others it says why not."""

from datetime import date

import pytest
import time_machine

from bursar.gateways.manual.statement import StatementRow
from tasks.events import apply_events
from tasks.statements import match_statement
from tests.support.factories import make_customer, make_invoice, value
from tests.tasks.steps import broken, snapshot, work_off

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _now(database_url):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=True):
        yield


@pytest.fixture
def number():
    invoice = make_invoice(make_customer(), [600_00, 400_00])
    return value("SELECT number FROM invoices WHERE id = %s", invoice)


def row(text, amount_minor=1000_00, line=2, **more):
    return StatementRow(line, DAY, amount_minor, "INR", text)._replace(**more)


def run(*rows, dry_run=False):
    found = match_statement(rows, by="desk", reason="statement", dry_run=dry_run)
    apply_events()
    return [each.result for each in found]


def test_a_certain_row_pays_its_invoice(number):
    assert run(row(f"fees {number}")) == ["recorded"]

    work_off()
    assert value("SELECT paid_minor FROM invoices") == 1000_00
    assert value("SELECT method FROM payments") == "bank_transfer"
    assert broken() == []


def test_the_same_statement_twice_changes_nothing(number):
    statement = [row(f"fees {number}"), row("who knows", line=3), row("fee", -5_00, line=4)]
    assert run(*statement) == ["recorded", "unnamed", "not_incoming"]
    before = snapshot()

    assert run(*statement) == ["entered", "unnamed", "not_incoming"]
    assert snapshot() == before


def test_a_dry_run_enters_nothing(number):
    assert run(row(number), dry_run=True) == ["certain"]
    assert value("SELECT count(*) FROM gateway_events") == 0


def test_a_row_that_is_refused_holds_up_no_other(number):
    other = make_invoice(make_customer(), [5_00])
    text = value("SELECT number FROM invoices WHERE id = %s", other)
    ancient = row(number, day=date(1999, 1, 1))

    assert run(ancient, row(text, 5_00, line=3), row("?", line=4, unreadable="no amount")) == [
        "refused",
        "recorded",
        "unreadable",
    ]
    assert value("SELECT paid_minor FROM invoices WHERE id = %s", other) == 5_00


def test_a_row_whose_slip_was_entered_at_the_desk_is_found(number):
    run(row(number))

    assert run(row(number, line=9)) == ["entered"]


def test_what_only_a_part_is_open_of_is_left_to_a_person(number):
    assert run(row(number, 999_00)) == ["amount_differs"]
    assert value("SELECT count(*) FROM payments") == 0
