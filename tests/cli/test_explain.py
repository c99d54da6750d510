"""One story per payment, invoice and customer: from the first event to where the money lies now."""

import pytest

from bursar.cli.exits import ExitCode
from bursar.cli.explain import Subject
from bursar.sandbox.samples import stripe_event
from tests.cli.books import dead_event, overpaid_term, paid_course, refunded, waiting_refund, work
from tests.support.factories import execute, make_customer, make_invoice, store_event, value

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


@pytest.mark.parametrize("ref", ["pi_course", "ch_course", "re_course"])
def test_a_payment_is_found_by_any_of_its_gateways_ids(bursar, ref):
    paid_course()
    refunded()

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


@pytest.mark.parametrize("subject", list(Subject))
def test_what_nobody_knows_is_refused(bursar, subject):
    answer = bursar("explain", subject, "nothing")

    assert answer.code == ExitCode.REFUSED
    assert f"no {subject} is called 'nothing'" in answer.err


def test_a_reference_of_two_invoices_is_refused_with_their_ids(bursar):
    customer = make_customer()
    first, second = make_invoice(customer), make_invoice(customer)
    execute("UPDATE invoices SET source_id = 'same', source_type = id::text")

    answer = bursar("explain", "invoice", "same")

    assert answer.code == ExitCode.REFUSED
    assert str(first) in answer.err
    assert str(second) in answer.err


def test_another_subject_is_a_usage_error(bursar):
    assert bursar("explain", "weather", "today").code == ExitCode.USAGE
