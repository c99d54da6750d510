"""PayPal's published vector and events others published. Needs GATEWAY_CORPUS."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from bursar.gateways import strictjson
from bursar.gateways.paypal.certificates import Certificates
from bursar.gateways.paypal.envelope import envelope
from bursar.gateways.paypal.facts import HANDLED_TYPES, read
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.paypal.trust import Trust, pinned, public_roots
from bursar.gateways.protocol import Ignored, NeedsFetch, Secret, SignatureMismatch, Unreadable
from bursar.rules.facts import DisputeFact, FeeFact, PaymentFact, RefundFact
from bursar.rules.states import PaymentStatus
from tests.support.paypal import at_once, never

UNLINKED = "dj-paypal__PAYMENT.CAPTURE.REVERSED.json"
"""A reversal as an event of 2014, without the link to its capture that the API gives."""


@pytest.fixture(scope="module")
def vector(corpus: Path):
    vectors = json.loads((corpus / "vectors/vectors.json").read_text(encoding="utf-8"))
    return next(each for each in vectors if each["gateway"] == "paypal")


def _verify(vector, corpus, webhook_id):
    """As of then: the certificate ended in 2017, and its CA is no longer public."""
    certificates = Certificates(never, never, at_once)
    certificates.keep(vector["cert_url"], pinned((corpus / vector["cert_file"]).read_bytes()))
    headers = {
        "paypal-transmission-id": vector["transmission_id"],
        "paypal-transmission-time": vector["transmission_time"],
        "paypal-transmission-sig": vector["transmission_sig"],
        "paypal-cert-url": vector["cert_url"],
        "paypal-auth-algo": vector["auth_algo"],
    }
    now_s = int(datetime.fromisoformat(vector["transmission_time"]).timestamp())
    body = (corpus / vector["body_file"]).read_bytes()
    secrets = [Secret(value=webhook_id.encode(), key_id="published")]
    return PayPal(certificates).verify(body, headers, secrets, now_s)


def test_the_published_delivery_is_genuine(vector, corpus):
    assert _verify(vector, corpus, vector["webhook_id"]) == "published"


def test_the_published_certificate_names_paypal_and_its_old_ca_is_believed_no_more(vector, corpus):
    now_s = int(datetime.fromisoformat(vector["transmission_time"]).timestamp())

    with pytest.raises(SignatureMismatch, match="no public CA vouches"):
        Trust(public_roots())((corpus / vector["cert_file"]).read_bytes(), now_s)


def test_the_published_delivery_was_for_nobody_else(vector, corpus):
    with pytest.raises(SignatureMismatch):
        _verify(vector, corpus, vector["webhook_id"] + "X")


@pytest.fixture(scope="module")
def events(corpus: Path):
    """By file name."""
    found = {}
    for file in sorted((corpus / "paypal").glob("*.json")):
        document = strictjson.loads(file.read_bytes())
        found[file.name] = (envelope(document), document)
    assert len(found) > 20
    return found


def test_every_published_event_is_a_question_or_ignored(events):
    told = Counter()
    for named, document in events.values():
        reading = read(named.type, document)
        if named.type in HANDLED_TYPES:
            assert isinstance(reading, NeedsFetch)
            assert reading.object_id == named.object_id
            told[reading.kind] += 1
        else:
            assert reading == Ignored(reason="unhandled type")

    assert told.keys() == set(Kind) - {Kind.REFUND, Kind.SALE_REVERSAL}


def test_every_published_event_has_a_time_and_a_name(events):
    assert [name for name, (named, _) in events.items() if not (named.occurred_at and named.dedupe_key)] == []


def test_every_published_resource_is_read_as_what_a_fetch_would_find(events):
    told, refused = [], []
    for name, (named, document) in events.items():
        reading = read(named.type, document)
        if isinstance(reading, NeedsFetch):
            try:
                facts = read(f"fetched.{reading.kind}", document["resource"])
            except Unreadable:
                refused.append(name)
                continue
            told += facts if isinstance(facts, tuple) else []

    assert refused == [UNLINKED]
    assert Counter(type(fact) for fact in told).keys() >= {PaymentFact, RefundFact, DisputeFact, FeeFact}
    assert {fact.status for fact in told if isinstance(fact, PaymentFact)} == {
        PaymentStatus.SUCCEEDED,
        PaymentStatus.PROCESSING,
        PaymentStatus.FAILED,
    }


def test_nobody_published_in_an_example_is_named_in_a_fact(events):
    resources = [(read(named.type, each), each["resource"]) for named, each in events.values()]
    texts = []
    for asked, resource in resources:
        if isinstance(asked, NeedsFetch):
            try:
                texts.append(str(read(f"fetched.{asked.kind}", resource)))
            except Unreadable as refused:
                texts.append(str(refused))

    assert [text for text in texts if any(word in text for word in ("@", "Cool", "John", "ACME"))] == []
