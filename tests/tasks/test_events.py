"""The journeys of money, told by Stripe and Razorpay, on real rows."""

import itertools

import pytest

from bursar.sandbox.samples import (
    razorpay_payment_events,
    stripe_event,
    stripe_payment_events,
)
from tasks.events import apply_events
from tests.support.factories import (
    link_gateway_customer,
    make_checkout,
    make_customer,
    make_invoice,
    make_track,
    rows,
    store_event,
    value,
)
from tests.tasks.steps import (
    broken,
    invoice_sums,
    open_breaks,
    paid,
    payment_sums,
    states,
    tell,
    twice,
    work_off,
)


def test_a_stripe_payment_pays_its_invoice_and_opens_the_track():
    track = make_track(currency="USD")
    invoice = make_invoice(make_customer(), [499_00], currency="USD", track=track)

    tell(*stripe_payment_events(payment="pi_1", amount_minor=499_00, metadata={"invoice": str(invoice)}))
    work_off()

    assert payment_sums("pi_1") == ("succeeded", 0, 0, 0, 0)
    assert invoice_sums(invoice) == (499_00, 0)
    assert rows("SELECT desired, observed, state FROM enrollments") == [("active", "active", "done")]
    assert states("documents") == ["done"]
    assert states("emails") == ["done", "done"]
    assert states("gateway_events") == ["done"] * 4
    assert broken(grace_s=0) == []


def test_a_razorpay_payment_pays_its_invoice_once_although_two_events_announce_it():
    invoice = make_invoice(make_customer(), [10_000_00, 51_000_00])

    tell(
        *razorpay_payment_events(payment="pay_1", metadata={"invoice": str(invoice)}),
        gateway="razorpay",
    )
    work_off()

    assert payment_sums("pay_1") == ("succeeded", 0, 0, 0, 0)
    assert invoice_sums(invoice) == (61_000_00, 0)
    assert value("SELECT count(*) FROM ledger_entries WHERE kind = 'captured'") == 1
    assert states("emails") == ["done"]
    assert broken(grace_s=0) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_a_payments_events_does_not_matter(order):
    invoice = make_invoice(make_customer(), [61_000_00])
    events = razorpay_payment_events(payment="pay_1", metadata={"invoice": str(invoice)})

    for n in order:
        tell(events[n], gateway="razorpay")

    assert payment_sums("pay_1") == ("succeeded", 0, 0, 0, 0)
    assert invoice_sums(invoice) == (61_000_00, 0)
    assert states("documents") == ["pending"]


def test_a_failed_payment_that_succeeds_later_is_money():
    invoice = make_invoice(make_customer())
    story = {
        "payment": "pi_1",
        "amount_minor": 1000_00,
        "currency": "INR",
        "metadata": {"invoice": str(invoice)},
    }

    tell(stripe_event("payment_intent.payment_failed", **story))
    assert payment_sums("pi_1")[0] == "failed"
    assert rows("SELECT status, decline_code FROM payment_attempts") == [
        ("not_succeeded", "insufficient_funds")
    ]

    tell(stripe_event("payment_intent.succeeded", **story))
    tell(stripe_event("payment_intent.processing", **story))

    assert payment_sums("pi_1")[0] == "succeeded"
    assert invoice_sums(invoice) == (1000_00, 0)
    assert value("SELECT count(*) FROM audit_log WHERE action = 'payment.stale'") == 1


def test_a_part_payment_fills_the_components_by_priority():
    invoice = make_invoice(make_customer(), [500_00, 300_00, 200_00])

    tell(paid(600_00, invoice=invoice))

    assert rows("SELECT allocated_minor FROM invoice_lines ORDER BY position") == [(500_00,), (100_00,), (0,)]
    assert invoice_sums(invoice) == (600_00, 0)
    assert broken() == []


def test_what_is_paid_too_much_pays_the_next_invoice():
    customer = make_customer()
    first = make_invoice(customer, [400_00])

    tell(paid(1000_00, payment="pi_1", invoice=first))
    assert payment_sums("pi_1") == ("succeeded", 600_00, 0, 0, 0)

    second = make_invoice(customer, [500_00])

    assert invoice_sums(second) == (500_00, 0)
    assert payment_sums("pi_1") == ("succeeded", 100_00, 0, 0, 0)
    assert broken() == []


def test_money_in_another_currency_stays_credit_and_a_person_is_asked():
    invoice = make_invoice(make_customer(), [1000_00], currency="INR")

    tell(paid(50_00, payment="pi_1", currency="USD", invoice=invoice))

    assert payment_sums("pi_1") == ("succeeded", 50_00, 0, 0, 0)
    assert invoice_sums(invoice) == (0, 0)
    assert open_breaks() == ["wrong_currency"]
    assert broken() == []


def test_money_for_an_unknown_invoice_is_nobodys_until_better_evidence_comes():
    invoice = make_invoice(make_customer())

    tell(paid(payment="pi_1", invoice="no-such-order"))
    assert payment_sums("pi_1") == ("succeeded", 0, 1000_00, 0, 0)
    assert open_breaks() == ["unidentified_payment", "unknown_invoice"]
    assert states("documents") == []

    make_checkout(invoice, "cs_test_1")
    tell(
        stripe_event(
            "checkout.session.completed",
            payment="pi_1",
            checkout="cs_test_1",
            amount_minor=1000_00,
            currency="INR",
        )
    )

    assert payment_sums("pi_1") == ("succeeded", 0, 0, 0, 0)
    assert invoice_sums(invoice) == (1000_00, 0)
    assert open_breaks() == []
    assert states("documents") == ["pending"]
    assert value("SELECT status FROM checkouts") == "completed"
    assert broken() == []


def test_better_evidence_moves_money_from_one_customer_to_another():
    wrong, right = make_customer(), make_customer()
    link_gateway_customer(wrong)
    theirs, ours = make_invoice(wrong), make_invoice(right)

    tell(paid(payment="pi_1"))
    assert invoice_sums(theirs) == (1000_00, 0)

    tell(
        stripe_event(
            "charge.succeeded",
            payment="pi_1",
            amount_minor=1000_00,
            currency="INR",
            metadata={"invoice": str(ours)},
        )
    )

    assert invoice_sums(theirs) == (0, 0)
    assert invoice_sums(ours) == (1000_00, 0)
    assert value("SELECT count(*) FROM audit_log WHERE action = 'payment.reattributed'") == 1
    assert broken() == []


def test_metadata_that_names_the_invoice_of_another_customer_moves_nothing_there():
    payer, other = make_customer(), make_customer()
    theirs = make_invoice(other)

    tell(paid(payment="pi_1", invoice=theirs, customer=payer.external_ref))

    assert payment_sums("pi_1") == ("succeeded", 1000_00, 0, 0, 0)
    assert invoice_sums(theirs) == (0, 0)
    assert open_breaks() == ["owner_mismatch"]
    assert broken() == []


def test_the_receipt_waits_while_only_weak_evidence_says_whose_money_it_is(configure):
    configure(BURSAR_WEAK_EVIDENCE_WAIT_S="600")
    link_gateway_customer(make_customer())

    tell(paid())
    work_off()

    assert rows("SELECT state, not_before > now() + interval '9 minutes' FROM documents") == [
        ("pending", True)
    ]
    assert states("emails") == ["pending"]


def test_applying_is_safe_to_repeat():
    invoice = make_invoice(make_customer())
    for body in stripe_payment_events(
        payment="pi_1", amount_minor=1000_00, currency="INR", metadata={"invoice": str(invoice)}
    ):
        store_event(body)

    twice(apply_events)

    assert states("gateway_events") == ["done"] * 4
