"""`bursar plans` and `bursar subscriptions`: from a plan to its end, as an operator types it."""

import pytest

from bursar.cli.exits import ExitCode
from bursar.cli.plans import FIELDS as PLAN_FIELDS
from bursar.cli.subscriptions import FIELDS, PREVIEW_FIELDS
from bursar.gateways.api.failures import FailureCode
from tasks import gateways
from tasks.events import apply_events
from tests.support.factories import link_gateway_customer, make_customer, make_plan, value
from tests.support.toy.api import ToyApi, away, refused
from tests.support.toy.install import install
from tests.support.toy.subscriptions import told
from tests.tasks.steps import tell

pytestmark = pytest.mark.postgres


@pytest.fixture
def toy(database_url, monkeypatch):
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi("toy")
    install(monkeypatch, api)
    return api


@pytest.fixture
def payer(toy):
    make_plan("basic", ("INR", "toy:test", "price_basic"))
    make_plan("gold", ("INR", "toy:test", "price_gold"))
    customer = make_customer()
    link_gateway_customer(customer, "toy_cus_kept", account="toy:test")
    return customer


@pytest.fixture
def running(bursar, toy, payer):
    """The id of a subscription that was paid."""
    made = bursar("subscriptions", "start", payer.external_ref, "basic", "--inline", "--json").json
    tell(told(toy, made["subscription"], status="active", id="evt_1").document, gateway="toy")
    return made["id"]


def status(bursar, subscription):
    apply_events()
    return bursar("subscriptions", "show", subscription, "--json").json


# -- plans


def test_a_plan_is_added_mapped_and_listed_with_what_new_subscriptions_get(bursar, toy):
    assert "bursar plans map gold" in bursar("plans", "add", "gold", "--title", "Gold").out
    for price in ("price_old", "price_new"):
        mapped = bursar("plans", "map", "gold", "--gateway", "toy", "--currency", "inr", "--price", price)
        assert mapped.code == ExitCode.OK

    listed = bursar("plans", "list", "--json").jsonl

    assert [tuple(each) for each in listed] == [PLAN_FIELDS] * 2
    assert [(each["price"], each["currency"], each["offered"]) for each in listed] == [
        ("price_new", "INR", True),
        ("price_old", "INR", False),
    ]
    assert "price_new" in bursar("plans", "list").out


def test_a_plan_without_a_price_is_listed_as_well(bursar, toy):
    added = bursar("plans", "add", "gold", "--title", "Gold", "--interval", "year", "--json").json

    [listed] = bursar("plans", "list", "--json").jsonl

    assert added == listed

    assert (listed["plan"], listed["interval"], listed["price"]) == ("gold", "year", None)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "Gold Plan", "--title", "x"), ExitCode.USAGE, "gold-monthly"),
        (("add", "basic", "--title", "x"), ExitCode.REFUSED, "there already"),
        (
            ("map", "none", "--gateway", "toy", "--currency", "INR", "--price", "p"),
            ExitCode.REFUSED,
            "plans add",
        ),
        (("map", "basic", "--gateway", "bank", "--currency", "INR", "--price", "p"), ExitCode.USAGE, "toy"),
        (
            ("map", "basic", "--gateway", "toy", "--currency", "XX", "--price", "p"),
            ExitCode.REFUSED,
            "three letters",
        ),
        (
            ("map", "basic", "--gateway", "toy", "--currency", "INR", "--price", " "),
            ExitCode.USAGE,
            "copy the id",
        ),
        (
            ("map", "basic", "--gateway", "toy", "--currency", "INR", "--price", "price_gold"),
            ExitCode.REFUSED,
            "the plan gold already",
        ),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_cure(bursar, payer, words, code, said):
    answer = bursar("plans", *words)

    assert (answer.code, said in answer.err) == (code, True), answer.err
    assert value("SELECT count(*) FROM prices") == 2


# -- subscriptions


def test_a_subscription_is_begun_and_says_where_the_payer_approves_it(bursar, payer):
    made = bursar("subscriptions", "start", payer.external_ref, "basic", "--inline", "--json").json

    assert tuple(made) == FIELDS
    assert made["approval_url"] == "https://toy.example/approve/1"
    assert made["client_secret"] == "secret"
    assert (made["status"], made["begun_with"], made["plan"]) == ("requested", "basic", None)
    now = status(bursar, made["id"])
    assert (now["status"], now["plan"]) == ("incomplete", "basic")


def test_for_a_worker_it_is_requested_and_can_be_asked_for(bursar, payer):
    out = bursar("subscriptions", "start", payer.external_ref, "basic").out

    assert "requested" in out
    assert "bursar subscriptions show" in out


def test_a_change_is_previewed_made_and_shown_once_the_gateway_says_so(bursar, running):
    seen = bursar("subscriptions", "preview", running, "gold", "--json").json
    assert tuple(seen) == PREVIEW_FIELDS
    assert (seen["due_now_minor"], seen["credit_minor"], seen["currency"]) == (150_00, 50_00, "INR")
    assert "₹150.00" in bursar("subscriptions", "preview", running, "gold").out

    made = bursar(
        "subscriptions", "change", running, "gold", "--proration", "next_invoice", "--inline", "--json"
    )

    assert made.json["plan"] == "basic"
    assert status(bursar, running)["plan"] == "gold"


def test_it_is_paused_resumed_and_ended(bursar, running):
    bursar("subscriptions", "pause", running, "--inline")
    assert status(bursar, running)["status"] == "paused"
    bursar("subscriptions", "resume", running, "--inline")
    assert status(bursar, running)["status"] == "active"
    bursar("subscriptions", "cancel", running, "--inline")

    ending = status(bursar, running)

    assert (ending["status"], ending["cancel_at_period_end"]) == ("active", True)
    assert ending["period_end"].startswith("2026-10-21")
    assert "active, ends" in bursar("subscriptions", "list").out


def test_they_are_listed_by_customer_and_status_and_found_by_the_gateways_id(bursar, running, payer):
    apply_events()

    [listed] = bursar(
        "subscriptions", "list", "--customer", payer.external_ref, "--status", "active", "--json"
    ).jsonl

    assert listed["id"] == running
    assert bursar("subscriptions", "list", "--status", "canceled").out.strip() == (
        "nobody subscribed to anything"
    )
    assert bursar("subscriptions", "show", "toy_sub_1", "--json").json["id"] == running


def test_what_the_gateway_refuses_ends_with_4_and_its_words(bursar, toy, running):
    toy.before = [refused(FailureCode.UNSUPPORTED)]

    answer = bursar("subscriptions", "change", running, "gold", "--inline")

    assert answer.code == ExitCode.REFUSED
    assert "toy:test refused change_subscription: unsupported: no" in answer.err


def test_a_preview_while_the_gateway_is_away_ends_with_5(bursar, toy, running):
    toy.when_read = [away()]

    assert bursar("subscriptions", "preview", running, "gold").code == ExitCode.TRANSIENT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("start", "nobody", "basic"), "nobody"),
        (("start", "PAYER", "platinum"), "bursar plans list"),
        (("start", "PAYER", "gold", "--currency", "usd"), "bursar plans map gold --currency USD"),
        (("start", "PAYER", "basic"), "bursar subscriptions change"),
        (("change", "RUNNING", "platinum"), "bursar plans list"),
        (("resume", "RUNNING"), "only one that is paused can be resumed"),
        (("pause", "sub_none"), "bursar subscriptions list"),
    ],
)
def test_what_cannot_be_is_refused_with_the_cure(bursar, payer, running, words, said):
    named = {"PAYER": payer.external_ref, "RUNNING": running}

    answer = bursar("subscriptions", *(named.get(word, word) for word in words))

    assert (answer.code, said in answer.err) == (ExitCode.REFUSED, True), answer.err


def test_what_no_gateway_has_told_of_is_found_by_our_own_words_for_it(bursar, payer, running):
    made = bursar("subscriptions", "start", payer.external_ref, "gold", "--json").json

    [listed] = bursar("subscriptions", "list", "--status", "requested", "--json").jsonl
    wrong = bursar("subscriptions", "list", "--status", "paid")

    assert (listed["id"], made["status"]) == (made["id"], "requested")
    assert bursar("subscriptions", "list", "--status", "failed", "--json").jsonl == []
    assert (wrong.code, "is not one of requested, failed, " in wrong.err) == (ExitCode.USAGE, True)


def test_a_customer_is_told_with_his_subscriptions(bursar, payer, running):
    bursar("subscriptions", "start", payer.external_ref, "gold")

    story = bursar("explain", "customer", payer.external_ref, "--json").json
    out = bursar("explain", "customer", payer.external_ref).out

    assert [
        (each["plan"] or each["begun_with"], each["status"]) for each in story["now"]["subscriptions"]
    ] == [
        ("basic", "active"),
        ("gold", "requested"),
    ]
    assert "client_secret" not in str(story)
    assert "subscription.requested" in out
    assert ": 1 x basic, active" in out


def test_a_second_change_in_flight_is_refused(bursar, running):
    bursar("subscriptions", "pause", running)

    answer = bursar("subscriptions", "cancel", running)

    assert answer.code == ExitCode.REFUSED
    assert "has not ended yet: wait" in answer.err


def test_without_a_broker_nothing_is_recorded_that_no_worker_hears_of(bursar, payer, variables):
    variables(BURSAR_BROKER_URL=None)

    answer = bursar("subscriptions", "start", payer.external_ref, "basic")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "BURSAR_BROKER_URL" in answer.err
    assert value("SELECT count(*) FROM subscriptions") == 0
