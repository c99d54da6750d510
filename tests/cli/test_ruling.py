"""`bursar payments allocate` and `write-off`: an operator rules, and sees at once what came of it."""

import pytest

from bursar.cli.exits import ExitCode
from bursar.cli.ruling import WRITTEN_OFF
from bursar.rules.invoicing import Fee
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.tasks.steps import paid, tell

pytestmark = pytest.mark.postgres

REASON = ("--reason", "the pupil said so")


@pytest.fixture
def number(database_url):
    tuition = Fee(component="tuition", unit_minor=600_00, priority=1)
    library = Fee(component="library", unit_minor=400_00, priority=2)
    invoice = make_invoice(make_customer(), [tuition, library])
    tell(paid(700_00, payment="pi_nobody"))
    return str(value("SELECT number FROM invoices WHERE id = %s", invoice))


def allocate(bursar, number, *words):
    return bursar("payments", "allocate", "pi_nobody", "--invoice", number, *REASON, *words)


def test_money_of_nobody_goes_where_the_operator_says(bursar, number):
    told = allocate(bursar, number, "--lines", "library=400.00, tuition=100", "--json").json

    assert (told["paid"], told["invoice"], told["amount"]) == (True, number, "700.00")
    assert rows("SELECT component, allocated_minor FROM invoice_lines ORDER BY position") == [
        ("tuition", 300_00),
        ("library", 400_00),
    ]
    assert "an operator's decision" in bursar("explain", "payment", "pi_nobody").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--invoice", "INV-0"), ExitCode.REFUSED, "INV-0"),
        (("--reason", ""), ExitCode.REFUSED, "reason"),
        (("--lines", "sports=1"), ExitCode.REFUSED, "tuition, library"),
        (("--lines", "tuition=a lot"), ExitCode.REFUSED, "a lot"),
        (("--lines", "tuition"), ExitCode.USAGE, "tuition=500.00"),
        (("--lines", "tuition=1,tuition=2"), ExitCode.USAGE, "once"),
        (("--lines", "tuition=701"), ExitCode.REFUSED, "700.00"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_changes_nothing(bursar, number, words, code, said):
    answer = allocate(bursar, number, *words)

    assert answer.code == code
    assert said in answer.err
    assert value("SELECT count(*) FROM gateway_events WHERE source = 'operator'") == 0


def test_a_payment_that_is_not_there_is_refused(bursar, number):
    answer = bursar("payments", "allocate", "pi_none", "--invoice", number, *REASON)

    assert answer.code == ExitCode.REFUSED
    assert "pi_none" in answer.err


def test_what_is_given_up_is_told_with_what_is_left(bursar, number):
    told = bursar("payments", "write-off", number, *REASON, "--json").json
    again = bursar("payments", "write-off", number, *REASON)

    assert tuple(told) == WRITTEN_OFF
    assert (told["invoice"], told["written_off_minor"], told["open_minor"]) == (number, 1000_00, 0)
    assert (again.code, "nothing of invoice" in again.err) == (ExitCode.REFUSED, True)
    assert "written off" in bursar("explain", "invoice", number).out


def test_without_a_reason_nothing_is_given_up(bursar, number):
    assert bursar("payments", "write-off", number).code == ExitCode.USAGE
    assert bursar("payments", "write-off", number, "--reason", " ").code == ExitCode.REFUSED
    assert value("SELECT sum(written_off_minor) FROM invoice_lines") == 0
