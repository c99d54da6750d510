"""Which Stripe events are put aside for a person, and why."""

import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Unreadable
from bursar.gateways.stripe.facts import read
from bursar.sandbox.samples import stripe_event


@pytest.mark.parametrize(
    ("event_type", "changes", "reason"),
    [
        ("payment_intent.succeeded", {"status": "requires_payment_method"}, "data.object.status is not"),
        ("payment_intent.succeeded", {"status": None}, "data.object.status is not"),
        ("payment_intent.processing", {"status": "succeeded"}, "data.object.status is not"),
        ("payment_intent.payment_failed", {"status": "succeeded"}, "data.object.status is not"),
        ("payment_intent.payment_failed", {"status": "unheard_of"}, "data.object.status is not"),
        ("payment_intent.succeeded", {"id": None}, "data.object.id must be"),
        ("payment_intent.succeeded", {"currency": "us"}, "data.object.currency must be"),
        ("payment_intent.succeeded", {"currency": None}, "data.object.currency must be"),
        ("charge.succeeded", {"status": "pending"}, "data.object.status is not"),
        ("charge.succeeded", {"status": ["succeeded"]}, "data.object.status is not"),
        ("charge.succeeded", {"captured": None}, "data.object.captured must be"),
        ("charge.succeeded", {"captured": 1}, "data.object.captured must be"),
        ("charge.succeeded", {"amount_captured": None}, "data.object.amount_captured must be"),
        ("charge.refunded", {"amount_refunded": 0}, "data.object.amount_refunded must be"),
        ("charge.refunded", {"refunds": {"data": [None]}}, r"data.object.refunds.data\[0\].status is not"),
        ("refund.created", {"status": "unheard_of"}, "data.object.status is not"),
        ("refund.failed", {"status": "succeeded"}, "data.object.status is not"),
        ("refund.created", {"payment_intent": None, "charge": None}, "data.object names neither"),
        ("refund.created", {"amount": 0}, "data.object.amount must be"),
        ("checkout.session.completed", {"payment_status": None}, "data.object.payment_status is not"),
        ("checkout.session.completed", {"payment_status": "later"}, "data.object.payment_status is not"),
        ("checkout.session.completed", {"amount_total": None}, "data.object.amount_total must be"),
        ("checkout.session.expired", {"id": ""}, "data.object.id must be"),
    ],
)
def test_what_contradicts_its_type_is_unreadable_and_names_the_field(event_type, changes, reason):
    document = strictjson.loads(stripe_event(event_type))
    document["data"]["object"].update(changes)

    with pytest.raises(Unreadable, match=reason):
        read(event_type, document)


@pytest.mark.parametrize("amount", [1.0, 100.5, "100", True, -1, 10**13 + 1, None, [], {}])
@pytest.mark.parametrize(
    ("event_type", "field"),
    [
        ("payment_intent.succeeded", "amount_received"),
        ("payment_intent.processing", "amount"),
        ("charge.succeeded", "amount_captured"),
        ("charge.refunded", "amount_refunded"),
        ("refund.updated", "amount"),
        ("checkout.session.completed", "amount_total"),
    ],
)
def test_an_amount_that_is_not_whole_minor_units_is_unreadable(event_type, field, amount):
    document = strictjson.loads(stripe_event(event_type))
    document["data"]["object"][field] = amount

    with pytest.raises(Unreadable, match=f"data.object.{field} must be an integer"):
        read(event_type, document)


@pytest.mark.parametrize("data", [None, [], "x", {}, {"object": None}, {"object": []}, {"object": {}}])
def test_a_handled_event_without_an_object_is_unreadable(data):
    with pytest.raises(Unreadable, match=r"data\.object must be an object"):
        read("charge.succeeded", {"data": data})
