"""`bursar payments record`: a clerk enters what no gateway tells of, and sees at once where it went."""

import pytest
import time_machine

from bursar.cli.exits import ExitCode
from tests.support.factories import make_customer, make_invoice, value

pytestmark = pytest.mark.postgres

SLIP = ("--amount", "1,000", "--currency", "INR", "--reference", "UTR 77", "--received-on", "2026-11-20")
REASON = ("--reason", "came by bank")


@pytest.fixture(autouse=True)
def _now(database_url):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=True):
        yield


@pytest.fixture
def pupil():
    customer = make_customer()
    make_invoice(customer, [600_00, 400_00])
    return customer.external_ref


def record(bursar, pupil, *words):
    return bursar("payments", "record", "--customer", pupil, *SLIP, *REASON, *words)


def test_money_is_entered_and_its_place_told(bursar, pupil):
    number = value("SELECT number FROM invoices")

    told = record(bursar, pupil, "--invoice", number, "--method", "cheque", "--json").json

    assert told == told | {
        "duplicate": False,
        "status": "succeeded",
        "amount": "1000.00",
        "invoice": number,
        "customer": pupil,
    }
    assert value("SELECT paid_minor FROM invoices") == 1000_00
    assert bursar("payments", "status", told["payment"], "--json").json["paid"] is True


def test_a_slip_that_was_entered_before_says_so(bursar, pupil):
    record(bursar, pupil)

    again = record(bursar, pupil)

    assert again.code == ExitCode.OK
    assert "entered before" in again.out
    assert value("SELECT count(*) FROM payments") == 1


def test_what_the_bank_took_back_is_entered_by_the_payment(bursar, pupil):
    payment = record(bursar, pupil, "--json").json["payment"]
    back = ("--returned", payment, "--reference", "R 1", "--received-on", "2026-11-21", *REASON)

    told = bursar("payments", "record", *back, "--json").json

    assert told["refunded"] == "1000.00"
    assert value("SELECT paid_minor FROM invoices") == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--customer", "nobody"), ExitCode.REFUSED, "nobody"),
        (("--method", "barter"), ExitCode.USAGE, "cheque"),
        (("--amount", "a lot"), ExitCode.REFUSED, "a lot"),
        (("--currency", "rupees"), ExitCode.REFUSED, "currency"),
        (("--received-on", "yesterday"), ExitCode.USAGE, "2026-11-21"),
        (("--received-on", "2026-12-24"), ExitCode.REFUSED, "future"),
        (("--reason", " "), ExitCode.REFUSED, "reason"),
        (("--invoice", "INV-0"), ExitCode.REFUSED, "INV-0"),
        (("--returned", "slip_1"), ExitCode.USAGE, "leave out"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_changes_nothing(bursar, pupil, words, code, said):
    answer = record(bursar, pupil, *words)

    assert answer.code == code
    assert said in answer.err
    assert value("SELECT count(*) FROM gateway_events") == 0


def test_what_is_missing_is_named(bursar, pupil):
    answer = bursar("payments", "record", "--reference", "x", "--received-on", "2026-11-20", *REASON)

    assert answer.code == ExitCode.USAGE
    assert "--customer and --amount and --currency" in answer.err
