"""`bursar gateways`: what is configured, and what gateways did."""

import pytest

from bursar.cli.exits import ExitCode
from bursar.cli.gateways import FIELDS, STATS_FIELDS
from bursar.gateways.api.failures import FailureCode
from tasks import gateways
from tasks.checkouts import Wish, open_checkout
from tests.support.factories import execute, make_customer, make_invoice, store_event
from tests.support.toy.api import ToyApi, away, lost, refused
from tests.support.toy.install import install
from tests.support.toy.told import toy_event

pytestmark = pytest.mark.postgres


@pytest.fixture
def toys(database_url, monkeypatch, variables):
    variables(BURSAR_RETURN_URL="https://school.example/paid")
    monkeypatch.setattr(gateways, "OPENERS", {})
    made = ToyApi("toy"), ToyApi("yoyo")
    for each in made:
        install(monkeypatch, each)
    return made


def stats_of(bursar, account, *words):
    told = bursar("gateways", "stats", "--json", *words).jsonl
    assert {tuple(each) for each in told} == {STATS_FIELDS}
    [found] = [each for each in told if each["account"] == account]
    return found


def test_calls_fallbacks_and_reused_pages_are_counted(bursar, toys):
    toy, _ = toys
    invoice = str(make_invoice(make_customer(), [1000_00]))
    open_checkout(Wish(invoice=invoice, amount_minor=1_00))
    for _ in range(3):
        open_checkout(Wish(invoice=invoice, amount_minor=1_00))
    toy.before = [refused(FailureCode.INVALID)]
    open_checkout(Wish(invoice=invoice, amount_minor=2_00))
    toy.before = [away()] * 3
    open_checkout(Wish(invoice=invoice, amount_minor=3_00))
    toy.after, toy.when_asked = [lost()], [away()]
    open_checkout(Wish(invoice=invoice, amount_minor=4_00))
    execute("UPDATE gateway_calls SET took_ms = 40 WHERE outcome = 'answered'")
    execute("UPDATE gateway_calls SET took_ms = 900 WHERE outcome = 'refused'")

    one, other = stats_of(bursar, "toy:test"), stats_of(bursar, "yoyo:test")

    counted = ("answered", "refused", "given_up", "unknown", "success_rate")
    assert [one[name] for name in counted] == [1, 1, 1, 1, 0.25]
    assert (one["p50_ms"], one["p95_ms"]) == (40, 900)
    assert (one["reused"], one["handed_over"], one["taken_over"]) == (3, 2, 0)
    assert (other["answered"], other["success_rate"], other["taken_over"], other["pages"]) == (2, 1.0, 2, 2)
    assert one["circuit"] == "closed"


def test_what_is_older_is_not_counted(bursar, toys):
    open_checkout(Wish(invoice=str(make_invoice(make_customer(), [1000_00]))))
    for table in ("gateway_calls", "checkouts"):
        execute(f"UPDATE {table} SET created_at = now() - interval '3 hours'")

    assert stats_of(bursar, "toy:test", "--since", "2h")["answered"] == 0
    assert stats_of(bursar, "toy:test", "--since", "4h")["answered"] == 1


def test_who_was_never_called_has_no_rate_and_the_last_event_is_told(bursar, toys):
    store_event(toy_event("payment.created", payment="toy_pay_1", amount=1), gateway="toy")

    told = stats_of(bursar, "toy:test")

    assert (told["calls"], told["success_rate"], told["p50_ms"]) == (0, None, None)
    assert told["last_event_at"]
    assert stats_of(bursar, "yoyo:test")["last_event_at"] is None


def test_words_say_what_the_values_say(bursar, toys):
    open_checkout(Wish(invoice=str(make_invoice(make_customer(), [1000_00]))))

    out = bursar("gateways", "stats").out

    assert "toy:test" in out
    assert "100.00%" in out
    assert "closed" in out


def test_a_moment_that_is_none_is_a_usage_error(bursar, toys):
    assert bursar("gateways", "stats", "--since", "yesterday").code == ExitCode.USAGE


def test_every_gateway_is_listed_with_what_is_missing(bursar, variables):
    variables(STRIPE_SECRET_KEY="sk_test_any", STRIPE_WEBHOOK_SECRET="whsec_0123456789abcdef")

    told = {each["gateway"]: each for each in bursar("gateways", "list", "--json").jsonl}

    assert {tuple(each) for each in told.values()} == {FIELDS}
    stripe, razorpay = told["stripe"], told["razorpay"]
    assert (stripe["calls"], stripe["webhooks"], stripe["missing"]) == (True, True, [])
    assert (razorpay["calls"], razorpay["webhooks"]) == (False, False)
    assert "RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET" in razorpay["missing"][0]
    assert "RAZORPAY_WEBHOOK_SECRET" in razorpay["missing"][1]


def test_a_fake_gateway_is_shown_as_one(bursar, variables):
    variables(STRIPE_SECRET_KEY="sk_test_any", BURSAR_STRIPE_URL="http://127.0.0.1:9/stripe")

    assert "http://127.0.0.1:9/stripe" in bursar("gateways", "list").out


def test_no_secret_is_shown(bursar, variables):
    variables(STRIPE_SECRET_KEY="sk_test_hidden", STRIPE_WEBHOOK_SECRET="whsec_hidden_0123456789")

    out = bursar("gateways", "list").out + bursar("gateways", "list", "--json").out

    assert "hidden" not in out
