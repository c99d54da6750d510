"""`bursar payments list|status`: what was paid, by any name it has."""

import pytest

from bursar.cli.exits import ExitCode
from bursar.cli.payments import LISTED, STANDING
from bursar.sandbox.samples import stripe_event
from tasks.events import apply_events
from tests.cli.books import paid_course, refunded
from tests.support.factories import make_checkout, make_customer, make_invoice, rows, store_event, value

pytestmark = pytest.mark.postgres

LAST_YEAR = "2025-01-01"


@pytest.fixture(autouse=True)
def _books(database_url):
    """Each test begins with a course that was paid, and a payment that failed."""
    paid_course()
    story = {"payment": "pi_declined", "amount_minor": 5_00, "currency": "INR"}
    store_event(stripe_event("payment_intent.payment_failed", **story))
    apply_events()


def listed(bursar, *words):
    return [row["gateway_payment_id"] for row in bursar("payments", "list", *words, "--json").jsonl]


def test_payments_are_listed_newest_first_by_their_public_names(bursar):
    [declined, course] = bursar("payments", "list", "--json").jsonl

    assert tuple(course) == LISTED
    assert (declined["gateway_payment_id"], declined["status"]) == ("pi_declined", "failed")
    assert (course["gateway_payment_id"], course["amount_minor"], course["gateway"]) == (
        "pi_course",
        499_00,
        "stripe",
    )
    assert course["receipt"]
    out = bursar("payments", "list").out
    assert "$499.00" in out
    assert "pi_declined" in out


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--status", "failed"], ["pi_declined"]),
        (["--gateway", "razorpay"], []),
        (["--gateway", "stripe"], ["pi_declined", "pi_course"]),
        (["--since", "1h"], ["pi_declined", "pi_course"]),
        (["--until", "1h"], []),
        (["--since", LAST_YEAR, "--until", LAST_YEAR], []),
        (["--limit", "1"], ["pi_declined"]),
        (["--customer", "nobody"], []),
    ],
)
def test_a_filter_leaves_what_it_names(bursar, words, found):
    assert listed(bursar, *words) == found


def test_the_payments_of_one_customer(bursar):
    ref = value("SELECT c.external_ref FROM customers c JOIN payments p ON p.customer_id = c.id")

    assert listed(bursar, "--customer", ref) == ["pi_course"]
    assert listed(bursar, "--customer", ref, "--status", "failed") == []


def test_a_payment_says_that_it_is_paid_by_any_of_its_names(bursar):
    number = value("SELECT number FROM invoices")
    [(payment_id, charge)] = rows(
        "SELECT p.id::text, a.external_id FROM payments p JOIN gateway_aliases a ON a.payment_id = p.id"
        " WHERE a.external_id LIKE 'ch_%%' AND gateway_payment_id = 'pi_course'"
    )

    told = bursar("payments", "status", "pi_course", "--json").json

    assert tuple(told) == STANDING
    assert told == told | {
        "paid": True,
        "status": "succeeded",
        "amount": "499.00",
        "currency": "USD",
        "invoice": number,
        "payment_id": payment_id,
        "refunded_minor": 0,
        "receipt": value("SELECT number FROM receipts"),
    }
    for ref in (payment_id, charge):
        assert bursar("payments", "status", ref, "--json").json == told
    assert "paid" in bursar("payments", "status", charge).out


def test_what_went_back_is_said(bursar):
    refunded(minor=100_00)

    told = bursar("payments", "status", "pi_course", "--json").json

    assert (told["paid"], told["refunded"]) == (True, "100.00")
    assert "100.00" in bursar("payments", "status", "pi_course").out


def test_a_page_that_nobody_has_paid_is_a_pending_payment(bursar):
    checkout_id = make_checkout(make_invoice(make_customer()), "cs_open")

    told = bursar("payments", "status", "cs_open", "--json").json

    assert (told["paid"], told["status"], told["amount_minor"]) == (False, "open", 1000_00)
    assert told["payment_id"] == told["checkout_id"] == str(checkout_id)
    assert bursar("payments", "status", checkout_id, "--json").json == told


def test_a_page_that_was_paid_names_the_payment(bursar):
    checkout_id = make_checkout(make_invoice(make_customer()), "cs_paid")
    story = {"checkout": "cs_paid", "payment": "pi_page", "amount_minor": 1000_00, "currency": "INR"}
    store_event(stripe_event("checkout.session.completed", **story))
    apply_events()

    for ref in ("cs_paid", checkout_id, "pi_page"):
        told = bursar("payments", "status", ref, "--json").json
        assert (told["paid"], told["amount_minor"]) == (True, 1000_00)
        assert told["payment_id"] == value(
            "SELECT id::text FROM payments WHERE gateway_payment_id = 'pi_page'"
        )
    assert bursar("payments", "status", "cs_paid", "--json").json["checkout_status"] == "completed"


def test_a_payment_that_failed_is_not_paid(bursar):
    told = bursar("payments", "status", "pi_declined", "--json").json

    assert (told["paid"], told["status"]) == (False, "failed")


@pytest.mark.parametrize("ref", ["pi_none", "00000000-0000-7000-8000-000000000000"])
def test_what_nobody_told_of_is_refused_with_where_it_was_looked_for(bursar, ref):
    answer = bursar("payments", "status", ref)

    assert answer.code == ExitCode.REFUSED
    assert ref in answer.err
