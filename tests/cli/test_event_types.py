"""Operators see what each type of event becomes, as the gateways' readers say it."""

from bursar.cli.exits import ExitCode
from bursar.gateways.paypal.kinds import FETCHED_PREFIX
from bursar.gateways.readers import reader_names
from bursar.gateways.registry import handled_types
from bursar.rules.facts import FactKind
from bursar.sandbox import samples

ASKED = "waits until its object is fetched"


def test_every_handled_type_of_every_gateway_is_listed_with_facts_it_becomes(bursar):
    told = bursar("events", "types", "--json").jsonl

    assert {(each["gateway"], each["type"]) for each in told} == {
        (name, event_type) for name in reader_names() for event_type in handled_types(name)
    }
    assert {fact for each in told for fact in each["facts"]} == {*FactKind, ASKED}
    assert {each["type"] for each in told if ASKED in each["facts"]} == {
        event_type for event_type in handled_types("paypal") if not event_type.startswith(FETCHED_PREFIX)
    }


def test_types_of_one_gateway_are_listed_alone(bursar):
    out = bursar("events", "types", "--gateway", "razorpay").out

    assert "settlement.processed" in out
    assert "payment_intent" not in out
    assert "Other types are ignored." in out
    assert bursar("events", "types", "--gateway", "nobody").code == ExitCode.USAGE


def test_a_type_without_a_sample_says_so(bursar, monkeypatch):
    monkeypatch.delitem(samples.SAMPLES, "stripe:payout.paid")

    lines = bursar("events", "types", "--gateway", "stripe").out.splitlines()

    assert next(line for line in lines if "payout.paid" in line).endswith("needs its own body")
