import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from bursar.gateways import strictjson
from bursar.gateways.protocol import Ignored
from bursar.gateways.razorpay.facts import read
from bursar.rules.facts import CheckoutFact, PaymentFact
from bursar.rules.states import CheckoutStatus, PaymentStatus
from bursar.sandbox.fake.vendors import DEMO_SECRETS
from tests.sandbox.fake.conftest import Stage
from tests.sandbox.fake.razorpay_stage import DAY_S, RazorpayStage, staged

RETURN_URL = "https://school.example/paid?term=spring"


@pytest.fixture
def fake(stage: Stage) -> Iterator[RazorpayStage]:
    made = staged(stage.gateways)
    yield made
    made.sdk.session.close()


def link(fake: RazorpayStage, **more: object) -> dict:
    told = {
        "amount": 61_000,
        "currency": "INR",
        "reference_id": "notice-7",
        "description": "Web track, first instalment",
        "callback_url": RETURN_URL,
        "callback_method": "get",
        "notes": {"invoice": "INV-7"},
    }
    return fake.sdk.payment_link.create(told | more)


def in_minutes(fake: RazorpayStage, minutes: int) -> int:
    return fake.gateways.clock.unix_s() + 60 * minutes


def test_a_paid_link_is_told_four_times_and_is_one_payment(fake):
    made = link(fake)
    fake.control("pay", checkout=made["id"])

    assert fake.types() == ["payment.authorized", "payment.captured", "order.paid", "payment_link.paid"]
    facts = [fact for reading in fake.readings() for fact in reading]
    assert len({fact.payment for fact in facts if isinstance(fact, PaymentFact)}) == 1
    assert {fact.checkout for fact in facts if isinstance(fact, CheckoutFact)} >= {made["id"]}
    assert [fact.claims.invoice for fact in facts if isinstance(fact, PaymentFact)] == 4 * ["INV-7"]
    assert fake.sdk.payment_link.fetch(made["id"])["payments"][0]["status"] == "captured"


def test_a_link_is_paid_once(fake, http):
    made = link(fake)
    fake.control("pay", checkout=made["id"])

    again = http.post("/_fake/razorpay/pay", json={"checkout": made["id"]})

    assert again.status_code == 400
    assert fake.gateways.book.captured() == {
        fake.sdk.payment_link.fetch(made["id"])["payments"][0]["payment_id"]: 61_000
    }


def test_a_reference_is_used_once_for_ever(fake):
    made = link(fake)
    fake.sdk.payment_link.cancel(made["id"])

    refused = fake.error(link, fake)

    assert refused["field"] == "reference_id"
    assert fake.sdk.payment_link.all({"reference_id": "notice-7"})["payment_links"][0]["id"] == made["id"]
    assert fake.sdk.payment_link.all({"reference_id": "notice-8"})["payment_links"] == []


@pytest.mark.parametrize("minutes", [-10, 0, 14, 185 * 24 * 60])
def test_a_link_ends_in_a_quarter_of_an_hour_at_the_earliest_and_half_a_year_at_the_latest(fake, minutes):
    assert fake.error(link, fake, expire_by=in_minutes(fake, minutes))["field"] == "expire_by"


def test_a_link_expires_by_the_clock_and_cannot_be_paid_then(fake, http):
    made = link(fake, expire_by=in_minutes(fake, 20))
    fake.advance(21 * 60)

    assert fake.types() == ["payment_link.expired"]
    (fact,) = fake.readings()[0]
    assert fact.status is CheckoutStatus.EXPIRED
    assert http.post("/_fake/razorpay/pay", json={"checkout": made["id"]}).status_code == 400
    assert "is expired" in http.get(f"/pay/{made['id']}").text


def test_only_an_open_link_can_be_cancelled(fake):
    made = link(fake)
    assert fake.sdk.payment_link.cancel(made["id"])["status"] == "cancelled"

    assert "already cancelled" in fake.error(fake.sdk.payment_link.cancel, made["id"])["description"]
    assert fake.types() == ["payment_link.cancelled"]


# -- the hosted page


def test_the_page_shows_what_is_to_be_paid(fake, http):
    shown = http.get(f"/pay/{link(fake)['id']}")

    assert shown.status_code == 200
    assert "₹610.00" in shown.text
    assert "Web track, first instalment" in shown.text


def test_who_pays_on_the_page_goes_back_with_a_proof(fake, http):
    made = link(fake)

    answer = http.post(f"/pay/{made['id']}", data={"choice": "pay"})

    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert answer.status_code == 303
    assert query["razorpay_payment_link_status"] == ["paid"]
    told = {
        "payment_link_id": made["id"],
        "payment_link_reference_id": "notice-7",
        "payment_link_status": "paid",
        "razorpay_payment_id": query["razorpay_payment_id"][0],
        "razorpay_signature": query["razorpay_signature"][0],
    }
    assert fake.sdk.utility.verify_payment_link_signature(told)


def test_who_is_declined_on_the_page_sees_why_and_may_try_again(fake, http):
    made = link(fake)

    answer = http.post(f"/pay/{made['id']}", data={"choice": "decline"}, follow_redirects=True)
    http.post(f"/pay/{made['id']}", data={"choice": "pay"})

    assert "did not approve" in answer.text
    assert fake.sdk.payment_link.fetch(made["id"])["status"] == "paid"
    order = fake.sdk.payment_link.fetch(made["id"])["order_id"]
    assert fake.sdk.order.fetch(order)["attempts"] == 2


def test_who_pays_through_a_slow_bank_has_paid_two_days_later(fake, http):
    made = link(fake)

    answer = http.post(f"/pay/{made['id']}", data={"choice": "pay-later"})

    assert answer.headers["location"] == RETURN_URL
    assert fake.types() == ["payment.failed"]
    fake.advance(2 * DAY_S)
    assert fake.types()[-1] == "payment_link.paid"


def test_who_leaves_the_page_has_paid_nothing(fake, http):
    made = link(fake)

    answer = http.post(f"/pay/{made['id']}", data={"choice": "leave"})

    assert answer.headers["location"] == RETURN_URL
    assert fake.types() == []


def test_a_subscription_is_approved_on_its_page(fake, http):
    item = {"name": "Web track", "amount": 50_000, "currency": "INR"}
    plan = fake.sdk.plan.create({"period": "monthly", "interval": 1, "item": item})
    made = fake.sdk.subscription.create({"plan_id": plan["id"], "total_count": 6, "quantity": 2})

    shown = http.get(f"/pay/{made['id']}")
    for choice in ("decline", "pay-later", "leave"):
        http.post(f"/pay/{made['id']}", data={"choice": choice})
        assert fake.sdk.subscription.fetch(made["id"])["status"] == "created"
    done = http.post(f"/pay/{made['id']}", data={"choice": "pay"}, follow_redirects=True)

    assert "₹1,000.00" in shown.text
    assert "Web track, 6 times" in shown.text
    assert "This subscription is active." in done.text
    assert list(fake.gateways.book.captured().values()) == [100_000]


# -- deliveries


def test_everything_it_tells_is_signed_and_read(fake, receiver):
    """One life of a school account, told to a receiver that verifies and reads every event."""
    made = link(fake)
    fake.control("decline", checkout=made["id"])
    fake.control("pay", checkout=made["id"])
    payment = fake.sdk.payment_link.fetch(made["id"])["payments"][0]["payment_id"]
    refund = fake.sdk.payment.refund(payment, {"amount": 1_000})["id"]
    fake.control("fail_refund", refund=refund)
    dispute = fake.control("open_dispute", payment=payment)["id"]
    fake.control("close_dispute", dispute=dispute, won=True)
    fake.control("settle")
    plan = fake.sdk.plan.create(
        {"period": "monthly", "interval": 1, "item": {"name": "p", "amount": 500, "currency": "INR"}}
    )
    subscription = fake.sdk.subscription.create({"plan_id": plan["id"], "total_count": 2})["id"]
    fake.control("approve", subscription=subscription)
    fake.advance(61 * DAY_S)
    fake.gateways.webhooks.deliver(early=True)

    assert len(receiver.deliveries) == len(fake.events()) > 20
    for delivery in receiver.deliveries:
        assert delivery.gateway == "razorpay"
        assert delivery.verified(DEMO_SECRETS["razorpay"], int(time.time())) == "known"
        told = strictjson.loads(delivery.body)
        assert not isinstance(read(told["event"], told), Ignored), told["event"]


def test_every_attempt_that_took_money_stands_in_the_book(fake):
    made = link(fake)
    fake.control("decline", checkout=made["id"])
    fake.control("pay", checkout=made["id"])

    rows = fake.gateways.book.rows()
    captured = [
        fact.amount_minor
        for reading in fake.readings()
        for fact in reading
        if isinstance(fact, PaymentFact) and fact.status is PaymentStatus.SUCCEEDED
    ]
    assert [row.standing for row in rows] == ["failed", "captured"]
    assert rows[1].metadata == {"invoice": "INV-7"}
    assert set(captured) == {61_000}


# -- the shapes that Razorpay publishes

PUBLISHED = {
    "order": "fake_order",
    "payment_link": "fake_payment_link",
    "refund": "fake_refund",
    "settlement": "fake_settlement",
    "subscription": "fake_subscription",
    "plan": "fake_plan",
}


@pytest.mark.parametrize("kind", list(PUBLISHED))
def test_an_entity_has_every_field_that_razorpay_publishes_of_it(fake, corpus, kind):
    """Razorpay's own examples, out of its library."""
    made = link(fake)
    fake.control("pay", checkout=made["id"])
    shown = fake.sdk.payment_link.fetch(made["id"])
    payment = shown["payments"][0]["payment_id"]
    plan = fake.sdk.plan.create(
        {"period": "monthly", "interval": 1, "item": {"name": "p", "amount": 500, "currency": "INR"}}
    )
    played = {
        "order": fake.sdk.order.fetch(shown["order_id"]),
        "payment_link": shown,
        "refund": fake.sdk.payment.refund(payment, {"amount": 500}),
        "settlement": fake.control("settle"),
        "plan": plan,
        "subscription": fake.sdk.subscription.create({"plan_id": plan["id"], "total_count": 2}),
    }
    (file,) = (corpus / "razorpay_objects").glob(f"*__{PUBLISHED[kind]}.json")

    assert set(strictjson.loads(file.read_bytes())) - set(played[kind]) == set()
