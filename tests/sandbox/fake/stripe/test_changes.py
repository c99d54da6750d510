import pytest
import stripe

from bursar.rules.facts import SubscriptionFact
from bursar.sandbox.fake.stripe.changes import PENDING_S
from tests.sandbox.fake.stripe.billing import MONTH_S, price, subscription, switch_card
from tests.sandbox.fake.stripe.facts import facts_of

HALF = MONTH_S // 2


def _to(stage, begun, unit_amount, **more):
    """The change to another price, prorated at exactly half of the period."""
    (item,) = begun["items"].data
    return {
        "items": [{"id": item.id, "price": price(stage, unit_amount)}],
        "proration_date": item.current_period_start + HALF,
        **more,
    }


def _amounts(invoice):
    return [line.amount for line in invoice.lines.data]


@pytest.fixture
def begun(stage):
    made = subscription(stage, 3_000)
    stage.gateways.clock.advance(HALF)
    return made


def test_a_dearer_plan_is_billed_with_the_next_period(stage, begun):
    changed = stage.v1.subscriptions.update(begun.id, _to(stage, begun, 5_000))
    assert len(stage.book.captured()) == 1

    stage.gateways.clock.advance(HALF + 10)

    invoice = stage.v1.invoices.retrieve(stage.v1.subscriptions.retrieve(begun.id).latest_invoice)
    assert changed["items"].data[0].price.unit_amount == 5_000
    assert _amounts(invoice) == [-1_500, 2_500, 5_000]
    assert invoice.amount_paid == 6_000


def test_a_dearer_plan_is_billed_at_once_where_asked(stage, begun):
    changed = stage.v1.subscriptions.update(
        begun.id,
        _to(stage, begun, 5_000, proration_behavior="always_invoice", expand=["latest_invoice"]),
    )

    assert _amounts(changed.latest_invoice) == [-1_500, 2_500]
    assert changed.latest_invoice.amount_paid == 1_000
    assert {
        line.parent.subscription_item_details.proration for line in changed.latest_invoice.lines.data
    } == {True}


def test_without_proration_only_the_next_period_costs_more(stage, begun):
    stage.v1.subscriptions.update(begun.id, _to(stage, begun, 5_000, proration_behavior="none"))
    stage.gateways.clock.advance(HALF + 10)

    invoice = stage.v1.invoices.retrieve(stage.v1.subscriptions.retrieve(begun.id).latest_invoice)
    assert _amounts(invoice) == [5_000]


def test_a_cheaper_plan_leaves_credit_that_the_next_invoice_uses(stage, begun):
    stage.v1.subscriptions.update(begun.id, _to(stage, begun, 1_000, proration_behavior="always_invoice"))
    assert stage.v1.customers.retrieve(begun.customer).balance == -1_000

    stage.gateways.clock.advance(HALF + 10)

    invoice = stage.v1.invoices.retrieve(stage.v1.subscriptions.retrieve(begun.id).latest_invoice)
    assert (invoice.total, invoice.starting_balance, invoice.amount_due) == (1_000, -1_000, 0)
    assert stage.v1.customers.retrieve(begun.customer).balance == 0


def test_a_preview_says_what_the_change_will_cost_and_keeps_nothing(stage, begun):
    change = _to(stage, begun, 5_000)
    before = len(stage.types())

    preview = stage.v1.invoices.create_preview(
        {
            "subscription": begun.id,
            "subscription_details": {**change, "proration_behavior": "always_invoice"},
        }
    )

    assert (preview.status, preview.amount_due) == ("draft", 1_000)
    assert len(stage.types()) == before
    assert len(stage.v1.invoices.list({"subscription": begun.id}).data) == 1
    changed = stage.v1.subscriptions.update(
        begun.id, {**change, "proration_behavior": "always_invoice", "expand": ["latest_invoice"]}
    )
    assert changed.latest_invoice.total == preview.total


def test_a_preview_without_a_change_is_the_next_invoice(stage, begun):
    preview = stage.v1.invoices.create_preview({"subscription": begun.id})

    assert _amounts(preview) == [3_000]
    assert preview.id.startswith("upcoming_in_")


def test_more_seats_and_another_item_are_prorated_too(stage, begun):
    (item,) = begun["items"].data
    changed = stage.v1.subscriptions.update(
        begun.id,
        {
            "items": [{"id": item.id, "quantity": 3}, {"price": price(stage, 1_000)}],
            "proration_behavior": "always_invoice",
            "proration_date": item.current_period_start + HALF,
            "expand": ["latest_invoice"],
        },
    )

    assert _amounts(changed.latest_invoice) == [-1_500, 4_500, 500]
    assert [one.quantity for one in changed["items"].data] == [3, 1]


def test_an_item_is_taken_away_but_not_the_last(stage, begun):
    (first,) = begun["items"].data
    added = stage.v1.subscriptions.update(begun.id, {"items": [{"price": price(stage, 1_000)}]})
    assert len(added["items"].data) == 2

    left = stage.v1.subscriptions.update(begun.id, {"items": [{"id": first.id, "deleted": True}]})

    assert [one.price.unit_amount for one in left["items"].data] == [1_000]
    with pytest.raises(stripe.InvalidRequestError):
        stage.v1.subscriptions.update(
            begun.id, {"items": [{"id": left["items"].data[0].id, "deleted": True}]}
        )
    with pytest.raises(stripe.InvalidRequestError, match="si_no"):
        stage.v1.subscriptions.update(begun.id, {"items": [{"id": "si_no", "quantity": 1}]})


def test_another_interval_begins_a_new_period_at_once(stage, begun):
    (item,) = begun["items"].data

    changed = stage.v1.subscriptions.update(
        begun.id,
        {
            "items": [{"id": item.id, "price": price(stage, 30_000, "year")}],
            "proration_date": item.current_period_start + HALF,
            "expand": ["latest_invoice"],
        },
    )

    (yearly,) = changed["items"].data
    assert yearly.current_period_end - yearly.current_period_start == 365 * 86_400
    assert _amounts(changed.latest_invoice) == [-1_500, 30_000]


def test_a_change_whose_payment_fails_waits_for_it(stage, begun):
    switch_card(stage, begun.customer, "pm_card_chargeCustomerFail")
    change = _to(
        stage,
        begun,
        5_000,
        proration_behavior="always_invoice",
        payment_behavior="pending_if_incomplete",
        expand=["latest_invoice"],
    )
    changed = stage.v1.subscriptions.update(begun.id, change)
    assert changed["items"].data[0].price.unit_amount == 3_000
    assert changed.pending_update.subscription_items[0].price.unit_amount == 5_000
    assert changed.status == "active"

    stage.v1.invoices.pay(changed.latest_invoice.id, {"payment_method": "pm_card_visa"})

    told = stage.v1.subscriptions.retrieve(begun.id)
    assert told["items"].data[0].price.unit_amount == 5_000
    assert told.pending_update is None
    assert "customer.subscription.pending_update_applied" in stage.types()


def test_a_change_that_was_never_paid_is_dropped(stage, begun):
    switch_card(stage, begun.customer, "pm_card_chargeCustomerFail")
    changed = stage.v1.subscriptions.update(
        begun.id,
        _to(
            stage,
            begun,
            5_000,
            proration_behavior="always_invoice",
            payment_behavior="pending_if_incomplete",
        ),
    )

    stage.gateways.clock.advance(PENDING_S)

    told = stage.v1.subscriptions.retrieve(begun.id)
    assert told["items"].data[0].price.unit_amount == 3_000
    assert told.pending_update is None
    assert stage.v1.invoices.retrieve(changed.latest_invoice).status == "void"
    assert stage.types()[-1] == "customer.subscription.pending_update_expired"


def test_a_change_that_must_be_paid_is_refused_whole(stage, begun):
    switch_card(stage, begun.customer, "pm_card_chargeCustomerFail")

    with pytest.raises(stripe.CardError):
        stage.v1.subscriptions.update(
            begun.id,
            _to(
                stage,
                begun,
                5_000,
                proration_behavior="always_invoice",
                payment_behavior="error_if_incomplete",
            ),
        )

    told = stage.v1.subscriptions.retrieve(begun.id)
    assert told["items"].data[0].price.unit_amount == 3_000
    assert told.status == "active"
    assert {plan for fact in facts_of(stage, SubscriptionFact)[-1:] for plan in fact.plans} == {
        told["items"].data[0].price.id
    }


def test_what_ended_cannot_be_changed(stage, begun):
    stage.v1.subscriptions.cancel(begun.id)

    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        stage.v1.subscriptions.update(begun.id, {"cancel_at_period_end": True})
    assert stage.v1.subscriptions.update(begun.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"


def test_a_new_period_can_begin_at_once(stage, begun):
    (item,) = begun["items"].data

    changed = stage.v1.subscriptions.update(
        begun.id,
        {
            "billing_cycle_anchor": {"type": "now"},
            "proration_date": item.current_period_start + HALF,
            "expand": ["latest_invoice"],
        },
    )

    assert changed["items"].data[0].current_period_start >= item.current_period_start + HALF
    assert _amounts(changed.latest_invoice) == [-1_500, 3_000]
    stage.gateways.clock.advance(MONTH_S)
    assert len(stage.v1.invoices.list({"subscription": begun.id}).data) == 3


def test_a_change_in_a_trial_costs_nothing(stage):
    begun = subscription(stage, trial_period_days=7)

    stage.v1.subscriptions.update(begun.id, _to(stage, begun, 5_000, proration_behavior="always_invoice"))
    stage.gateways.advance(7 * 86_400)

    assert list(stage.book.captured().values()) == [5_000]


def test_a_trial_can_end_at_once(stage):
    begun = subscription(stage, trial_period_days=7)

    stage.v1.subscriptions.update(begun.id, {"trial_end": "now"})

    assert stage.v1.subscriptions.retrieve(begun.id).status == "active"
    assert list(stage.book.captured().values()) == [3_000]


def test_another_card_pays_from_now_on(stage, begun):
    switch_card(stage, begun.customer, "pm_card_chargeCustomerFail")
    changed = stage.v1.subscriptions.update(begun.id, {"default_payment_method": "pm_card_mastercard"})

    stage.gateways.clock.advance(HALF + 10)

    assert stage.v1.payment_methods.retrieve(changed.default_payment_method).card.brand == "mastercard"
    assert stage.v1.subscriptions.retrieve(begun.id).status == "active"
    assert sum(stage.book.captured().values()) == 6_000


def test_it_ends_at_the_moment_it_was_told_to(stage, begun):
    at_s = stage.gateways.clock.unix_s() + 3_600
    stage.v1.subscriptions.update(begun.id, {"cancel_at": at_s})

    stage.gateways.clock.advance(7_200)

    ended = stage.v1.subscriptions.retrieve(begun.id)
    assert (ended.status, ended.ended_at) == ("canceled", at_s)


def test_only_previews_of_a_subscription_are_played(stage):
    with pytest.raises(stripe.InvalidRequestError, match="subscription"):
        stage.v1.invoices.create_preview({"currency": "usd"})
