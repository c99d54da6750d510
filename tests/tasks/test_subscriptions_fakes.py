"""The life of a subscription in front of the fake gateways, told by their own webhooks only."""

from collections.abc import Iterator
from uuid import UUID

import pytest
import stripe

from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.requests import ChangeAt, Proration
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.server import FakeServer
from bursar.sandbox.fake.vendors import every_vendor
from models.queries import subscriptions
from models.session import transaction
from tasks import gateways, routing
from tasks.customers import list_methods
from tasks.events import apply_events
from tasks.subscriptions import Change, Start, cancel, change, pause, preview, resume, start
from tests.support.factories import make_customer, make_plan, rows, store_event, value
from tests.tasks.steps import broken, open_breaks

MONTH_S = 30 * 86_400
MINUTE_S = 60
"""Between two acts of a person: within one second of the gateway's clock their order is not told."""


class World:
    """The fake gateways, a payer, and what their webhooks have told so far."""

    def __init__(self, fakes: FakeGateways) -> None:
        self.fakes = fakes
        self.told = 0
        addresses = {"api": fakes.base_url("stripe")}
        self.v1 = stripe.StripeClient(
            "sk_test_dashboard",
            base_addresses=addresses,  # type: ignore[arg-type]
        ).v1

    def deliver(self) -> None:
        """Everything that was announced since, twice and the last first."""
        events, self.told = self.fakes.webhooks.events[self.told :], len(self.fakes.webhooks.events)
        for event in [*reversed(events), *events]:
            store_event(event.body, gateway=event.gateway)
        while value("SELECT count(*) FROM gateway_events WHERE state = 'pending' AND waiting_for IS NULL"):
            apply_events()

    def later(self, seconds: float) -> None:
        self.fakes.advance(seconds)

    def standing(self, subscription_id: UUID):
        self.deliver()
        with transaction() as session:
            return subscriptions.get(session, subscription_id)

    def stripe_price(self, minor: int) -> str:
        asked = {"currency": "usd", "unit_amount": minor, "recurring": {"interval": "month"}}
        return self.v1.prices.create({**asked, "product_data": {"name": f"Club {minor}"}}).id

    def pay(self, client_secret: str) -> None:
        """The payer's page saves a card and confirms the first invoice with it."""
        record = value("SELECT external_id FROM customer_gateway_refs WHERE gateway_account = 'stripe:test'")
        saved = self.v1.payment_methods.attach("pm_card_visa", {"customer": record}).id
        self.v1.customers.update(record, {"invoice_settings": {"default_payment_method": saved}})
        intent = client_secret.partition("_secret_")[0]
        self.v1.payment_intents.confirm(intent, {"payment_method": saved})


@pytest.fixture
def world(database_url, configure) -> Iterator[World]:
    fakes = FakeGateways.build(every_vendor(), stem="sub")
    with FakeServer(fakes):
        configure(
            STRIPE_SECRET_KEY="sk_test_hand",
            BURSAR_STRIPE_URL=fakes.base_url("stripe"),
            RAZORPAY_KEY_ID="rzp_test_hand",
            RAZORPAY_KEY_SECRET="key_secret",
            BURSAR_RAZORPAY_URL=fakes.base_url("razorpay"),
            BURSAR_RETURN_URL="https://school.example/paid",
        )
        for made in (gateways.api_of, routing.breaker, routing.buckets):
            made.cache_clear()
        yield World(fakes)
        for account in ("stripe:test", "razorpay:test"):
            gateways.api_of(account).close()
        gateways.api_of.cache_clear()


def test_a_subscription_at_stripe_from_its_begin_to_its_end(world):
    payer = make_customer(email="ada@example.com")
    make_plan("basic", ("USD", "stripe:test", world.stripe_price(30_00)))
    make_plan("gold", ("USD", "stripe:test", world.stripe_price(50_00)))

    made = start(Start(customer_id=payer.id, plan="basic"), here=True)
    begun = world.standing(made)
    assert (begun.status, begun.plan) == ("incomplete", "basic")
    world.pay(begun.client_secret)
    running = world.standing(made)
    assert (running.status, running.plan, running.customer) == ("active", "basic", payer.external_ref)
    assert [(each.account, [way.label for way in each.methods]) for each in list_methods(payer.id)] == [
        ("razorpay:test", []),
        ("stripe:test", ["visa •••• 4242"]),
    ]

    world.later(MONTH_S / 2)
    upgrade = Change(plan="gold", proration=Proration.INVOICE_NOW)
    seen = preview(made, upgrade)
    change(made, upgrade, "desk", here=True)
    assert seen.currency == "USD"
    assert 0 < seen.due_now_minor < 20_00 < seen.credit_minor + seen.due_now_minor
    assert world.standing(made).plan == "gold"

    pause(made, "desk", here=True)
    assert world.standing(made).status == "paused"
    world.later(MINUTE_S)
    resume(made, "desk", here=True)
    assert world.standing(made).status == "active"

    cancel(made, ChangeAt.PERIOD_END, "desk", here=True)
    ending = world.standing(made)
    assert (ending.status, ending.cancel_at_period_end) == ("active", True)
    world.later(MONTH_S)
    ended = world.standing(made)
    assert (ended.status, ended.plan) == ("canceled", "gold")

    # The first invoice and the upgrade, and nothing after the end; each belongs to the payer.
    taken = rows("SELECT amount_minor, customer_id FROM payments WHERE status = 'succeeded' ORDER BY 1")
    assert sum(amount for amount, _ in taken) == sum(world.fakes.book.captured("stripe").values())
    assert {owner for _, owner in taken} == {payer.id}
    assert abs(taken[0][0] - seen.due_now_minor) <= 1  # a second has passed since the preview
    assert rows("SELECT count(*) FROM customer_gateway_refs") == [(1,)]
    assert broken() == []


def test_what_stripe_cannot_do_in_one_request_is_refused_with_the_cure(world):
    payer = make_customer()
    make_plan("basic", ("USD", "stripe:test", world.stripe_price(30_00)))
    make_plan("gold", ("USD", "stripe:test", world.stripe_price(50_00)))
    made = start(Start(customer_id=payer.id, plan="basic", trial_days=7), here=True)
    assert world.standing(made).status == "trialing"

    change(made, Change(plan="gold", at=ChangeAt.PERIOD_END), "desk", here=True)

    refused = world.standing(made)
    assert (refused.plan, refused.last_outcome) == ("basic", "refused")
    assert "change it now without proration" in refused.last_error
    assert open_breaks() == ["call_refused"]


def test_a_subscription_at_razorpay_as_far_as_its_api_goes(world):
    sdk = gateways.api_of("razorpay:test")._client.sdk
    priced = {"period": "monthly", "interval": 1}
    for slug, minor in (("basic", 500_00), ("gold", 900_00)):
        item = {"name": slug, "amount": minor, "currency": "INR"}
        make_plan(slug, ("INR", "razorpay:test", sdk.plan.create({**priced, "item": item})["id"]))
    payer = make_customer(email="ravi@example.com")

    endless = start(Start(customer_id=payer.id, plan="basic"), here=True)
    assert "cycles: Razorpay demands" in world.standing(endless).failure
    made = start(Start(customer_id=payer.id, plan="basic", cycles=12), here=True)
    begun = world.standing(made)
    assert (begun.status, begun.approval_url) == (
        "incomplete",
        f"{world.fakes.url}/pay/{begun.external_id}",
    )
    world.fakes.control("razorpay", "approve", subscription=begun.external_id)
    assert world.standing(made).status == "active"

    with pytest.raises(GatewayRefused, match="preview of a change now") as refused:
        preview(made, Change(plan="gold"))
    assert refused.value.failure.code is FailureCode.UNSUPPORTED
    later = Change(plan="gold", at=ChangeAt.PERIOD_END)
    assert preview(made, later).next_amount_minor == 900_00
    change(made, later, "desk", here=True)
    assert world.standing(made).plan == "basic"
    world.later(MONTH_S)
    assert world.standing(made).plan == "gold"

    pause(made, "desk", here=True)
    assert world.standing(made).status == "paused"
    world.later(MINUTE_S)
    resume(made, "desk", here=True)
    assert world.standing(made).status == "active"
    cancel(made, ChangeAt.PERIOD_END, "desk", here=True)
    assert world.standing(made).status == "active"
    world.later(MONTH_S)

    assert world.standing(made).status == "canceled"
    owners = rows("SELECT DISTINCT customer_id FROM payments WHERE status = 'succeeded'")
    assert owners == [(payer.id,)]
    assert value("SELECT sum(amount_minor) FROM payments WHERE status = 'succeeded'") == sum(
        world.fakes.book.captured("razorpay").values()
    )
    assert broken() == []
