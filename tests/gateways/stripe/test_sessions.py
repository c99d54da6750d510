import pytest

from bursar.rules.facts import CheckoutFact, Claims, PaymentFact, SubscriptionFact
from bursar.rules.states import CheckoutStatus, PaymentStatus, SubscriptionStatus
from tests.gateways.stripe.reading import AT, of, only, reading

CLAIMED = {"invoice": "INV-7", "student": "s-7", "track": "web"}


def test_a_paid_session_is_a_payment_and_a_completed_checkout():
    payment, checkout = reading("checkout.session.completed", client_reference_id="INV-8")

    assert payment == PaymentFact(
        status=PaymentStatus.SUCCEEDED,
        payment="pi_demo_0001",
        amount_minor=120_000,
        currency="USD",
        occurred_at=AT,
        claims=Claims(invoice="INV-8", checkouts=("cs_test_demo_0001",), gateway_customer="cus_demo_0001"),
        method="card",
    )
    assert checkout == CheckoutFact(
        status=CheckoutStatus.COMPLETED, checkout="cs_test_demo_0001", payment="pi_demo_0001", occurred_at=AT
    )


def test_metadata_outranks_the_client_reference():
    payment, _ = reading("checkout.session.completed", metadata=CLAIMED, client_reference_id="INV-8")

    assert payment.claims.invoice == "INV-7"


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_status": "no_payment_required", "payment_intent": None, "amount_total": 0},
        {"payment_intent": None, "subscription": "sub_1"},
        {"amount_total": 0},
    ],
)
def test_a_session_without_money_of_its_own_is_only_a_completed_checkout(changes):
    fact = only(reading("checkout.session.completed", changes))

    assert isinstance(fact, CheckoutFact)
    assert fact.status is CheckoutStatus.COMPLETED


def test_an_unpaid_session_says_whose_money_is_on_its_way_and_grants_nothing():
    payment, done = reading("checkout.session.completed", {"payment_status": "unpaid"}, metadata=CLAIMED)

    assert payment.status is PaymentStatus.PROCESSING
    assert payment.claims.invoice == "INV-7"
    assert done.status is CheckoutStatus.COMPLETED


def test_a_session_from_before_payment_status_is_only_a_completed_checkout():
    assert isinstance(only(reading("checkout.session.completed", {"payment_status": ...})), CheckoutFact)


def test_an_expired_session_is_an_expired_checkout():
    fact = only(reading("checkout.session.expired"))

    assert fact == CheckoutFact(
        status=CheckoutStatus.EXPIRED, checkout="cs_test_demo_0001", payment=None, occurred_at=AT
    )


def test_money_that_came_days_later_is_a_payment_of_its_session():
    payment, done = reading("checkout.session.async_payment_succeeded", metadata=CLAIMED)

    assert (payment.status, payment.payment) == (PaymentStatus.SUCCEEDED, "pi_demo_0001")
    assert payment.claims.checkouts == (done.checkout,)
    assert done.status is CheckoutStatus.COMPLETED


def test_money_that_never_came_is_a_failed_payment():
    payment, done = reading("checkout.session.async_payment_failed", metadata=CLAIMED)

    assert (payment.status, payment.claims.invoice) == (PaymentStatus.FAILED, "INV-7")
    assert done.status is CheckoutStatus.COMPLETED


@pytest.mark.parametrize(
    "event_type", ["checkout.session.completed", "checkout.session.async_payment_succeeded"]
)
def test_a_subscriptions_session_is_paid_by_an_invoice_that_announces_itself(event_type):
    fact = only(reading(event_type, {"payment_intent": None, "subscription": "sub_1"}))

    assert isinstance(fact, CheckoutFact)


def test_an_expanded_subscription_is_told_with_its_session():
    subscription = {"id": "sub_1", "status": "active", "metadata": {"student": "s-7"}}
    facts = reading("checkout.session.completed", {"subscription": subscription, "payment_intent": None})

    assert of(SubscriptionFact, facts) == [
        SubscriptionFact(
            subscription="sub_1", status=SubscriptionStatus.ACTIVE, occurred_at=AT, customer="s-7"
        )
    ]
