"""One story per thing that money is about: from the first event to how it stands now."""

import io

import pytest

from bursar.cli.exits import ExitCode
from bursar.cli.explain import Subject, explain
from bursar.sandbox.samples import stripe_event
from tests.cli.books import dead_event, overpaid_term, paid_course, refunded, told, waiting_refund, work
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


def kinds(answer) -> list[str]:
    return [moment["kind"] for moment in answer.json["timeline"]]


def test_a_payment_is_told_from_event_to_unlock_in_order_of_time(bursar):
    paid_course()

    answer = bursar("explain", "payment", "pi_course", "--json")

    assert set(kinds(answer)) == {"event", "fact", "state", "ledger", "document", "mail", "unlock"}
    moments = [moment["at"] for moment in answer.json["timeline"]]
    assert moments == sorted(moments)
    assert kinds(answer).count("event") == 4
    assert kinds(answer).count("ledger") == 1
    assert answer.json["cut"] is False


def test_amounts_are_written_in_the_customers_locale(bursar):
    paid_course()

    out = bursar("explain", "payment", "pi_course").out

    assert "payment captured, $499.00" in out
    assert "debit  $499.00  gateway:stripe:test" in out
    assert "project 'Project 1' unlocked" in out


def test_the_end_says_where_the_money_lies(bursar):
    paid = paid_course()
    refunded(minor=100_00)

    [payment] = bursar("explain", "payment", "pi_course", "--json").json["now"]["payments"]
    out = bursar("explain", "payment", "pi_course").out

    assert payment["refunded_minor"] == 100_00
    assert payment["allocated"] == [{"invoice": paid.number, "component": "fee-1", "amount_minor": 399_00}]
    assert "$100.00 refunded" in out
    assert "refund paid out, $100.00" in out


def test_credit_is_named_as_such(bursar):
    overpaid_term()

    assert "₹200.00 held as the customer's credit" in bursar("explain", "payment", "pay_term").out


@pytest.mark.parametrize("ref", ["pi_course", "ch_course", "re_course", "dp_course", "cs_test_course"])
def test_a_payment_is_found_by_any_of_its_gateways_ids(bursar, ref):
    paid_course()
    refunded(), told("charge.dispute.created")

    assert bursar("explain", "payment", ref, "--json").json["subject"]["ref"] == "pi_course"


def test_a_payment_is_found_by_its_id_and_by_the_number_of_its_receipt(bursar):
    paid_course()
    by_id, by_number = value("SELECT id FROM payments"), value("SELECT number FROM receipts")

    refs = [bursar("explain", "payment", ref, "--json").json["subject"]["ref"] for ref in (by_id, by_number)]

    assert refs == ["pi_course", "pi_course"]


def test_an_invoice_is_told_from_its_issue_by_number_id_or_source(bursar):
    paid = overpaid_term()
    source = value("SELECT source_id FROM invoices")

    answers = [bursar("explain", "invoice", ref, "--json") for ref in (paid.number, paid.invoice, source)]
    out = bursar("explain", "invoice", paid.number).out

    assert {answer.json["subject"]["id"] for answer in answers} == {str(paid.invoice)}
    assert "invoice issued, ₹1,000.00" in out
    assert "paid ₹1,000.00, open ₹0.00" in out


def test_a_customer_is_told_across_invoices_and_payments(bursar):
    paid = paid_course()
    make_invoice(paid.customer, [50_00], currency="USD")

    answer = bursar("explain", "customer", paid.customer.external_ref, "--json")

    assert kinds(answer).count("ledger") == 3
    assert len(answer.json["now"]["invoice_lines"]) == 2
    assert answer.json["now"]["enrollments"][0]["observed"] == "active"


def test_a_customer_to_whom_nothing_happened_is_told_so(bursar):
    customer = make_customer()

    out = bursar("explain", "customer", customer.external_ref).out

    assert "nothing has happened yet" in out
    assert "nowhere: no money has come" in out


def test_events_that_were_not_applied_are_part_of_the_story(bursar):
    paid_course()
    dead_event("pi_course")

    assert "dead, data.object.amount_received must be" in bursar("explain", "payment", "pi_course").out


def test_a_refund_that_waits_for_another_payment_is_not_part_of_it(bursar):
    paid_course()
    waiting_refund()

    assert "pi_unheard" not in bursar("explain", "payment", "pi_course").out


def test_money_of_nobody_is_told_with_its_break(bursar):
    store_event(stripe_event("payment_intent.succeeded", payment="pi_stray", customer=None))
    work()

    out = bursar("explain", "payment", "pi_stray").out

    assert "opened unidentified_payment" in out
    assert "unidentified: nobody is known to have paid it" in out


def test_an_operators_replay_is_part_of_the_story(bursar):
    paid_course()
    event_id = dead_event("pi_course")

    bursar("events", "replay", event_id)

    assert "event.replayed by " in bursar("explain", "payment", "pi_course").out


def test_names_and_mail_addresses_are_not_told(bursar):
    paid = paid_course()

    out = bursar("explain", "customer", paid.customer.external_ref, "--json").out

    assert paid.customer.email not in out
    assert paid.customer.name not in out


def test_a_checkout_of_ours_leads_to_its_payment_and_its_invoice(bursar):
    invoice = make_invoice(make_customer(), [1000_00])
    make_checkout(invoice, "cs_1")
    store_event(
        stripe_event("checkout.session.completed", payment="pi_1", checkout="cs_1", amount_minor=1000_00)
    )
    work()

    told = bursar("explain", "invoice", "cs_1", "--json").json

    assert told["subject"]["id"] == str(invoice)
    assert [each["text"] for each in told["timeline"] if each["kind"] == "checkout"] == [
        "cs_1 opened for ₹1,000.00"
    ]
    assert bursar("explain", "payment", "cs_1", "--json").json["subject"]["ref"] == "pi_1"


@pytest.mark.parametrize("ref", ["re_course", "pi_course", "ch_course"])
def test_a_refund_is_told_alone_from_its_event_to_its_mail(bursar, ref):
    paid_course()
    refunded()

    answer = bursar("explain", "refund", ref, "--json")

    assert answer.json["subject"]["ref"] == "re_course"
    assert set(kinds(answer)) == {"event", "fact", "state", "ledger", "mail", "unlock"}
    assert (kinds(answer).count("event"), kinds(answer).count("ledger")) == (1, 1)
    assert "refund re_course: succeeded, $100.00" in bursar("explain", "refund", ref).out


def test_a_dispute_is_told_with_its_funds_its_fee_its_break_and_what_it_suspends(bursar):
    paid_course()
    told("charge.dispute.created"), told("charge.dispute.funds_withdrawn")

    answer = bursar("explain", "dispute", "dp_course", "--json")
    out = bursar("explain", "dispute", value("SELECT id FROM disputes")).out

    assert (kinds(answer).count("event"), kinds(answer).count("ledger")) == (2, 2)
    assert "opened dispute_open" in out
    assert "disputed money withdrawn, $499.00" in out
    assert "lies with the bank while it decides" in out
    assert "gateway fee, $15.00" in out
    assert "enrollment.suspended track-" in out
    assert "  $499.00 withdrawn by the gateway" in out
    assert "  respond by 20" in out


def test_an_enrollment_is_told_from_the_invoice_that_grants_it_by_customer_and_track(bursar):
    paid = paid_course()
    track = value("SELECT slug FROM tracks")

    by_name = bursar("explain", "enrollment", f"{paid.customer.external_ref}/{track}", "--json")
    by_id = bursar("explain", "enrollment", value("SELECT id FROM enrollments"), "--json")

    assert by_name.json["subject"] == by_id.json["subject"]
    assert by_name.json["subject"]["ref"] == f"{paid.customer.external_ref}/{track}"
    assert kinds(by_name).count("unlock") == 1
    assert kinds(by_name).count("ledger") == 2
    assert [each["text"] for each in by_name.json["timeline"] if each["kind"] == "mail"] == [
        "enrollment.unlocked reserved",
        "enrollment.unlocked sent",
    ]


def test_fees_and_exchanges_of_a_payment_are_part_of_it(bursar):
    paid_course()
    told("charge.updated", fee_minor=17_50, settled_currency="EUR", settled_minor=450_00)

    out = bursar("explain", "payment", "pi_course").out

    assert "gateway fee, " in out
    assert "kept by the gateway" in out
    assert "  $499.00 settled as €450.00" in out


def test_every_event_says_what_became_of_it(bursar):
    paid_course()

    told = bursar("explain", "payment", "pi_course", "--json").json["timeline"]

    events = [moment["text"] for moment in told if moment["kind"] == "event"]
    assert all(text.endswith(": applied") for text in events)


def test_a_story_that_is_too_long_says_that_it_is_cut(bursar):
    paid_course()
    execute(
        """INSERT INTO audit_log (action, subject_type, subject_id)
           SELECT 'payment.looked_at', 'payment', p.id FROM payments p, generate_series(1, 1001)"""
    )

    assert bursar("explain", "payment", "pi_course", "--json").json["cut"] is True
    assert "… the story is longer: at most 1000 rows" in bursar("explain", "payment", "pi_course").out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(database_url, monkeypatch, width):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    paid_course()
    told("charge.dispute.funds_withdrawn"), dead_event("pi_course")
    screen = Terminal()
    for name, given in (("COLUMNS", width), ("TERM", "dumb"), ("NO_COLOR", 1), ("LINES", 50)):
        monkeypatch.setenv(name, str(given))
    monkeypatch.setattr("sys.stdout", screen)

    explain(Subject.PAYMENT, "pi_course")

    assert "why not" in screen.getvalue()
    assert [line for line in screen.getvalue().splitlines() if len(line) > width] == []


@pytest.mark.parametrize("subject", list(Subject))
def test_what_nobody_knows_is_refused(bursar, subject):
    answer = bursar("explain", subject, "nothing")

    assert answer.code == ExitCode.REFUSED
    assert f"no {subject} is called 'nothing'; searched: our id, " in answer.err


def test_a_reference_of_two_invoices_is_refused_with_their_ids(bursar):
    first, second = (make_invoice(make_customer()) for _ in range(2))
    tamper("UPDATE invoices SET source_id = 'same', source_type = id::text")

    answer = bursar("explain", "invoice", "same")

    assert answer.code == ExitCode.REFUSED
    assert str(first) in answer.err
    assert str(second) in answer.err


def test_another_subject_is_a_usage_error(bursar):
    assert bursar("explain", "weather", "today").code == ExitCode.USAGE
