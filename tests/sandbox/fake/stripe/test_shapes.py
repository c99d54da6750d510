import json

import pytest
import stripe
from stripe._object_classes import get_object_class

from tests.sandbox.fake.stripe.asking import payment, session
from tests.sandbox.fake.stripe.billing import subscription


def _busy(stage) -> None:
    """An account in which everything has happened once."""
    customer = stage.v1.customers.create({"email": "a@example.com"}).id
    stage.v1.refunds.create({"payment_intent": payment(stage, customer=customer).id, "amount": 100})
    stage.control("pay", session=session(stage).id)
    subscription(stage)
    stage.control("open_dispute", payment=payment(stage).id)
    stage.control("pay_out")


def _objects(value: object) -> list[dict]:
    """Every object in an event, also those inside others."""
    if isinstance(value, list):
        return [found for one in value for found in _objects(one)]
    if not isinstance(value, dict):
        return []
    inner = [found for one in value.values() for found in _objects(one)]
    return [value, *inner] if isinstance(value.get("object"), str) else inner


def test_no_object_has_a_field_that_stripes_own_types_do_not_know(stage):
    _busy(stage)
    seen: dict[str, set[str]] = {}
    for event in stage.gateways.webhooks.events:
        for found in _objects(json.loads(event.body)):
            seen.setdefault(found["object"], set()).update(found)

    unknown = {
        kind: fields - set(get_object_class("V1", kind).__annotations__)
        for kind, fields in seen.items()
        if kind != "list"
    }
    assert {kind: sorted(fields) for kind, fields in unknown.items() if fields} == {}
    assert len(seen) > 12


def test_every_answer_has_a_request_id_that_its_events_name(stage):
    made = stage.v1.customers.create({}, {"idempotency_key": "k"})
    (event,) = stage.v1.events.list({"limit": 1}).data

    assert made.last_response.request_id == event.request.id
    with pytest.raises(stripe.InvalidRequestError) as missing:
        stage.v1.customers.retrieve("cus_no")
    assert missing.value.request_id.startswith("req_")


def test_what_happens_by_itself_names_no_request(stage):
    opened = session(stage)
    stage.gateways.clock.advance(25 * 3_600)
    assert stage.v1.checkout.sessions.retrieve(opened.id).status == "expired"

    (event,) = stage.v1.events.list({"type": "checkout.session.expired"}).data

    assert event.request.id is None
