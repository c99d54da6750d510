"""Disputes, fees, settlements and snapshots on real rows, as both gateways tell them."""

import itertools

import orjson
import pytest

from bursar.sandbox.samples import razorpay_event, stripe_event
from tests.support.factories import make_customer, make_invoice, make_track, rows, value
from tests.tasks.steps import (
    broken,
    invoice_sums,
    open_breaks,
    paid,
    payment_sums,
    snapshot,
    states,
    tell,
    work_off,
)

NOW_S = 1_795_000_000


def enrolled(payment="pi_1"):
    """A paid course with everything that follows; returns its invoice."""
    invoice = make_invoice(make_customer(), [1000_00], track=make_track(currency="INR"))
    tell(paid(payment=payment, invoice=invoice))
    work_off()
    return invoice


def contested(event, *, status=None, at_s=0):
    """A word about a dispute of pi_1, `at_s` seconds later."""
    story = {"payment": "pi_1", "currency": "INR", "amount_minor": 1000_00, "created": NOW_S + at_s}
    if status is None:
        return stripe_event(f"charge.dispute.{event}", **story)
    document = orjson.loads(stripe_event("charge.dispute.updated", event_id=f"evt_{status}", **story))
    document["type"] = f"charge.dispute.{event}"
    document["data"]["object"]["status"] = status
    return orjson.dumps(document)


def balances():
    """Every account outside receivables and income, in rupees' minor units."""
    return dict(
        rows(
            """SELECT account, sum(amount_minor)::bigint FROM ledger_lines WHERE currency = 'INR'
               AND account !~ '^(receivable|revenue|tax_payable)' GROUP BY 1 HAVING sum(amount_minor) <> 0"""
        )
    )


def rights():
    return rows("SELECT desired, observed FROM enrollments")


def test_an_open_dispute_suspends_and_a_won_one_restores():
    invoice = enrolled()

    tell(contested("created"), contested("funds_withdrawn", at_s=1))
    work_off()
    suspended = rights(), open_breaks(), balances()["contested"]
    tell(contested("funds_reinstated", at_s=2), contested("closed", at_s=3))
    work_off()

    assert suspended == ([("suspended", "suspended")], ["dispute_open"], 1000_00)
    assert rights() == [("active", "active")]
    assert open_breaks() == []
    assert "contested" not in balances()
    assert invoice_sums(invoice) == (1000_00, 0)
    assert broken(grace_s=0) == []


def test_a_lost_dispute_takes_the_charge_with_the_money_and_withdraws_the_right():
    invoice = enrolled()

    tell(contested("funds_withdrawn"), contested("closed", status="lost", at_s=2))
    work_off()

    assert invoice_sums(invoice) == (0, 1000_00)
    assert rights() == [("withdrawn", "withdrawn")]
    assert "contested" not in balances()
    assert value("SELECT lost_minor FROM payments") == 1000_00
    assert broken(grace_s=0) == []


WORDS = [
    ("created", None, 0),
    ("funds_withdrawn", None, 1),
    ("closed", "lost", 2),
]


@pytest.mark.parametrize("order", list(itertools.permutations(WORDS)))
def test_the_order_of_a_disputes_words_does_not_matter(order):
    invoice = make_invoice(make_customer(), [1000_00], track=make_track(currency="INR"))
    for event, status, at_s in order:
        tell(contested(event, status=status, at_s=at_s))
    assert set(states("gateway_events")) == {"pending"}

    tell(paid(payment="pi_1", invoice=invoice))

    assert invoice_sums(invoice) == (0, 1000_00)
    assert "contested" not in balances()
    assert states("gateway_events") == ["done"] * 4
    assert broken() == []


def test_a_dispute_told_again_changes_nothing():
    enrolled()
    words = [contested("funds_withdrawn"), contested("closed", status="lost", at_s=2)]
    tell(*words)
    money = ("disputes", "movements", "payments", "ledger_lines", "invoice_lines")
    before = snapshot(money)

    tell(*(orjson.dumps({**orjson.loads(word), "id": f"evt_again_{n}"}) for n, word in enumerate(words)))

    assert snapshot(money) == before


def test_an_inquiry_moves_nothing_and_suspends_nobody():
    enrolled()

    tell(contested("created", status="warning_needs_response"))
    work_off()

    assert rights() == [("active", "active")]
    assert value("SELECT status FROM disputes") == "inquiry"


def test_a_razorpay_dispute_is_deducted_by_what_it_says_in_all():
    invoice = make_invoice(make_customer(), [1000_00])
    story = {"payment": "pay_1", "amount_minor": 1000_00, "metadata": {"invoice": str(invoice)}}
    tell(razorpay_event("payment.captured", **story), gateway="razorpay")
    tell(razorpay_event("payment.dispute.lost", **story), gateway="razorpay")

    assert value("SELECT status FROM disputes") == "lost"
    assert "contested" not in balances()
    assert invoice_sums(invoice) == (0, 1000_00)
    assert broken() == []


def test_the_fee_of_a_payment_is_known_once_although_every_event_tells_it():
    invoice = make_invoice(make_customer(), [1000_00])
    story = {"payment": "pay_1", "amount_minor": 1000_00, "metadata": {"invoice": str(invoice)}}

    tell(
        razorpay_event("payment.captured", **story),
        razorpay_event("order.paid", **story),
        razorpay_event("payment_link.paid", **story),
        gateway="razorpay",
    )

    [(fee, tax)] = rows("SELECT amount_minor, tax_minor FROM movements WHERE kind = 'fee'")
    assert balances()["gateway_fees"] == fee - tax
    assert balances()["gateway:razorpay:test"] == 1000_00 - fee
    assert broken() == []


def test_a_payout_that_comes_back_is_reversed_and_put_before_a_person():
    tell(stripe_event("payout.paid", currency="INR", amount_minor=500_00, created=NOW_S))
    arrived = balances()
    tell(stripe_event("payout.failed", currency="INR", amount_minor=500_00, created=NOW_S + 9))

    assert arrived == {"bank": 500_00, "gateway:stripe:test": -500_00}
    assert balances() == {}
    assert open_breaks() == ["settlement_failed"]
    assert broken() == []


def test_the_latest_word_about_a_subscription_stays_and_the_overtaken_one_is_audited():
    for at_s, event in ((5, "deleted"), (1, "updated"), (3, "paused")):
        tell(stripe_event(f"customer.subscription.{event}", created=NOW_S + at_s))

    assert rows("SELECT kind, status FROM gateway_objects") == [("subscription", "canceled")]
    assert value("SELECT count(*) FROM audit_log WHERE action = 'subscription.stale'") == 2


def test_money_paid_twice_is_held_before_a_person_and_the_refund_of_either_releases_it():
    customer = make_customer()
    invoice, other = make_invoice(customer, [1000_00]), make_invoice(customer, [500_00])
    tell(paid(payment="pi_1", invoice=invoice), paid(payment="pi_2", invoice=invoice))
    held = rows("SELECT held_minor FROM payments ORDER BY applied_seq"), open_breaks(), invoice_sums(other)

    tell(stripe_event("refund.updated", payment="pi_1", currency="INR", refund_minor=1000_00))

    assert held == ([(0,), (1000_00,)], ["double_payment"], (0, 0))
    assert invoice_sums(invoice) == (1000_00, 0)
    assert payment_sums("pi_2") == ("succeeded", 0, 0, 0, 0)
    assert open_breaks() == []
    assert broken() == []


def test_a_thin_event_waits_for_its_object_and_costs_no_attempt():
    thin = {
        "id": "evt_thin_1",
        "object": "v2.core.event",
        "type": "v1.invoice.paid",
        "created": "2026-11-01T10:00:00.000Z",
        "livemode": False,
        "related_object": {"id": "in_1", "type": "invoice", "url": "/v1/invoices/in_1"},
    }

    tell(orjson.dumps(thin))

    assert rows("SELECT state, failures, waiting_for FROM gateway_events") == [
        ("pending", 0, "fetch:stripe:test/invoice/in_1")
    ]
