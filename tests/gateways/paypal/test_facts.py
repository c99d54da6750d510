"""No event of PayPal's is believed: each names an object, and only what was fetched becomes facts."""

from collections import Counter

import pytest

from bursar.gateways import strictjson
from bursar.gateways.paypal.facts import HANDLED_TYPES, read
from bursar.gateways.paypal.kinds import FETCHED_PREFIX, Kind
from bursar.gateways.protocol import Ignored, NeedsFetch, Unreadable
from bursar.rules.facts import (
    CheckoutFact,
    ConversionFact,
    DisputeFact,
    DisputeFundsFact,
    FeeFact,
    PaymentFact,
    RefundFact,
    SubscriptionFact,
)
from bursar.sandbox.samples import paypal_event
from tests.gateways.paypal.reading import read_found

ASKS_FOR = {
    **{f"CHECKOUT.ORDER.{word}": ("order", "5DEMO0001-O") for word in ("APPROVED", "COMPLETED")},
    **{
        f"PAYMENT.CAPTURE.{word}": ("capture", "5DEMO0001")
        for word in ("COMPLETED", "PENDING", "DENIED", "DECLINED")
    },
    "PAYMENT.CAPTURE.REFUNDED": ("refund", "5DEMO0001-R"),
    "PAYMENT.CAPTURE.REVERSED": ("reversal", "5DEMO0001-R"),
    **{f"PAYMENT.SALE.{word}": ("sale", "5DEMO0001") for word in ("COMPLETED", "PENDING", "DENIED")},
    "PAYMENT.SALE.REFUNDED": ("sale_refund", "5DEMO0001-R"),
    "PAYMENT.SALE.REVERSED": ("sale_reversal", "5DEMO0001-R"),
    **{
        f"BILLING.SUBSCRIPTION.{word}": ("subscription", "I-5DEMO0001")
        for word in ("CREATED", "ACTIVATED", "RE-ACTIVATED", "UPDATED", "SUSPENDED", "CANCELLED", "EXPIRED")
    },
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": ("subscription", "I-5DEMO0001"),
    **{
        f"CUSTOMER.DISPUTE.{word}": ("dispute", "PP-D-5DEMO0001")
        for word in ("CREATED", "UPDATED", "RESOLVED")
    },
}
BAD_IDS = [None, "", "x" * 65, "../1", "1/refund", "1?a=b", "1#", "a b", "é", 7, ["1"]]


def document_of(event_type):
    return strictjson.loads(paypal_event(event_type))


def test_every_event_asks_for_an_object_and_every_object_can_be_read():
    assert ASKS_FOR.keys() | {f"{FETCHED_PREFIX}{kind}" for kind in Kind} == HANDLED_TYPES
    assert {kind for kind, _ in ASKS_FOR.values()} == set(Kind)


@pytest.mark.parametrize("event_type", sorted(ASKS_FOR))
def test_an_event_only_says_what_to_ask_for(event_type):
    kind, object_id = ASKS_FOR[event_type]

    assert read(event_type, document_of(event_type)) == NeedsFetch(kind=kind, object_id=object_id)


@pytest.mark.parametrize("event_type", sorted(ASKS_FOR))
@pytest.mark.parametrize("bad", BAD_IDS)
def test_an_id_that_could_lead_the_question_astray_is_refused(event_type, bad):
    document = document_of(event_type)
    document["resource"] |= {"id": bad, "dispute_id": bad}

    with pytest.raises(
        Unreadable, match=r"^resource\.(dispute_)?id must be 1\.\.64 letters, digits, - and _$"
    ):
        read(event_type, document)


@pytest.mark.parametrize("event_type", sorted(ASKS_FOR))
@pytest.mark.parametrize("resource", [None, [], "1", {}])
def test_an_event_about_nothing_is_unreadable(event_type, resource):
    with pytest.raises(Unreadable, match=r"^resource\."):
        read(event_type, document_of(event_type) | {"resource": resource})


@pytest.mark.parametrize(
    "event_type",
    [
        "PAYMENT.AUTHORIZATION.CREATED",
        "payment.capture.completed",
        "INVOICING.INVOICE.PAID",
        "fetched.",
        "",
        "fetched.payout",
    ],
)
def test_any_other_type_is_ignored_whatever_it_carries(event_type):
    assert read(event_type, {}) == Ignored(reason="unhandled type")


@pytest.mark.parametrize("kind", list(Kind))
def test_a_fetched_object_that_is_none_is_unreadable(kind):
    with pytest.raises(Unreadable):
        read(kind.fetched_type, {})


def test_the_samples_tell_every_kind_of_fact_that_paypal_has():
    story = {"currency": "EUR", "settled_currency": "USD", "fee_minor": 350}
    told = Counter(type(fact) for kind in Kind for fact in read_found(kind, **story))

    assert told.keys() == {
        PaymentFact,
        CheckoutFact,
        RefundFact,
        DisputeFact,
        DisputeFundsFact,
        FeeFact,
        ConversionFact,
        SubscriptionFact,
    }
