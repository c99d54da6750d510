"""`bursar checkout`: what a host's script asks for and gets back."""

import pytest

from bursar.cli.checkout import FIELDS
from bursar.cli.exits import ExitCode
from tasks import gateways
from tasks.payments import create_checkout
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.support.toy.api import ToyApi, away
from tests.support.toy.install import install

pytestmark = pytest.mark.postgres


@pytest.fixture
def toy(database_url, monkeypatch, variables):
    """The only gateway there is goes by the name of one that has a publishable key."""
    variables(BURSAR_RETURN_URL="https://school.example/paid", RAZORPAY_KEY_ID="rzp_test_public")
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi("razorpay")
    install(monkeypatch, api)
    return api


@pytest.fixture
def number(toy):
    invoice = make_invoice(make_customer(), [600_00, 400_00])
    return str(value("SELECT number FROM invoices WHERE id = %s", invoice))


def test_a_page_is_opened_here_and_now_and_told_by_its_public_names(bursar, number):
    told = bursar("checkout", number, "--inline", "--json").json

    assert tuple(told) == FIELDS
    assert told == told | {
        "checkout_url": "https://razorpay.example/pay/1",
        "session_id": "razorpay_page_1",
        "amount": "1000.00",
        "amount_minor": 1000_00,
        "currency": "INR",
        "status": "open",
        "gateway": "razorpay",
        "fallback_from": None,
        "failure": None,
        "invoice": number,
        "publishable_key": "rzp_test_public",
    }
    assert rows("SELECT id::text, status FROM checkouts") == [(told["payment_id"], "open")]


def test_what_is_due_of_the_parts_of_an_invoice_is_asked_for(bursar, number):
    bursar("installments", "split", number, "--parts", 4, "--first", "2090-01-01")

    told = bursar("checkout", number, "--due", "--inline", "--json").json

    assert (told["amount_minor"], told["status"]) == (250_00, "open")


def test_a_page_for_a_worker_to_open_is_recorded_and_can_be_asked_for(bursar, number):
    told = bursar("checkout", number, "--amount", "1,00.50", "--json").json

    assert (told["status"], told["amount_minor"], told["checkout_url"]) == ("creating", 100_50, None)
    create_checkout()
    again = bursar("checkout", number, "--amount", "100.50", "--wait", "5", "--json").json
    assert (again["payment_id"], again["status"]) == (told["payment_id"], "open")


def test_words_say_what_the_values_say(bursar, number):
    out = bursar("checkout", number, "--inline").out

    assert "₹1,000.00" in out
    assert "https://razorpay.example/pay/1" in out


def test_the_hosts_own_page_gets_a_secret_and_no_address(bursar, number):
    told = bursar("checkout", number, "--intent", "--inline", "--json").json

    assert (told["client_secret"], told["checkout_url"]) == ("secret", None)


def test_a_page_that_no_worker_opens_in_time_ends_with_5(bursar, number):
    answer = bursar("checkout", number, "--wait", "0.01")

    assert answer.code == ExitCode.TRANSIENT
    assert "bursar payments status" in answer.err


def test_a_page_that_no_gateway_opens_ends_with_4_and_the_reason(bursar, toy, number):
    toy.before = [away()] * 3

    answer = bursar("checkout", number, "--inline", "--json")

    assert answer.code == ExitCode.REFUSED
    assert "nobody there" in answer.err
    assert answer.json["status"] == "failed"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("INV-0",), ExitCode.REFUSED, "INV-0"),
        (("NUMBER", "--amount", "a lot"), ExitCode.REFUSED, "a lot"),
        (("NUMBER", "--amount", "1000.01"), ExitCode.REFUSED, "1,000.00"),
        (("NUMBER", "--gateway", "paypal"), ExitCode.REFUSED, "paypal cannot take INR"),
        (("NUMBER", "--gateway", "nobody"), ExitCode.REFUSED, "nobody cannot take INR"),
        (("NUMBER", "--wait", "601"), ExitCode.USAGE, "600"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_changes_nothing(bursar, number, words, code, said):
    answer = bursar("checkout", *(number if word == "NUMBER" else word for word in words))

    assert answer.code == code
    assert said in answer.err
    assert value("SELECT count(*) FROM checkouts") == 0
