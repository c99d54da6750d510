"""`bursar payments charge|confirm`: what a host's script has collected or proven."""

import hmac

import pytest
from psycopg.types.json import Jsonb

from bursar.cli.checkout import FIELDS
from bursar.cli.exits import ExitCode
from bursar.ids import new_id
from tasks import gateways
from tests.support.factories import (
    execute,
    link_gateway_customer,
    make_checkout,
    make_customer,
    make_invoice,
    rows,
    value,
)
from tests.support.toy.api import ToyApi, found, refused
from tests.support.toy.install import install

pytestmark = pytest.mark.postgres

SECRET = "a key secret"
WRONG = "0" * 64
SIGNATURE = hmac.digest(SECRET.encode(), b"order_1|pay_1", "sha256").hex()


@pytest.fixture(autouse=True)
def toy(database_url, monkeypatch, variables):
    variables(RAZORPAY_KEY_SECRET=SECRET, BURSAR_RETURN_URL="https://school.example/paid")
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi("razorpay")
    install(monkeypatch, api)
    return api


@pytest.fixture
def number():
    customer = make_customer()
    link_gateway_customer(customer, "cust_1", account="razorpay:test")
    execute(
        """INSERT INTO gateway_objects (id, gateway_account, kind, external_id, status, data, rank, event_key)
           VALUES (%s, 'razorpay:test', 'payment_method', 'token_1', 'attached', %s, 0, 'k')""",
        new_id(),
        Jsonb({"gateway_customer": "cust_1"}),
    )
    invoice = make_invoice(customer)
    make_checkout(invoice, "order_1", account="razorpay:test")
    return str(value("SELECT number FROM invoices WHERE id = %s", invoice))


def test_a_charge_is_made_here_and_now(bursar, number):
    told = bursar("payments", "charge", number, "--amount", "250", "--inline", "--json").json

    assert tuple(told) == FIELDS
    assert (told["status"], told["amount_minor"], told["session_id"]) == ("completed", 250_00, "toy_pay_1")
    assert rows("SELECT requested_by <> '' FROM checkouts WHERE kind = 'charge'") == [(True,)]


def test_a_declined_charge_ends_with_4_and_the_reason(bursar, toy, number):
    toy.before = [refused(decline_code="no_funds")]

    answer = bursar("payments", "charge", number, "--inline", "--json")

    assert answer.code == ExitCode.REFUSED
    assert "declined (no_funds)" in answer.err
    assert answer.json["status"] == "failed"


@pytest.mark.parametrize("more", [[], ["--inline"]])
def test_without_a_broker_nothing_is_recorded_and_the_variable_is_named(bursar, variables, number, more):
    variables(BURSAR_BROKER_URL=None)

    answer = bursar("payments", "charge", number, *more)

    assert answer.code == ExitCode.MISCONFIGURED
    assert value("SELECT count(*) FROM checkouts WHERE kind = 'charge'") == 0


def test_a_proof_is_checked_the_gateway_asked_and_the_payment_told(bursar, toy, number):
    paid = {"payment": "pay_1", "amount": 1000_00, "currency": "INR", "checkouts": ["order_1"]}
    toy.objects["order", "order_1"] = found("payment.succeeded", **paid)
    proof = ("--order", "order_1", "--payment", "pay_1", "--signature", SIGNATURE)

    told = bursar("payments", "confirm", *proof, "--inline", "--json").json

    assert (told["paid"], told["amount"], told["invoice"]) == (True, "1000.00", number)
    assert value("SELECT paid_minor FROM invoices") == 1000_00


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["--order", "order_1", "--payment", "pay_1", "--signature", "0" * 64],
            ExitCode.REFUSED,
            "key secret",
        ),
        (["--session", "cs_none"], ExitCode.REFUSED, "session"),
        ([], ExitCode.USAGE, "--order"),
        (["--order", "o", "--link", "l"], ExitCode.USAGE, "name one"),
        (["--method", "pm_1"], ExitCode.USAGE, "--checkout"),
        (["--checkout", "no-id", "--method", "pm_1"], ExitCode.USAGE, "no-id"),
    ],
)
def test_what_proves_nothing_is_refused_with_the_reason(bursar, number, words, code, said):
    answer = bursar("payments", "confirm", *words, "--inline")

    assert answer.code == code
    assert said in answer.err
    assert value("SELECT count(*) FROM gateway_calls") == 0
