"""Rights, papers, mails and events that did not happen are explained, each with its reason."""

import pytest

from bursar.sandbox.samples import razorpay_event
from tests.cli.books import dead_event, paid, paid_course, refunded, waiting_refund, work
from tests.support.factories import (
    execute,
    link_gateway_customer,
    make_customer,
    make_invoice,
    make_track,
    store_event,
    value,
)

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _books(database_url: str) -> None:
    """Each test begins with empty books."""


# -- rights


@pytest.mark.parametrize(
    ("rules", "missing"),
    [
        ({}, "rule paid_in_full needs ₹600.00 more"),
        ({"unlock_rule": "share", "unlock_share_bp": 5000}, "rule share needs ₹100.00 more"),
    ],
)
def test_a_track_that_is_not_open_says_how_much_its_rule_still_needs(why, rules, missing):
    customer, track = make_customer(), make_track(currency="INR", **rules)
    paid(400_00, invoice=make_invoice(customer, [1000_00], track=track))

    [reason] = why("enrollment", f"{customer.external_ref}/{track.slug}")[-1:]

    assert reason.startswith(f"track {track.slug} not active: ")
    assert f"has been paid ₹400.00 of ₹1,000.00; {missing}" in reason


def test_the_first_payment_is_missed_where_it_opens_the_track(why):
    track = make_track(currency="INR", unlock_rule="first_payment")
    invoice = make_invoice(make_customer(), [1000_00], track=track)

    assert "rule first_payment needs ₹0.01 more" in why("invoice", invoice)[-1]


def test_a_track_that_was_withdrawn_says_what_was_taken_back(why):
    paid = paid_course()
    refunded(minor=499_00)

    assert (
        f"{paid.number} is withdrawn: $499.00 of $499.00 paid was taken back" in why("refund", "re_course")[0]
    )


def test_a_track_that_lags_behind_says_why_and_when_it_is_tried_again(why):
    paid_course()
    enrollment = value("SELECT id FROM enrollments")
    execute(
        """UPDATE enrollments SET observed = 'pending', state = 'pending', failures = 2,
             error = 'no such project', not_before = '2099-01-01'"""
    )

    [reason] = why("enrollment", enrollment)

    assert "it should be active and is pending: failed 2 times: no such project; next try at 2099" in reason


def test_a_right_that_nothing_grants_says_so(why):
    paid_course()
    execute("DELETE FROM enrollment_grants")
    execute("UPDATE enrollments SET desired = 'pending', observed = 'pending'")

    assert "nothing grants it" in why("enrollment", value("SELECT id FROM enrollments"))[0]


# -- papers and mails


def test_a_receipt_waits_while_evidence_is_weak_and_says_until_when(why, variables):
    variables(BURSAR_WEAK_EVIDENCE_WAIT_S="3600")
    link_gateway_customer(make_customer())
    paid()

    _, receipt, mail = why("payment", "pi_1")

    assert receipt.startswith("no receipt of pi_1: waits until ")
    assert receipt.endswith("for better evidence of whose money it is")
    assert mail == "no mail payment.received: waits for its document"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("state = 'dead', error = 'no font'", "it could not be made: no font; then `bursar dead replay"),
        ("state = 'ignored', error = 'by hand'", "it was put aside: by hand"),
        ("state = 'pending', failures = 1, error = 'no font'", "failed once: no font; next try at"),
        ("state = 'pending', not_before = now() - interval '1 min'", "is a worker running?"),
        ("state = 'pending', not_before = '2099-01-01'", "not before 2099-01-01"),
    ],
)
def test_a_receipt_that_is_not_there_says_why(why, change, said):
    paid_course()
    execute(f"UPDATE documents SET blob_key = NULL, {change}")

    assert said in why("payment", "pi_course")[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "state = 'ignored', error = 'The customer has no e-mail address.'",
            "suppressed: The customer has no",
        ),
        ("state = 'dead', send_state = 'unknown', error = 'x'", "nobody knows whether it went out"),
        ("state = 'dead', send_state = 'failed', error = '550 no such user'", "given up: 550 no such user"),
        (
            "state = 'pending', send_state = 'unknown'",
            "the answer was lost: it goes out once more with the same Message-ID",
        ),
        ("state = 'pending', failures = 3, error = 'busy'", "failed 3 times: busy"),
    ],
)
def test_a_mail_that_is_not_out_says_why(why, change, said):
    paid_course()
    execute(f"UPDATE emails SET {change} WHERE kind = 'payment.received'")

    [reason] = why("payment", "pi_course")

    assert reason.startswith("no mail payment.received: ")
    assert said in reason


# -- events


def test_a_dead_event_says_its_reason_and_what_to_do(why):
    paid_course()
    event_id = dead_event("pi_course")

    [reason] = why("payment", "pi_course")

    assert "amount_received must be" in reason
    assert reason.endswith(f"after the cause is mended `bursar events replay {event_id}`")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("state = 'ignored', error = 'unhandled type'", "nothing is read from events of this type"),
        ("state = 'ignored', error = 'wrong_mode'", "it is of the other mode"),
        ("state = 'ignored', error = 'discarded by hand'", "ignored: discarded by hand"),
        (
            "state = 'pending', waiting_for = 'fetch:stripe:test/pi_course'",
            "must be fetched from the gateway",
        ),
        ("state = 'pending', waiting_for = 'stripe:test/pi_course'", "of which no event has told yet"),
        ("state = 'pending', failures = 1, error = 'deadlock'", "failed once: deadlock"),
        (
            "state = 'running', lease_until = now(), claim_token = gen_random_uuid()",
            "a worker has it in hand",
        ),
    ],
)
def test_an_event_that_was_not_applied_says_why(why, change, said):
    paid_course()
    event_id = dead_event("pi_course")
    execute(f"UPDATE gateway_events SET done_at = NULL, {change} WHERE id = %s", event_id)

    [reason] = why("payment", "pi_course")

    assert said in reason


def test_what_nobody_knows_yet_says_that_events_wait_for_it(bursar):
    waiting_refund()

    assert (
        "1 event waits for it: `bursar events list --state waiting`"
        in bursar("explain", "payment", "pi_unheard").err
    )


def test_a_razorpay_payment_that_failed_says_why(why):
    story = {"payment": "pay_1", "decline_code": "payment_timed_out"}
    store_event(razorpay_event("payment.failed", **story), gateway="razorpay")
    work()

    assert "(payment_timed_out)" in why("payment", "pay_1")[0]
