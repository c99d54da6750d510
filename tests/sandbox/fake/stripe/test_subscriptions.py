import pytest
import stripe

from bursar.rules.facts import GatewayInvoiceFact, PaymentFact, SubscriptionFact
from bursar.rules.states import GatewayInvoiceStatus, SubscriptionStatus
from tests.sandbox.fake.stripe.asking import payment
from tests.sandbox.fake.stripe.billing import MONTH_S, payer, price, subscription
from tests.sandbox.fake.stripe.facts import facts_of


def _statuses(stage):
    return [fact.status for fact in facts_of(stage, SubscriptionFact)]


def test_a_subscription_begins_with_a_paid_invoice(stage):
    begun = subscription(stage, metadata={"customer": "c-1"})

    invoice = begun.latest_invoice
    (paid,) = invoice.payments.data
    assert begun.status == "active"
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        "paid",
        3_000,
        "subscription_create",
    )
    assert (paid.status, paid.amount_paid) == ("paid", 3_000)
    assert stage.book.captured() == {paid.payment.payment_intent: 3_000}
    (item,) = begun["items"].data
    assert item.current_period_end - item.current_period_start == MONTH_S
    assert _statuses(stage) == [SubscriptionStatus.INCOMPLETE, SubscriptionStatus.ACTIVE]
    assert {fact.payment for fact in facts_of(stage, PaymentFact)} == {paid.payment.payment_intent}
    assert {"invoice.created", "invoice.finalized", "invoice.paid", "invoice_payment.paid"} <= set(
        stage.types()
    )
    last = facts_of(stage, GatewayInvoiceFact)[-1]
    assert (last.subscription, last.status) == (begun.id, GatewayInvoiceStatus.PAID)


def test_an_intent_finds_its_invoice(stage):
    begun = subscription(stage)
    (intent,) = stage.v1.payment_intents.list().data

    (found,) = stage.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
    ).data

    assert found.invoice == begun.latest_invoice.id
    other = payment(stage)
    assert (
        stage.v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": other.id}}
        ).data
        == []
    )


def test_a_refused_first_payment_leaves_it_incomplete_and_a_day_ends_it(stage):
    begun = subscription(stage, method="pm_card_chargeCustomerFail")
    assert (begun.status, begun.latest_invoice.status) == ("incomplete", "open")
    assert "invoice.payment_failed" in stage.types()

    stage.gateways.clock.advance(86_400)

    assert stage.v1.subscriptions.retrieve(begun.id).status == "incomplete_expired"
    assert stage.v1.invoices.retrieve(begun.latest_invoice.id).status == "void"


def test_a_refused_first_payment_is_an_error_where_asked(stage):
    with pytest.raises(stripe.CardError):
        subscription(stage, method="pm_card_chargeCustomerFail", payment_behavior="error_if_incomplete")

    assert stage.v1.subscriptions.list().data == []
    assert _statuses(stage)[-1] is SubscriptionStatus.INCOMPLETE_EXPIRED


def test_an_incomplete_subscription_becomes_active_when_its_intent_is_paid(stage):
    begun = subscription(
        stage,
        payment_behavior="default_incomplete",
        expand=["latest_invoice.payments", "latest_invoice.confirmation_secret"],
    )
    (asked,) = begun.latest_invoice.payments.data
    assert begun.status == "incomplete"
    assert begun.latest_invoice.confirmation_secret.type == "payment_intent"

    stage.v1.payment_intents.confirm(asked.payment.payment_intent, {"payment_method": "pm_card_visa"})

    assert stage.v1.subscriptions.retrieve(begun.id).status == "active"
    assert stage.v1.invoices.retrieve(begun.latest_invoice.id).status == "paid"


def test_without_a_payment_method_nothing_begins(stage):
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        subscription(stage, method=None)

    assert stage.v1.subscriptions.list({"status": "all"}).data == []


def test_a_trial_costs_nothing_until_it_ends(stage):
    begun = subscription(stage, trial_period_days=7)
    assert (begun.status, begun.latest_invoice.total) == ("trialing", 0)
    assert stage.book.captured() == {}

    stage.gateways.clock.advance(7 * 86_400)

    assert stage.v1.subscriptions.retrieve(begun.id).status == "active"
    assert sum(stage.book.captured().values()) == 3_000


def test_an_invoice_to_be_sent_is_left_open(stage):
    begun = subscription(stage, method=None, collection_method="send_invoice", days_until_due=30)

    assert (begun.latest_invoice.status, begun.latest_invoice.attempt_count) == ("open", 0)
    paid = stage.v1.invoices.pay(begun.latest_invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid) == ("paid", 0)
    assert stage.v1.subscriptions.retrieve(begun.id).status == "active"
    assert stage.book.captured() == {}


def test_a_canceled_subscription_is_over(stage):
    begun = subscription(stage)

    ended = stage.v1.subscriptions.cancel(begun.id, {"cancellation_details": {"comment": "moved"}})
    stage.gateways.clock.advance(2 * MONTH_S)

    assert (ended.status, ended.cancellation_details.comment) == ("canceled", "moved")
    assert len(stage.v1.invoices.list({"subscription": begun.id}).data) == 1
    assert stage.v1.subscriptions.list().data == []
    assert [one.id for one in stage.v1.subscriptions.list({"status": "all"}).data] == [begun.id]
    assert _statuses(stage)[-1] is SubscriptionStatus.CANCELED
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        stage.v1.subscriptions.cancel(begun.id)


def test_a_cancel_in_mid_period_gives_the_rest_back_as_credit(stage):
    begun = subscription(stage)
    stage.gateways.clock.advance(MONTH_S // 2)

    stage.v1.subscriptions.cancel(begun.id, {"prorate": True, "invoice_now": True})

    assert -1_502 <= stage.v1.customers.retrieve(begun.customer).balance <= -1_498


def test_it_is_paused_and_resumed_with_a_new_period(stage):
    begun = subscription(stage)
    stage.v1.subscriptions.pause(begun.id, {"type": "subscription"})
    stage.gateways.clock.advance(3 * MONTH_S)
    assert len(stage.v1.invoices.list({"subscription": begun.id}).data) == 1

    resumed = stage.v1.subscriptions.resume(begun.id, {"billing_cycle_anchor": {"type": "now"}})

    assert resumed.status == "active"
    assert len(stage.v1.invoices.list({"subscription": begun.id}).data) == 2
    assert {SubscriptionStatus.PAUSED, SubscriptionStatus.ACTIVE} <= set(_statuses(stage))
    assert {"customer.subscription.paused", "customer.subscription.resumed"} <= set(stage.types())
    with pytest.raises(stripe.InvalidRequestError, match="not paused"):
        stage.v1.subscriptions.resume(begun.id)


@pytest.mark.parametrize(
    ("items", "param"),
    [
        pytest.param(lambda _stage: [], "items", id="nothing"),
        pytest.param(
            lambda stage: [{"price": price(stage, 1)}, {"price": price(stage, 1, "year")}],
            "items",
            id="two intervals",
        ),
        pytest.param(lambda _stage: [{"price": "price_no"}], "items[0][price]", id="an unknown price"),
    ],
)
def test_a_subscription_that_makes_no_sense_is_refused(stage, items, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stage.v1.subscriptions.create({"customer": payer(stage), "items": items(stage)})

    assert refused.value.param == param


def test_subscriptions_are_found_by_customer_and_price(stage):
    wanted = price(stage, 700)
    customer = payer(stage)
    begun = stage.v1.subscriptions.create({"customer": customer, "items": [{"price": wanted}]})
    subscription(stage)

    assert [one.id for one in stage.v1.subscriptions.list({"price": wanted}).data] == [begun.id]
    assert [one.id for one in stage.v1.subscriptions.list({"customer": customer}).data] == [begun.id]


def test_a_trial_ends_in_the_future(stage):
    now_s = stage.gateways.clock.unix_s()
    begun = subscription(stage, trial_end=now_s + 86_400)
    assert (begun.status, begun.trial_end) == ("trialing", now_s + 86_400)

    with pytest.raises(stripe.InvalidRequestError, match="in the future"):
        subscription(stage, trial_end=now_s - 1)


def test_what_is_paused_cannot_be_paused_again(stage):
    begun = subscription(stage)
    stage.v1.subscriptions.pause(begun.id, {"type": "subscription"})

    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        stage.v1.subscriptions.pause(begun.id, {"type": "subscription"})


def test_it_can_be_resumed_within_its_period(stage):
    begun = subscription(stage)
    stage.v1.subscriptions.pause(begun.id, {"type": "subscription"})

    stage.v1.subscriptions.resume(begun.id, {"billing_cycle_anchor": {"type": "unchanged"}})

    assert len(stage.v1.invoices.list({"subscription": begun.id}).data) == 1
    stage.gateways.clock.advance(MONTH_S)
    assert len(stage.v1.invoices.list({"subscription": begun.id}).data) == 2


def test_a_subscription_is_somebodys(stage):
    with pytest.raises(stripe.InvalidRequestError, match="customer"):
        stage.v1.subscriptions.create({"items": [{"price": price(stage, 1)}]})


def test_an_open_invoice_is_voided_once(stage):
    begun = subscription(stage, payment_behavior="default_incomplete")
    (asked,) = begun.latest_invoice.payments.data

    voided = stage.v1.invoices.void_invoice(begun.latest_invoice.id)

    assert voided.status == "void"
    assert stage.v1.payment_intents.retrieve(asked.payment.payment_intent).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="only void"):
        stage.v1.invoices.void_invoice(begun.latest_invoice.id)
