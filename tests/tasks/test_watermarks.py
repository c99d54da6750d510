"""Refunds of which a gateway told only the sum."""

from tasks.events import apply_events
from tasks.payments import reconcile
from tasks.watermarks import find_missing_refunds
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.support.toy.told import toy_event
from tests.tasks import listing
from tests.tasks.steps import broken, open_breaks, paid, refunded, stripe_event, tell, twice


def watermark(refund_minor: int) -> bytes:
    story = {"payment": "pi_1", "amount_minor": 1000_00, "refund_minor": refund_minor, "currency": "INR"}
    return stripe_event("charge.refunded", **story)


def overdue_watermark() -> None:
    """The toy says that 300 rupees went back, and no webhook told which refunds."""
    invoice = str(make_invoice(make_customer()))
    body = toy_event("payment.succeeded", payment="toy_pay_1", amount=1000_00, invoice=invoice)
    tell(body, gateway="toy")
    execute("UPDATE payments SET refund_watermark_minor = 30000, updated_at = now() - interval '3 minutes'")


def test_refunds_that_only_a_sum_knows_of_are_asked_for_before_anybody_is(toy):
    overdue_watermark()
    toy.changes = [listing.refunded()]

    twice(find_missing_refunds)
    assert rows("SELECT operation, subject, params ->> 'kind' FROM gateway_calls") == [
        ("fetch", "reconcile:toy:test/refunds/toy_pay_1", "payment.refunds")
    ]
    reconcile()
    apply_events()
    execute("UPDATE gateway_calls SET done_at = done_at - interval '2 minutes'")
    find_missing_refunds()

    assert value("SELECT refunded_minor FROM payments") == 300_00
    assert open_breaks() == []


def test_a_refund_that_the_gateway_does_not_list_either_is_put_before_a_person(toy):
    overdue_watermark()
    find_missing_refunds()
    reconcile()
    find_missing_refunds()
    assert open_breaks() == []

    execute("UPDATE gateway_calls SET done_at = done_at - interval '2 minutes'")
    twice(find_missing_refunds)

    assert open_breaks() == ["refund_missing"]


def test_a_gateway_that_does_not_answer_for_an_hour_is_no_reason_to_say_nothing(toy):
    overdue_watermark()
    execute("UPDATE payments SET updated_at = now() - interval '3 hours'")
    find_missing_refunds()
    find_missing_refunds()
    assert open_breaks() == []

    execute("UPDATE gateway_calls SET created_at = now() - interval '2 hours'")
    find_missing_refunds()

    assert open_breaks() == ["refund_missing"]


def test_a_refund_that_only_a_sum_knows_of_is_put_before_a_person_until_it_arrives():
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())), watermark(300_00))
    twice(find_missing_refunds)
    assert open_breaks() == []

    execute("UPDATE payments SET updated_at = now() - interval '3 minutes'")
    twice(find_missing_refunds)
    assert open_breaks() == ["refund_missing"]

    tell(refunded("pi_1", 300_00))
    twice(find_missing_refunds)
    assert open_breaks() == []
    assert value("SELECT resolution FROM breaks") == "the missing refund arrived"


def test_a_sum_of_refunds_never_posts_and_never_falls():
    invoice = make_invoice(make_customer())
    tell(paid(payment="pi_1", invoice=invoice), watermark(300_00), watermark(200_00))

    assert rows("SELECT refunded_minor, refund_watermark_minor FROM payments") == [(0, 300_00)]
    assert broken() == []
