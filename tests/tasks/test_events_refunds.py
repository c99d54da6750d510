"""Money that goes back, whenever it is told of, on real rows."""

import orjson

from bursar.sandbox.samples import (
    razorpay_event,
)
from tests.support.factories import (
    make_customer,
    make_invoice,
    make_track,
    rows,
    value,
)
from tests.tasks.steps import (
    broken,
    invoice_sums,
    open_breaks,
    paid,
    payment_sums,
    refunded,
    states,
    tell,
    work_off,
)


def test_a_full_refund_cancels_what_was_owed_and_withdraws_the_right():
    track = make_track(currency="INR")
    invoice = make_invoice(make_customer(), [1000_00], track=track)
    tell(paid(payment="pi_1", invoice=invoice))
    work_off()

    tell(refunded("pi_1", 1000_00))
    work_off()

    assert invoice_sums(invoice) == (0, 1000_00)
    assert payment_sums("pi_1") == ("succeeded", 0, 0, 0, 1000_00)
    assert rows("SELECT desired, observed FROM enrollments") == [("withdrawn", "withdrawn")]
    assert value("SELECT count(*) FROM emails WHERE kind = 'refund.processed' AND state = 'done'") == 1
    assert broken(grace_s=0) == []


def test_a_refund_that_fails_after_it_succeeded_brings_the_money_back():
    invoice = make_invoice(make_customer())
    tell(paid(payment="pi_1", invoice=invoice), refunded("pi_1", 400_00))
    assert invoice_sums(invoice) == (600_00, 400_00)

    tell(refunded("pi_1", 400_00, "refund.failed"))
    tell(refunded("pi_1", 400_00, "refund.updated", created=1_795_000_001))

    assert invoice_sums(invoice) == (1000_00, 0)
    assert payment_sums("pi_1") == ("succeeded", 0, 0, 0, 0)
    assert value("SELECT status FROM refunds") == "failed"
    assert broken() == []


def test_a_refund_told_before_its_payment_waits_and_is_released_by_it():
    invoice = make_invoice(make_customer())

    [early] = tell(refunded("pi_1", 300_00))

    assert rows("SELECT state, failures, waiting_for FROM gateway_events") == [
        ("pending", 0, "stripe:test/pi_1")
    ]
    assert value("SELECT not_before = 'infinity' FROM gateway_events")

    tell(paid(payment="pi_1", invoice=invoice))

    assert value("SELECT state FROM gateway_events WHERE id = %s", early) == "done"
    assert invoice_sums(invoice) == (700_00, 300_00)
    assert broken() == []


def test_a_refund_larger_than_the_payment_is_booked_and_put_before_a_person():
    invoice = make_invoice(make_customer())
    tell(paid(payment="pi_1", invoice=invoice))

    tell(refunded("pi_1", 800_00, refund="re_1"), refunded("pi_1", 800_00, refund="re_2"))

    assert payment_sums("pi_1") == ("succeeded", 0, 0, 600_00, 1600_00)
    assert open_breaks() == ["refund_exceeds_payment"]
    assert broken() == []


def test_a_refund_in_another_currency_is_booked_apart():
    invoice = make_invoice(make_customer())
    tell(paid(payment="pi_1", invoice=invoice))

    tell(refunded("pi_1", 5_00, currency="USD"))

    assert invoice_sums(invoice) == (1000_00, 0)
    assert open_breaks() == ["amount_mismatch"]
    assert broken() == []


def test_a_razorpay_refund_travels_with_its_payment_and_may_come_first():
    invoice = make_invoice(make_customer(), [61_000_00])
    story = {"payment": "pay_1", "metadata": {"invoice": str(invoice)}, "refund_minor": 1_000_00}

    tell(razorpay_event("refund.processed", **story), gateway="razorpay")
    tell(razorpay_event("payment.captured", **story), gateway="razorpay")

    assert invoice_sums(invoice) == (60_000_00, 1_000_00)
    assert states("gateway_events") == ["done", "done"]


def test_a_refund_that_leaves_the_charge_owed_says_so_late_and_is_placed_anew():
    invoice = make_invoice(make_customer(), [1000_00])
    tell(paid(payment="pi_1", invoice=invoice))
    tell(refunded("pi_1", 400_00))
    assert invoice_sums(invoice) == (600_00, 400_00)

    reopening = orjson.loads(refunded("pi_1", 400_00, "refund.updated", event_id="evt_again"))
    reopening["data"]["object"]["metadata"] = {"bursar_effect": "reopen"}
    tell(orjson.dumps(reopening))
    work_off()

    assert invoice_sums(invoice) == (600_00, 0)
    assert rows("SELECT effect, status FROM refunds") == [("reopen", "succeeded")]
    assert broken(grace_s=0) == []
