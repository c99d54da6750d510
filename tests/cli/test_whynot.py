"""What somebody would expect and did not happen is explained, each with its reason."""

import pytest

from bursar.sandbox.samples import razorpay_event, stripe_event
from tests.cli.books import dead_event, overpaid_term, paid_course, refunded, waiting_refund, work
from tests.support.factories import (
    execute,
    link_gateway_customer,
    make_checkout,
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


@pytest.fixture
def why(bursar):
    """The reasons of an explanation, as `what: why`; the words say the same as the values."""

    def ask(*words: object) -> list[str]:
        told = [
            f"{each['what']}: {each['why']}" for each in bursar("explain", *words, "--json").json["why_not"]
        ]
        out = bursar("explain", *words).out
        assert [each for each in told if each not in out] == []
        return told

    return ask


def paid(
    amount_minor: int = 1000_00, payment: str = "pi_1", currency: str = "INR", **metadata: object
) -> None:
    """Money that came by Stripe; its metadata names what the keywords say."""
    named = {key: str(each) for key, each in metadata.items()}
    story = {"payment": payment, "amount_minor": amount_minor, "currency": currency, "metadata": named}
    store_event(stripe_event("payment_intent.succeeded", **story))
    work()


def told(event_type: str, **story: object) -> None:
    whole = {"payment": "pi_course", "amount_minor": 499_00, "currency": "USD", **story}
    store_event(stripe_event(event_type, **whole))
    work()


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

    _, reason = why("invoice", "cs_1")

    assert "not paid: ₹600.00 open: pi_1 brought ₹400.00; pi_2 failed (lost_card); " in reason
    assert "checkout cs_1 is open; due on 2026-12-01" in reason


def test_an_invoice_for_which_nothing_came_says_so_and_since_when_it_is_overdue(why):
    invoice = make_invoice(make_customer(), [1000_00])
    execute("UPDATE invoices SET due_on = '2020-02-02'")

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

    reason, right = why("dispute", "dp_course")

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
    execute(f"UPDATE gateway_events SET {change} WHERE id = %s", event_id)

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
