"""`bursar customers`: records at gateways and saved ways to pay, as an operator asks for them."""

import pytest

from bursar.cli.customers import METHOD_FIELDS, RECORD_FIELDS
from bursar.cli.exits import ExitCode
from bursar.gateways.api.failures import FailureCode
from bursar.gateways.api.results import PaymentMethod
from tasks import gateways
from tests.support.factories import link_gateway_customer, make_customer, rows
from tests.support.toy.api import ToyApi, away, refused
from tests.support.toy.install import install

pytestmark = pytest.mark.postgres

VISA = PaymentMethod(payment_method="pm_1", kind="card", label="visa •••• 4242", expires="2028-04")


@pytest.fixture
def toy(database_url, monkeypatch):
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi("toy")
    install(monkeypatch, api)
    return api


@pytest.fixture
def payer(toy):
    return make_customer()


def test_a_record_is_made_here_and_now_and_shown(bursar, payer):
    told = bursar("customers", "sync", payer.external_ref, "--inline", "--json").json

    assert tuple(told) == RECORD_FIELDS
    assert told == {
        "customer": payer.external_ref,
        "account": "toy:test",
        "record": "toy_cus_1",
        "state": "there",
        "reason": None,
    }
    assert rows("SELECT external_id FROM customer_gateway_refs") == [("toy_cus_1",)]


def test_a_record_for_a_worker_to_make_is_asked_for_once(bursar, payer):
    first = bursar("customers", "sync", payer.external_ref, "--gateway", "toy", "--json").json
    again = bursar("customers", "sync", str(payer.id), "--json").json

    assert first["state"] == again["state"] == "asked"
    assert rows("SELECT count(*) FROM gateway_calls") == [(1,)]


def test_why_there_is_no_record_is_said(bursar, toy, payer):
    toy.before = [refused(FailureCode.UNSUPPORTED)]

    out = bursar("customers", "sync", payer.external_ref, "--inline").out

    assert "refused" in out
    assert "unsupported: no" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("sync", "nobody"), ExitCode.REFUSED, "nobody"),
        (("methods", "nobody"), ExitCode.REFUSED, "nobody"),
        (("sync", "PAYER", "--gateway", "adyen"), ExitCode.MISCONFIGURED, "there are toy"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_changes_nothing(bursar, payer, words, code, said):
    answer = bursar("customers", *(payer.external_ref if word == "PAYER" else word for word in words))

    assert answer.code == code
    assert said in answer.err
    assert rows("SELECT count(*) FROM gateway_calls") == [(0,)]


def test_saved_ways_to_pay_are_listed_with_what_a_person_recognises(bursar, toy, payer):
    link_gateway_customer(payer, "toy_cus_1", account="toy:test")
    toy.saved["toy_cus_1"] = [VISA]

    told = bursar("customers", "methods", payer.external_ref, "--json").json

    assert tuple(told) == METHOD_FIELDS
    assert told["methods"] == [
        {"payment_method": "pm_1", "kind": "card", "label": "visa •••• 4242", "expires": "2028-04"}
    ]
    assert "visa •••• 4242" in bursar("customers", "methods", payer.external_ref).out


def test_a_gateway_that_is_away_is_named_and_nothing_fails(bursar, toy, payer):
    link_gateway_customer(payer, "toy_cus_1", account="toy:test")
    toy.when_read = [away()]

    answer = bursar("customers", "methods", payer.external_ref)

    assert answer.code == ExitCode.OK
    assert "toy:test could not be asked: unreachable: nobody there" in answer.out


def test_a_customer_without_a_record_is_told_how_to_get_one(bursar, payer):
    assert "bursar customers sync" in bursar("customers", "methods", payer.external_ref).out
