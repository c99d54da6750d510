import pytest
import stripe

from bursar.errors import Refused
from bursar.rules.facts import CheckoutFact, PaymentFact, SubscriptionFact
from bursar.rules.states import CheckoutStatus, PaymentStatus
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.stripe.sessions import OPEN_S_MAX, OPEN_S_MIN
from tests.sandbox.fake.stripe.asking import line, session
from tests.sandbox.fake.stripe.facts import facts_of


def test_one_checkout_payment_is_announced_four_times_and_is_one_payment(stage):
    opened = session(
        stage,
        client_reference_id="INV-1",
        payment_intent_data={"metadata": {"bursar_invoice": "INV-1"}},
    )
    assert (opened.status, opened.payment_intent) == ("open", None)

    stage.control("pay", session=opened.id)

    paid = stage.v1.checkout.sessions.retrieve(opened.id, {"expand": ["payment_intent", "line_items"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert [one.amount_total for one in paid.line_items.data] == [4_500]
    assert {
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
        "charge.updated",
    } <= set(stage.types())
    facts = facts_of(stage, PaymentFact)
    assert {(fact.payment, fact.status) for fact in facts} == {
        (paid.payment_intent.id, PaymentStatus.SUCCEEDED)
    }
    assert {fact.claims.invoice for fact in facts} == {"INV-1"}
    assert stage.book.captured() == {paid.payment_intent.id: 4_500}


def test_a_declined_payer_tries_again_in_the_same_session(stage):
    opened = session(stage)
    stage.control("decline", session=opened.id)
    assert stage.v1.checkout.sessions.retrieve(opened.id).status == "open"

    stage.control("pay", session=opened.id)

    statuses = [fact.status for fact in facts_of(stage, PaymentFact)]
    assert PaymentStatus.FAILED in statuses
    assert statuses[-1] is PaymentStatus.SUCCEEDED
    assert len({fact.payment for fact in facts_of(stage, PaymentFact)}) == 1
    assert len(stage.book.captured()) == 1


@pytest.mark.parametrize(
    ("ok", "event", "payment_status"),
    [
        (True, "checkout.session.async_payment_succeeded", "paid"),
        (False, "checkout.session.async_payment_failed", "unpaid"),
    ],
)
def test_a_payment_by_bank_completes_the_session_now_and_pays_it_later(stage, ok, event, payment_status):
    opened = session(stage)
    stage.control("pay", session=opened.id, method="pm_usBankAccount")
    accepted = stage.v1.checkout.sessions.retrieve(opened.id)
    assert (accepted.status, accepted.payment_status) == ("complete", "unpaid")
    assert stage.book.captured() == {}

    stage.control("settle", payment=accepted.payment_intent, ok=ok)

    assert stage.types()[-1] == event
    assert stage.v1.checkout.sessions.retrieve(opened.id).payment_status == payment_status
    assert bool(stage.book.captured()) is ok
    last = facts_of(stage, PaymentFact)[-1]
    assert last.status is (PaymentStatus.SUCCEEDED if ok else PaymentStatus.FAILED)


def test_a_transfer_that_was_given_up_arrives_all_the_same(stage):
    opened = session(stage)
    stage.control("pay", session=opened.id, method="pm_usBankAccount")
    intent = stage.v1.checkout.sessions.retrieve(opened.id).payment_intent
    stage.control("settle", payment=intent, ok=False)

    stage.control("settle", payment=intent, ok=True)

    assert stage.v1.checkout.sessions.retrieve(opened.id).payment_status == "paid"
    assert stage.book.captured() == {intent: 4_500}
    statuses = [fact.status for fact in facts_of(stage, PaymentFact)]
    assert PaymentStatus.FAILED in statuses
    assert statuses[-1] is PaymentStatus.SUCCEEDED
    with pytest.raises(StripeError, match="succeeded"):
        stage.control("settle", payment=intent, ok=True)


def test_a_challenge_passed_completes_the_session(stage):
    opened = session(stage)
    stage.control("pay", session=opened.id, method="pm_card_authenticationRequired")
    (intent,) = stage.v1.payment_intents.list().data
    assert intent.status == "requires_action"

    stage.control("settle", payment=intent.id)

    assert stage.v1.checkout.sessions.retrieve(opened.id).payment_status == "paid"


def test_a_session_expires_by_the_clock_at_the_moment_it_named(stage):
    now_s = stage.gateways.clock.unix_s()
    opened = session(stage, expires_at=now_s + 1_860)

    stage.gateways.clock.advance(7_200)

    assert stage.v1.checkout.sessions.retrieve(opened.id).status == "expired"
    (event,) = stage.v1.events.list({"type": "checkout.session.expired"}).data
    assert event.created == now_s + 1_860
    assert [fact.status for fact in facts_of(stage, CheckoutFact)] == [CheckoutStatus.EXPIRED]
    with pytest.raises(Refused, match="expired"):
        stage.control("pay", session=opened.id)


def test_a_session_is_expired_by_request_once(stage):
    opened = session(stage)

    assert stage.v1.checkout.sessions.expire(opened.id).status == "expired"

    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        stage.v1.checkout.sessions.expire(opened.id)


def test_a_paid_session_neither_expires_nor_is_paid_again(stage):
    opened = session(stage)
    stage.control("pay", session=opened.id)

    stage.gateways.clock.advance(2 * OPEN_S_MAX)

    assert stage.v1.checkout.sessions.retrieve(opened.id).status == "complete"
    assert "checkout.session.expired" not in stage.types()
    with pytest.raises(Refused, match="complete"):
        stage.control("pay", session=opened.id)


@pytest.mark.parametrize("seconds", [OPEN_S_MIN - 60, OPEN_S_MAX + 60])
def test_a_session_is_open_for_half_an_hour_to_a_day(stage, seconds):
    with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
        session(stage, expires_at=stage.gateways.clock.unix_s() + seconds)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        pytest.param({"line_items": []}, "line_items", id="nothing to buy"),
        pytest.param({"line_items": [{"quantity": 1}]}, "line_items[0]", id="no price"),
        pytest.param(
            {"line_items": [line("A", 1), line("B", 1, currency="eur")]}, "line_items", id="two currencies"
        ),
        pytest.param({"line_items": [line("A", 0)]}, "line_items", id="nothing to pay"),
        pytest.param({"mode": "setup"}, "mode", id="a mode nobody plays"),
        pytest.param({"success_url": ""}, "success_url", id="nowhere to go"),
        pytest.param({"customer": "cus_no"}, "customer", id="an unknown customer"),
        pytest.param(
            {"line_items": [line("A", 1, recurring={"interval": "month"})]}, "mode", id="a plan paid once"
        ),
        pytest.param({"mode": "subscription"}, "line_items", id="a course paid monthly"),
    ],
)
def test_a_session_that_makes_no_sense_is_refused_by_the_name_of_its_parameter(stage, more, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session(stage, **more)

    assert refused.value.param == param


def test_a_customer_is_made_where_the_session_asks_for_one(stage):
    opened = session(stage, customer_creation="always", customer_email="a@example.com")
    stage.control("pay", session=opened.id)

    paid = stage.v1.checkout.sessions.retrieve(opened.id, {"expand": ["customer"]})

    assert paid.customer.email == "a@example.com"
    assert stage.v1.checkout.sessions.list({"customer": paid.customer.id}).data[0].id == opened.id


def test_the_lines_of_a_session_are_listed(stage):
    opened = session(stage, line_items=[line("A", 100), line("B", 200, quantity=3)])

    listed = stage.v1.checkout.sessions.line_items.list(opened.id).data

    assert [(one.description, one.amount_total) for one in listed] == [("A", 100), ("B", 600)]


def test_a_session_begins_a_subscription(stage):
    opened = session(
        stage,
        mode="subscription",
        line_items=[line("Club", 900, recurring={"interval": "month"})],
        subscription_data={"metadata": {"customer": "c-1"}},
    )
    stage.control("decline", session=opened.id)
    assert stage.v1.checkout.sessions.retrieve(opened.id).status == "open"

    stage.control("pay", session=opened.id)

    paid = stage.v1.checkout.sessions.retrieve(opened.id, {"expand": ["subscription", "invoice"]})
    assert (paid.status, paid.payment_status, paid.payment_intent) == ("complete", "paid", None)
    assert paid.subscription.status == "active"
    assert paid.invoice.amount_paid == 900
    assert {fact.customer for fact in facts_of(stage, SubscriptionFact)} == {"c-1"}


def test_a_subscription_paid_by_bank_begins_when_the_money_comes(stage):
    opened = session(
        stage, mode="subscription", line_items=[line("Club", 900, recurring={"interval": "month"})]
    )
    stage.control("pay", session=opened.id, method="pm_usBankAccount")
    accepted = stage.v1.checkout.sessions.retrieve(opened.id, {"expand": ["subscription"]})
    assert (accepted.payment_status, accepted.subscription.status) == ("unpaid", "incomplete")
    (intent,) = stage.v1.payment_intents.list().data

    stage.control("settle", payment=intent.id)

    assert stage.v1.subscriptions.retrieve(accepted.subscription.id).status == "active"
    assert stage.v1.checkout.sessions.retrieve(opened.id).payment_status == "paid"
