"""Which Stripe events are put aside for a person, and why."""

import pytest

from bursar.gateways.protocol import Unreadable
from bursar.gateways.stripe.facts import read
from tests.gateways.stripe.reading import document, reading


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
        (
            "checkout.session.async_payment_succeeded",
            {"payment_status": "unpaid"},
            "data.object.payment_status is not",
        ),
        (
            "checkout.session.async_payment_failed",
            {"payment_status": "paid"},
            "data.object.payment_status is not",
        ),
        ("checkout.session.completed", {"subscription": {"id": "sub_1"}}, "data.object.subscription.status"),
        ("payment_intent.canceled", {"status": "succeeded"}, "data.object.status is not"),
        ("payment_intent.requires_action", {"status": "processing"}, "data.object.status is not"),
        ("payment_intent.amount_capturable_updated", {"status": "canceled"}, "data.object.status is not"),
        ("charge.pending", {"status": "failed"}, "data.object.status is not"),
        ("charge.failed", {"status": "succeeded"}, "data.object.status is not"),
        ("charge.updated", {"status": "unheard_of"}, "data.object.status is not"),
        ("charge.updated", {"status": None, "paid": None}, "data.object.status is not"),
        ("charge.captured", {"captured": False}, "data.object.captured is not"),
        ("charge.expired", {"captured": True}, "data.object.captured is not"),
        ("charge.dispute.created", {"status": "unheard_of"}, "data.object.status is not a dispute"),
        ("charge.dispute.created", {"payment_intent": None, "charge": None}, "data.object names neither"),
        ("radar.early_fraud_warning.created", {"actionable": None}, "data.object.actionable must be"),
        ("radar.early_fraud_warning.created", {"payment_intent": None, "charge": ""}, "names neither"),
        ("invoice.paid", {"status": "open"}, "data.object.status is not"),
        ("invoice.paid", {"status": None}, "data.object.status is not"),
        ("invoice.overpaid", {"status": "open"}, "data.object.status is not"),
        ("invoice.overdue", {"status": "paid"}, "data.object.status is not"),
        ("invoice.payment_failed", {"status": "paid"}, "data.object.status is not"),
        ("invoice.voided", {"status": "paid"}, "data.object.status is not"),
        ("invoice.marked_uncollectible", {"status": "void"}, "data.object.status is not"),
        ("invoice.updated", {"status": "unheard_of"}, "data.object.status is not an invoice status"),
        ("invoice.updated", {"id": None}, "data.object.id must be"),
        ("invoice.updated", {"amount_due": "5"}, "data.object.amount_due must be"),
        (
            "invoice.paid",
            {"payments": {"data": [{"payment": {"charge": "ch_1"}, "status": "paid"}]}},
            r"data.object.payments.data\[0\].amount_paid must be",
        ),
        ("invoice_payment.paid", {"status": "open"}, "data.object.status is not"),
        ("invoice_payment.paid", {"amount_paid": None}, "data.object.amount_paid must be"),
        ("invoice_payment.paid", {"invoice": {"id": "in_1"}}, "data.object.invoice.status is not"),
        ("customer.subscription.updated", {"status": "unheard_of"}, "data.object.status is not a subscr"),
        ("customer.subscription.deleted", {"id": None}, "data.object.id must be"),
        ("payout.paid", {"status": "failed"}, "data.object.status is not"),
        ("payout.failed", {"status": "paid"}, "data.object.status is not"),
        ("payout.canceled", {"status": "paid"}, "data.object.status is not"),
        ("payout.updated", {"status": "unheard_of"}, "data.object.status is not a payout status"),
        ("customer.updated", {"id": None}, "data.object.id must be"),
        ("payment_method.attached", {"id": None}, "data.object.id must be"),
    ],
)
def test_what_contradicts_its_type_is_unreadable_and_names_the_field(event_type, changes, reason):
    with pytest.raises(Unreadable, match=reason):
        reading(event_type, changes)


@pytest.mark.parametrize(("event_type", "flag"), [("invoice.paid", False), ("invoice.voided", True)])
def test_before_2018_an_invoice_said_by_a_flag_whether_it_was_paid(event_type, flag):
    with pytest.raises(Unreadable, match=r"data\.object\.paid is not what"):
        reading(event_type, {"status": ..., "paid": flag})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "id must be"),
        ({"currency": None}, "currency must be"),
        ({"fee": None}, "fee must be"),
        ({"fee": 1.5}, "fee must be"),
        ({"fee_details": [{"type": "tax", "amount": "5"}]}, r"fee_details\[0\].amount must be"),
        ({"fee_details": [{"type": "tax", "amount": 5_000}]}, "fee_details must add up"),
        ({"fee_details": [{"type": "tax", "amount": -5}]}, "fee_details must add up"),
        ({"currency": "eur", "amount": -110_000}, "amount must have the sign"),
        ({"currency": "eur", "amount": 0}, "amount must have the sign"),
        ({"currency": "eur", "amount": None}, "amount must be"),
    ],
)
def test_a_balance_transaction_that_cannot_be_booked_is_unreadable(changes, reason):
    event = document("charge.updated", fee_minor=3_500)
    event["data"]["object"]["balance_transaction"] |= changes

    with pytest.raises(Unreadable, match=f"data.object.balance_transaction.{reason}"):
        read("charge.updated", event)


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
        ("checkout.session.async_payment_succeeded", "amount_total"),
        ("payment_intent.canceled", "amount"),
        ("payment_intent.amount_capturable_updated", "amount_capturable"),
        ("charge.failed", "amount"),
        ("charge.dispute.created", "amount"),
        ("invoice_payment.paid", "amount_paid"),
    ],
)
def test_an_amount_that_is_not_whole_minor_units_is_unreadable(event_type, field, amount):
    event = document(event_type)
    event["data"]["object"][field] = amount

    with pytest.raises(Unreadable, match=f"data.object.{field} must be an integer"):
        read(event_type, event)


@pytest.mark.parametrize("data", [None, [], "x", {}, {"object": None}, {"object": []}, {"object": {}}])
def test_a_handled_event_without_an_object_is_unreadable(data):
    with pytest.raises(Unreadable, match=r"data\.object must be an object"):
        read("charge.succeeded", {"data": data})
