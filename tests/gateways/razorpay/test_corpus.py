"""Razorpay's own example events, read as they are published. Needs GATEWAY_CORPUS."""

from collections import Counter
from pathlib import Path

import pytest

from bursar.errors import Refused
from bursar.gateways import strictjson
from bursar.gateways.protocol import Ignored, Reading
from bursar.gateways.razorpay.envelope import envelope
from bursar.gateways.razorpay.facts import HANDLED_TYPES, read
from bursar.rules.facts import FactKind, FeeFact, PaymentFact

NO_MONEY = {
    "payment.authorized.emandate.json",
    "payment.authorized.paper-nach.json",
    "payment.captured.emandate.json",
    "payment.failed.paper-nach.json",
}
"""Registrations of mandates: handled types over an amount of 0."""
KINDS = {
    FactKind.PAYMENT_SUCCEEDED,
    FactKind.PAYMENT_AUTHORIZED,
    FactKind.PAYMENT_FAILED,
    FactKind.CHECKOUT_COMPLETED,
    FactKind.CHECKOUT_EXPIRED,
    FactKind.REFUND_CHANGED,
    FactKind.DISPUTE_CHANGED,
    FactKind.FEE_KNOWN,
    FactKind.SETTLEMENT_CHANGED,
    FactKind.GATEWAY_INVOICE_CHANGED,
    FactKind.SUBSCRIPTION_CHANGED,
    FactKind.PAYMENT_METHOD_CHANGED,
    FactKind.DOWNTIME_CHANGED,
}
"""What somebody published an example of; no example is exchanged or has money of a dispute moved."""
PERSONAL = ("@", "gaurav", "kumar", "neelesh", "+91", "9000090000")


def _read(file: Path) -> tuple[str, Reading]:
    body = file.read_bytes()
    document = strictjson.loads(body)
    event_type = envelope(document, body, {}).type
    return event_type, read(event_type, document)


@pytest.fixture(scope="module")
def readings(corpus: Path) -> dict[str, tuple[str, Reading]]:
    """By file name. No published event may be refused: there is no list of exceptions."""
    found = {}
    for file in sorted((corpus / "razorpay").glob("*.json")):
        try:
            found[file.name] = _read(file)
        except Refused as refused:
            pytest.fail(f"{file.name}: {refused}")
    assert len(found) > 130
    return found


def test_every_published_event_of_a_handled_type_becomes_facts_but_for_those_named_here(readings):
    ignored = set()
    for name, (event_type, reading) in readings.items():
        if event_type in HANDLED_TYPES and isinstance(reading, Ignored):
            assert reading.reason == "no money"
            ignored.add(name.rpartition("__")[2])

    assert ignored == NO_MONEY


def test_every_other_published_event_is_ignored(readings):
    others = [reading for event_type, reading in readings.values() if event_type not in HANDLED_TYPES]

    assert len(others) > 50
    assert set(others) == {Ignored(reason="unhandled type")}


def test_the_published_events_tell_these_kinds_of_facts(readings):
    told = Counter(
        fact.kind for _, reading in readings.values() if isinstance(reading, tuple) for fact in reading
    )

    assert set(told) == KINDS


def test_every_published_fee_is_less_than_its_payment_and_more_than_its_tax(readings):
    fees = 0
    for _, reading in readings.values():
        facts = reading if isinstance(reading, tuple) else ()
        amounts = {fact.payment: fact.amount_minor for fact in facts if isinstance(fact, PaymentFact)}
        for fee in (fact for fact in facts if isinstance(fact, FeeFact)):
            assert 0 <= fee.tax_minor < fee.fee_minor < amounts[fee.source]
            fees += 1

    assert fees > 20


def test_nobody_published_in_an_example_is_named_in_a_fact(readings):
    told = [str(reading).lower() for _, reading in readings.values()]

    assert not [text for text in told for word in PERSONAL if word in text]
