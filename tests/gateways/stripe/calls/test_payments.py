"""What is sent to make money move, and what each answer becomes."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.requests import (
    Capture,
    Charge,
    ConfirmIntent,
    CreateIntent,
    Purpose,
)
from bursar.gateways.stripe.calls.metadata import VALUE_LENGTH_MAX
from bursar.rules.facts import CustomerFact, PaymentFact, RefundFact
from bursar.rules.states import PaymentStatus, RefundStatus
from bursar.sandbox.fake.faults import FaultKind
from tests.gateways.contract import KEY, PURPOSE, checkout, customer, of, paid, refund
from tests.gateways.stripe.calls.played import StripeHand

OTHER_KEY = "payments-other-0001"


def intent(**changes) -> CreateIntent:
    made = CreateIntent(
        checkout="0197f0c0-checkout",
        purpose=PURPOSE,
        amount_minor=12_000,
        currency="USD",
        description="Photography, spring term",
    )
    return replace(made, **changes)


def charge(hand: StripeHand, **changes) -> Charge:
    payer = hand.api.perform(customer(), "payments-payer-0001").customer
    made = Charge(
        charge="0197f0c0-charge",
        purpose=PURPOSE,
        amount_minor=12_000,
        currency="USD",
        description="Photography, second instalment",
        customer=payer,
        payment_method="pm_card_visa",
    )
    return replace(made, **changes)


def test_a_customer_is_known_by_the_hosts_reference(hand: StripeHand):
    made = hand.api.perform(customer(), KEY)

    (fact,) = of(CustomerFact, hand.api, *made.found)
    assert (fact.gateway_customer, fact.customer) == (made.customer, "learner-7")


def test_the_purpose_is_on_the_session_and_on_its_payment(hand: StripeHand):
    payment = paid(hand)

    (session,) = hand.all("checkout.session")
    (made,) = [each for each in hand.all("payment_intent") if each["id"] == payment]
    assert session["metadata"] == made["metadata"]
    assert session["metadata"] == {
        "bursar_call": "contract-paid-0001",
        "components": "tuition=10000,library=2000",
        "customer": "learner-7",
        "invoice": "0197f0c0-invoice",
        "track": "photography",
    }
    assert session["client_reference_id"] == "0197f0c0-checkout"


def test_our_id_of_a_checkout_is_not_taken_for_an_invoice(hand: StripeHand):
    request = replace(checkout("USD"), purpose=Purpose(customer="learner-7"))
    opened = hand.api.perform(request, KEY)
    hand.pay(opened.checkout)

    (fact,) = of(PaymentFact, hand.api, hand.api.fetch("checkout.session", opened.checkout))

    assert fact.claims.invoice is None
    assert fact.claims.customer == "learner-7"


def test_the_payer_comes_back_with_the_session_and_what_the_url_had_before(hand: StripeHand):
    hand.api.perform(checkout("USD"), KEY)

    (session,) = hand.all("checkout.session")
    query = parse_qs(urlsplit(session["success_url"]).query)
    assert query == {"term": ["spring"], "session_id": ["{CHECKOUT_SESSION_ID}"]}


@pytest.mark.parametrize(
    ("wanted", "least", "most"),
    [
        (timedelta(minutes=5), timedelta(minutes=30), timedelta(minutes=32)),
        (timedelta(hours=2), timedelta(minutes=119), timedelta(minutes=121)),
        (timedelta(days=9), timedelta(hours=23), timedelta(hours=24)),
    ],
)
def test_a_page_closes_when_asked_within_what_stripe_allows(hand: StripeHand, wanted, least, most):
    opened = hand.api.perform(replace(checkout("USD"), expires_at=utc_now() + wanted), KEY)

    assert opened.expires_at is not None
    assert least < opened.expires_at - utc_now() < most


@pytest.mark.parametrize(
    ("amount_minor", "currency", "sent"),
    [
        (120_000, "USD", 120_000),
        (1_200, "JPY", 1_200),
        (500, "ISK", 50_000),
        (12_340, "KWD", 12_340),
    ],
)
def test_amounts_go_out_as_stripe_counts_and_come_back_as_we_do(hand, amount_minor, currency, sent):
    request = replace(
        checkout(currency), amount_minor=amount_minor, purpose=Purpose(invoice="0197f0c0-invoice")
    )
    payment = hand.pay(hand.api.perform(request, KEY).checkout)

    (made,) = hand.all("payment_intent")
    (fact,) = of(PaymentFact, hand.api, hand.api.fetch("payment_intent", payment))
    assert made["amount"] == sent
    assert (fact.amount_minor, fact.currency) == (amount_minor, currency)


def test_what_has_decimals_by_iso_and_none_at_stripe_goes_out_whole(hand: StripeHand):
    hand.api.perform(intent(amount_minor=50_000, currency="MGA"), KEY)

    (made,) = hand.all("payment_intent")
    assert made["amount"] == 500


@pytest.mark.parametrize(("amount_minor", "currency"), [(12_345, "KWD"), (50, "MGA"), (0, "USD")])
def test_an_amount_stripe_cannot_write_is_refused_before_anything_is_sent(hand, amount_minor, currency):
    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(replace(checkout(currency), amount_minor=amount_minor), KEY)

    assert refused.value.failure.code is FailureCode.INVALID
    assert hand.all("checkout.session") == []


def test_a_purpose_too_long_for_metadata_is_refused_by_the_name_of_the_field(hand: StripeHand):
    components = tuple((f"component{n:02}", 100_000) for n in range(40))

    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(replace(checkout("USD"), purpose=Purpose(components=components)), KEY)

    assert "components takes" in refused.value.failure.message
    assert str(VALUE_LENGTH_MAX) in refused.value.failure.message


def test_an_intent_waits_for_the_hosts_page(hand: StripeHand):
    begun = hand.api.perform(intent(), KEY)

    assert begun.status is PaymentStatus.CREATED
    assert begun.client_secret
    assert begun.found == ()


def test_a_confirmed_intent_tells_of_its_money(hand: StripeHand):
    begun = hand.api.perform(intent(), KEY)

    done = hand.api.perform(
        ConfirmIntent(
            payment=begun.payment, payment_method="pm_card_visa", return_url="https://school.example/paid"
        ),
        OTHER_KEY,
    )

    (fact,) = of(PaymentFact, hand.api, *done.found)
    assert (done.status, fact.status) == (PaymentStatus.SUCCEEDED, PaymentStatus.SUCCEEDED)
    assert fact.claims.invoice == "0197f0c0-invoice"


def test_held_money_is_taken_by_a_capture(hand: StripeHand):
    begun = hand.api.perform(intent(capture=False), KEY)
    held = hand.api.perform(
        ConfirmIntent(
            payment=begun.payment, payment_method="pm_card_visa", return_url="https://school.example/paid"
        ),
        OTHER_KEY,
    )

    taken = hand.api.perform(
        Capture(payment=begun.payment, amount_minor=9_000, currency="USD"), "payments-capture-0001"
    )

    (fact,) = of(PaymentFact, hand.api, *taken.found)
    assert held.status is PaymentStatus.AUTHORIZED
    assert taken.status is PaymentStatus.SUCCEEDED
    assert fact.amount_minor == 9_000
    assert hand.gateways.book.captured() == {begun.payment: 9_000}


def test_a_saved_card_is_charged_while_the_payer_is_away(hand: StripeHand):
    done = hand.api.perform(charge(hand), KEY)

    (fact,) = of(PaymentFact, hand.api, *done.found)
    assert (done.status, fact.amount_minor) == (PaymentStatus.SUCCEEDED, 12_000)
    assert hand.gateways.book.captured() == {done.payment: 12_000}


def test_a_decline_is_refused_with_what_the_bank_advises(hand: StripeHand):
    request = charge(hand)
    hand.fail(
        "payment_intents.create",
        FaultKind.DECLINE,
        decline_code="insufficient_funds",
        advice_code="try_again_later",
    )

    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(request, KEY)

    failure = refused.value.failure
    assert failure.code is FailureCode.DECLINED
    assert failure.decline_code == "insufficient_funds"
    assert failure.advice_code == "try_again_later"
    assert failure.object_id == hand.all("payment_intent")[0]["id"]


def test_a_bank_that_wants_the_payer_is_told_from_one_that_says_no(hand: StripeHand):
    with pytest.raises(GatewayRefused) as refused:
        hand.api.perform(charge(hand, payment_method="pm_card_authenticationRequired"), KEY)

    assert refused.value.failure.code is FailureCode.ACTION_REQUIRED


def test_a_refund_names_itself_and_what_it_means(hand: StripeHand):
    payment = paid(hand)

    hand.api.perform(refund(payment, 500, "USD"), KEY)

    (made,) = hand.all("refund")
    assert made["metadata"] == {
        "bursar_call": KEY,
        "bursar_effect": "cancel",
        "bursar_refund": "0197f0c0-refund",
    }
    assert made["reason"] == "requested_by_customer"


def test_a_reason_stripe_does_not_know_is_kept_beside_the_refund(hand: StripeHand):
    payment = paid(hand)

    hand.api.perform(replace(refund(payment, 500, "USD"), reason="course_cancelled"), KEY)

    (made,) = hand.all("refund")
    assert made["metadata"]["bursar_reason"] == "course_cancelled"


def test_a_refund_that_failed_later_is_fetched_as_failed(hand: StripeHand):
    payment = paid(hand)
    done = hand.api.perform(refund(payment, 500, "USD"), KEY)
    hand.control("fail_refund", refund=done.refund)

    fetched = hand.api.fetch("refund", done.refund)

    (fact,) = of(RefundFact, hand.api, fetched)
    assert fetched.type == "refund.failed"
    assert fact.status is RefundStatus.FAILED
