from itertools import pairwise

import pytest
import stripe

from bursar.errors import Refused
from bursar.rules.facts import GatewayInvoiceFact, SubscriptionFact
from bursar.rules.states import GatewayInvoiceStatus, SubscriptionStatus
from bursar.sandbox.fake.faults import FaultKind
from bursar.sandbox.fake.stripe.invoices import RETRY_AFTER_S
from bursar.sandbox.fake.vendor import NoSuchThing
from tests.sandbox.fake.stripe.billing import MONTH_S, subscription, switch_card
from tests.sandbox.fake.stripe.facts import facts_of


def _invoices(stage, begun):
    return stage.v1.invoices.list({"subscription": begun.id, "limit": 100}).data


def test_a_year_of_the_clock_bills_twelve_periods_each_at_its_time(stage):
    begun = subscription(stage)

    stage.gateways.clock.advance(12 * MONTH_S)

    invoices = _invoices(stage, begun)
    created = sorted(invoice.created for invoice in invoices)
    assert len(invoices) == 13
    assert {invoice.status for invoice in invoices} == {"paid"}
    assert {later - earlier for earlier, later in pairwise(created)} == {MONTH_S}
    assert sum(stage.book.captured().values()) == 13 * 3_000


def test_a_script_bills_the_next_period_without_waiting(stage):
    begun = subscription(stage)

    told = stage.control("advance_subscription", subscription=begun.id)

    assert told["items"]["data"][0]["current_period_start"] == begun["items"].data[0].current_period_end
    assert len(_invoices(stage, begun)) == 2
    assert sum(stage.book.captured().values()) == 6_000


def test_a_failed_renewal_is_tried_again_until_another_card_pays_it(stage):
    begun = subscription(stage)
    switch_card(stage, begun.customer, "pm_card_chargeCustomerFail")
    stage.control("advance_subscription", subscription=begun.id)
    owed = stage.v1.invoices.retrieve(stage.v1.subscriptions.retrieve(begun.id).latest_invoice)
    assert stage.v1.subscriptions.retrieve(begun.id).status == "past_due"
    assert (owed.status, owed.attempt_count) == ("open", 1)
    assert owed.next_payment_attempt

    switch_card(stage, begun.customer, "pm_card_visa")
    stage.gateways.clock.advance(RETRY_AFTER_S[0])

    assert stage.v1.invoices.retrieve(owed.id).status == "paid"
    assert stage.v1.subscriptions.retrieve(begun.id).status == "active"
    statuses = [fact.status for fact in facts_of(stage, SubscriptionFact)]
    assert SubscriptionStatus.PAST_DUE in statuses
    assert statuses[-1] is SubscriptionStatus.ACTIVE
    failed = [
        fact
        for fact in facts_of(stage, GatewayInvoiceFact)
        if fact.status is GatewayInvoiceStatus.PAYMENT_FAILED
    ]
    assert [(fact.attempts, fact.next_attempt_at is not None) for fact in failed] == [(1, True)]


def test_after_its_last_attempt_a_subscription_ends(stage):
    begun = subscription(stage)
    switch_card(stage, begun.customer, "pm_card_chargeCustomerFail")
    stage.control("advance_subscription", subscription=begun.id)

    stage.gateways.clock.advance(sum(RETRY_AFTER_S))

    ended = stage.v1.subscriptions.retrieve(begun.id)
    owed = stage.v1.invoices.retrieve(ended.latest_invoice)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (owed.status, owed.attempt_count) == ("open", 1 + len(RETRY_AFTER_S))
    assert owed.next_payment_attempt is None


def test_an_owed_invoice_is_paid_by_request(stage):
    begun = subscription(stage)
    switch_card(stage, begun.customer, "pm_card_chargeCustomerFail")
    stage.control("advance_subscription", subscription=begun.id)
    owed = stage.v1.subscriptions.retrieve(begun.id).latest_invoice

    with pytest.raises(stripe.CardError):
        stage.v1.invoices.pay(owed)
    paid = stage.v1.invoices.pay(owed, {"payment_method": "pm_card_mastercard"})

    assert paid.status == "paid"
    assert stage.v1.subscriptions.retrieve(begun.id).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        stage.v1.invoices.pay(owed)


def test_a_scripted_decline_refuses_a_payment_by_request(stage):
    begun = subscription(stage, payment_behavior="default_incomplete")
    stage.fail("invoices.pay", FaultKind.DECLINE, decline_code="do_not_honor")

    with pytest.raises(stripe.CardError) as declined:
        stage.v1.invoices.pay(begun.latest_invoice.id)

    assert declined.value.json_body["error"]["decline_code"] == "do_not_honor"


def test_it_ends_with_its_period_where_asked(stage):
    begun = subscription(stage)
    stage.v1.subscriptions.update(begun.id, {"cancel_at_period_end": True})

    stage.gateways.clock.advance(MONTH_S)

    ended = stage.v1.subscriptions.retrieve(begun.id)
    assert (ended.status, ended.ended_at) == ("canceled", begun["items"].data[0].current_period_end)
    assert len(_invoices(stage, begun)) == 1
    with pytest.raises(Refused, match="no next period"):
        stage.control("advance_subscription", subscription=begun.id)


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")],
)
def test_while_collection_is_paused_nothing_is_collected(stage, behavior, status):
    begun = subscription(stage)
    paused = stage.v1.subscriptions.update(begun.id, {"pause_collection": {"behavior": behavior}})
    assert paused.status == "active"

    stage.gateways.clock.advance(MONTH_S)

    assert _invoices(stage, begun)[0].status == status
    assert sum(stage.book.captured().values()) == 3_000
    assert facts_of(stage, SubscriptionFact)[-1].status is SubscriptionStatus.PAUSED


def test_a_paused_collection_goes_on_by_itself_or_by_request(stage):
    begun = subscription(stage)
    resumes_at = begun["items"].data[0].current_period_end
    stage.v1.subscriptions.update(
        begun.id, {"pause_collection": {"behavior": "void", "resumes_at": resumes_at}}
    )

    stage.gateways.clock.advance(MONTH_S)

    assert [invoice.status for invoice in _invoices(stage, begun)] == ["paid", "paid"]
    stage.v1.subscriptions.update(begun.id, {"pause_collection": {"behavior": "void"}})
    assert stage.v1.subscriptions.update(begun.id, {"pause_collection": ""}).pause_collection is None


def test_what_is_not_there_has_no_next_period(stage):
    with pytest.raises(NoSuchThing, match="sub_no"):
        stage.control("advance_subscription", subscription="sub_no")


def test_a_renewal_by_bank_transfer_is_paid_when_it_arrives(stage):
    begun = subscription(stage)
    switch_card(stage, begun.customer, "pm_usBankAccount")
    stage.control("advance_subscription", subscription=begun.id)
    owed = stage.v1.subscriptions.retrieve(begun.id).latest_invoice
    assert stage.v1.invoices.retrieve(owed).status == "open"

    stage.control("settle", payment=stage.v1.payment_intents.list({"limit": 1}).data[0].id)

    assert stage.v1.invoices.retrieve(owed).status == "paid"


def test_a_bank_that_wants_its_customer_is_announced_for_the_invoice(stage):
    begun = subscription(stage, method="pm_card_authenticationRequired")
    assert begun.status == "incomplete"
    assert "invoice.payment_action_required" in stage.types()

    stage.control("settle", payment=begun.latest_invoice.payments.data[0].payment.payment_intent)

    assert stage.v1.subscriptions.retrieve(begun.id).status == "active"
