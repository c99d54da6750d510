"""Money that did not come, was not allocated or did not go back is explained, each with its reason."""

import pytest

from bursar.sandbox.samples import stripe_event
from tests.cli.books import overpaid_term, paid, paid_course, refunded, told, work
from tests.support.factories import (
    execute,
    make_checkout,
    make_customer,
    make_invoice,
    store_event,
    tamper,
    value,
)

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _books(database_url: str) -> None:
    """Each test begins with empty books."""


def test_nothing_is_missing_where_everything_happened(why, bursar):
    paid_course()

    assert why("payment", "pi_course") == []
    assert "why not\n  nothing is missing" in bursar("explain", "payment", "pi_course").out


# -- payments


def test_money_of_nobody_says_that_its_metadata_is_empty(why):
    store_event(stripe_event("payment_intent.succeeded", payment="pi_1", customer=None))
    work()

    first, second = why("payment", "pi_1")

    assert first.startswith("payment pi_1 not allocated: nobody is known to have paid it: its events name no")
    assert second.startswith("no receipt and no mail of payment pi_1")


def test_money_of_nobody_says_which_names_were_seen(why):
    paid(customer=None, invoice="INV-9", student="who-7", track="cooking")

    seen = why("payment", "pi_1")[0]

    assert "invoice 'INV-9', customer 'who-7', track 'cooking', gateway customer 'cus_demo_0001'" in seen
    assert seen.endswith("which nothing here is called")


def test_credit_in_another_currency_than_the_invoice_is_explained(why):
    invoice = make_invoice(make_customer(), [1000_00])
    paid(currency="USD", invoice=invoice)

    number = value("SELECT number FROM invoices")

    assert f"of payment pi_1 not allocated: paid in USD, but {number} is in INR" in why("payment", "pi_1")[0]


def test_credit_with_nothing_open_is_explained(why):
    overpaid_term()

    [reason] = why("payment", "pay_term")

    assert reason.startswith(
        "₹200.00 of payment pay_term not allocated: the customer owes nothing more in INR"
    )


def test_credit_for_a_draft_is_explained(why):
    invoice = make_invoice(make_customer(), [1000_00], issued=False)
    paid(invoice=invoice)

    assert "the invoice it names is still a draft" in why("payment", "pi_1")[0]


def test_a_double_payment_is_held_until_somebody_decides(why):
    invoice = make_invoice(make_customer(), [1000_00])
    paid(invoice=invoice), paid(payment="pi_2", invoice=invoice)

    number = value("SELECT number FROM invoices")

    assert f"₹1,000.00 of payment pi_2 held: {number} was paid twice" in why("payment", "pi_2")[0]


@pytest.mark.parametrize(
    ("event_type", "said"),
    [
        ("payment_intent.payment_failed", "it was declined (insufficient_funds)"),
        ("payment_intent.requires_action", "the payer must do something first"),
        ("payment_intent.processing", "the bank has not confirmed it yet"),
        ("payment_intent.canceled", "it was canceled"),
        ("payment_intent.amount_capturable_updated", "reserved but not captured"),
    ],
)
def test_a_payment_that_brought_no_money_says_why(why, event_type, said):
    store_event(stripe_event(event_type, payment="pi_1", decline_code="insufficient_funds"))
    work()

    assert why("payment", "pi_1")[0].startswith("payment pi_1 has brought no money: ")
    assert said in why("payment", "pi_1")[0]


def test_a_refund_that_nobody_told_of_is_missed_by_its_watermark(why):
    paid_course()
    told("charge.refunded", refund_minor=150_00)

    [missing] = why("payment", "pi_course")

    assert missing.startswith("a refund of payment pi_course not booked: the gateway says $150.00 went back")
    assert "refunds of $0.00 are known" in missing


def test_more_taken_back_than_came_is_in_suspense(why):
    paid_course()
    refunded(minor=600_00)

    assert "$101.00 of payment pi_course in suspense: more went back than had come" in why(
        "payment", "pi_course"
    )


# -- invoices


def test_an_open_invoice_says_what_came_and_when_it_is_due(why):
    customer = make_customer()
    invoice = make_invoice(customer, [1000_00])
    paid(400_00, invoice=invoice)
    failed = {"payment": "pi_2", "metadata": {"invoice": str(invoice)}, "decline_code": "lost_card"}
    store_event(stripe_event("payment_intent.payment_failed", **failed))
    work()
    make_checkout(invoice, "cs_1")

    [reason] = [each for each in why("invoice", "cs_1") if "not paid" in each]

    assert "not paid: ₹600.00 open: pi_1 brought ₹400.00; pi_2 failed (lost_card); " in reason
    assert "checkout cs_1 is open; due on 2026-12-01" in reason


def test_an_invoice_for_which_nothing_came_says_so_and_since_when_it_is_overdue(why):
    invoice = make_invoice(make_customer(), [1000_00])
    tamper("UPDATE invoices SET due_on = '2020-02-02'")

    assert "no payment has come for it; overdue since 2020-02-02" in why("invoice", invoice)[0]


@pytest.mark.parametrize(
    ("status", "said"), [("void", "takes no money: it is void"), ("uncollectible", "it is uncollectible")]
)
def test_a_closed_invoice_says_that_it_takes_no_money(why, status, said):
    invoice = make_invoice(make_customer(), [1000_00])
    execute("UPDATE invoices SET status = %s", status)

    assert said in why("invoice", invoice)[0]


def test_a_draft_owes_nothing_yet(why):
    assert "it is a draft" in why("invoice", make_invoice(make_customer(), [1000_00], issued=False))[0]


# -- refunds and disputes


@pytest.mark.parametrize(
    ("event_type", "said"), [("refund.created", "has not paid it out yet"), ("refund.failed", "it failed")]
)
def test_a_refund_that_moved_no_money_says_why(why, event_type, said):
    paid_course()
    told(event_type, refund_minor=100_00)

    [reason] = why("refund", "re_course")

    assert reason.startswith("refund re_course has moved no money: ")
    assert said in reason


def test_an_open_dispute_says_until_when_to_answer_and_what_is_withdrawn(why):
    paid = paid_course()
    told("charge.dispute.created")
    before = why("dispute", "dp_course")[0]
    told("charge.dispute.funds_withdrawn")

    reason, right = [each for each in why("dispute", "dp_course") if "no mail" not in each]

    assert before.startswith("dispute dp_course over $499.00 not decided: answer the bank by ")
    assert "nothing is withdrawn yet" in before
    assert "$499.00 is withdrawn meanwhile (fraudulent)" in reason
    assert right.endswith(f"not active: {paid.number} is suspended by dp_course")


def test_a_dispute_that_ended_says_what_has_not_followed(why):
    paid_course()
    told("charge.dispute.funds_withdrawn")
    execute("UPDATE disputes SET status = 'won'")
    won = why("dispute", "dp_course")[0]
    execute("UPDATE disputes SET status = 'lost', applied_seq = nextval('apply_seq'), amount_minor = 60000")

    assert won.startswith("$499.00 of dispute dp_course not given back: it is won")
    assert why("dispute", "dp_course")[0].startswith("$101.00 of dispute dp_course not withdrawn")
