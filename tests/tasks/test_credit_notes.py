"""Void invoices and credit notes: what is taken back stands on one note, to the last minor unit, once."""

import threading

import psycopg
import pytest

from bursar.rules.invoicing import Fee
from bursar.rules.relief import ReliefRefused
from models.kinds import CREDIT_NOTES
from models.work import claim
from tasks import noting
from tasks.invoices import credit, credit_notes
from tests.support.factories import execute, make_customer, make_invoice, make_track, rows, value
from tests.tasks.relieving import issued, nothing_is_left, papers
from tests.tasks.steps import broken, hurry, invoice_sums, paid, payment_sums, refunded, states, tell, twice

# -- credited by somebody


def test_a_credit_is_booked_at_once_and_numbered_once():
    invoice = issued()
    note = credit(invoice, {1: 590_00}, "asha", "half a term")
    assert rows("SELECT state, number FROM credit_notes") == [("pending", None)]

    twice(credit_notes)

    [paper] = papers()
    assert (paper.number[:2], paper.reason, paper.taxable_minor, paper.tax_minor) == (
        "CN",
        "half a term",
        500_00,
        90_00,
    )
    assert (paper.total_minor, paper.words) == (590_00, "Rupees Five Hundred Ninety Only")
    assert paper.invoice_number == value("SELECT number FROM invoices")
    assert rows("SELECT id, state, total_minor, tax_minor FROM credit_notes") == [
        (note, "done", 590_00, 90_00)
    ]
    assert value("SELECT snapshot_sha256 = encode(sha256(snapshot), 'hex') FROM credit_notes")
    assert broken() == []


def test_all_that_is_still_charged_is_credited_where_nothing_is_named():
    invoice = issued()
    tell(paid(1280_00, payment="pi_1", invoice=invoice))

    credit(invoice, None, "asha", "cancelled")
    credit_notes()

    assert payment_sums("pi_1") == ("succeeded", 1280_00, 0, 0, 0)
    [paper] = papers()
    assert [(line.component, line.total_minor) for line in paper.lines] == [
        ("tuition", 1180_00),
        ("books", 100_00),
    ]
    assert broken() == []


def test_the_notes_of_a_line_sum_to_it_however_often_it_is_credited():
    invoice = issued(Fee(component="tuition", unit_minor=100, tax_minor=18))

    for minor in (1, 33, 7, 77):
        credit(invoice, {1: minor}, "asha", "bit by bit")
    credit_notes()

    assert [
        sum(minor) for minor in zip(*[(p.taxable_minor, p.tax_minor) for p in papers()], strict=True)
    ] == [100, 18]
    assert nothing_is_left()
    assert broken() == []


@pytest.mark.parametrize(
    ("amounts", "says"),
    [({1: 1180_01}, "are charged"), ({9: 1}, "has the lines 1, 2"), ({1: 0}, "above zero")],
)
def test_more_than_was_charged_is_not_credited(amounts, says):
    invoice = issued()

    with pytest.raises(ReliefRefused, match=says):
        credit(invoice, amounts, "asha", "too much")

    assert value("SELECT count(*) FROM credit_notes") == 0


# -- credited because money was refunded


def test_a_refund_that_cancels_gets_its_note_from_a_worker_of_its_own():
    invoice = issued()
    tell(paid(1280_00, payment="pi_1", invoice=invoice))
    tell(refunded("pi_1", 1280_00, "charge.refunded"), refunded("pi_1", 1280_00))
    assert invoice_sums(invoice)[1] == 1280_00
    assert value("SELECT count(*) FROM credit_notes") == 0

    twice(credit_notes)

    [paper] = papers()
    assert (paper.total_minor, paper.tax_minor) == (1280_00, 180_00)
    assert value("SELECT noted_minor FROM invoices") == 1280_00
    assert broken() == []


def test_refunds_and_credits_of_one_line_never_stand_on_two_notes():
    invoice = issued(Fee(component="tuition", unit_minor=100_00, tax_minor=18_00))
    tell(paid(118_00, payment="pi_1", invoice=invoice))
    tell(refunded("pi_1", 50_00, refund="re_1"))
    credit_notes()
    tell(refunded("pi_1", 18_00, refund="re_2"))
    credit(invoice, {1: 50_00}, "asha", "the rest")
    credit_notes()

    assert [paper.total_minor for paper in papers()] == [50_00, 18_00]
    assert rows("SELECT credited_minor, refunded_minor FROM invoice_lines") == [(50_00, 18_00)]
    with pytest.raises(ReliefRefused, match="say it twice"):
        credit(invoice, {1: 18_00}, "asha", "once more")
    assert broken() == []


def test_a_note_for_money_that_came_back_before_it_was_numbered_is_closed():
    invoice = issued()
    tell(paid(1280_00, payment="pi_1", invoice=invoice))
    tell(refunded("pi_1", 100_00, refund="re_1"))
    noting.reserve_refunded()
    tell(refunded("pi_1", 100_00, "refund.failed", refund="re_1"))

    credit_notes()

    assert rows("SELECT state, error FROM credit_notes") == [("ignored", noting.NOTHING)]
    assert broken() == []


def test_a_refund_that_leaves_the_charge_needs_no_note():
    tell(paid(5_00, payment="pi_1", customer=make_customer().external_ref))
    tell(refunded("pi_1", 5_00))

    credit_notes()

    assert value("SELECT count(*) FROM credit_notes") == 0


# -- numbering


def test_two_workers_at_once_number_every_note_once():
    for _ in range(20):
        credit(issued(), None, "asha", "a mistake")
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        credit_notes()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert set(states("credit_notes")) == {"done"}
    assert [seq for (seq,) in rows("SELECT seq FROM credit_notes ORDER BY seq")] == list(range(1, 21))
    assert broken() == []


def test_a_note_that_cannot_be_frozen_backs_off_and_holds_nobody_up(forbid):
    guilty, *_ = [credit(issued(), None, "asha", "a mistake") for _ in range(3)]
    forbid("credit_notes", f"number IS NULL OR id <> '{guilty}'")

    credit_notes()

    assert rows("SELECT state, failures FROM credit_notes WHERE id = %s", guilty) == [("pending", 1)]
    assert rows("SELECT state FROM credit_notes WHERE id <> %s", guilty) == [("done",)] * 2
    assert [seq for (seq,) in rows("SELECT seq FROM credit_notes WHERE seq IS NOT NULL ORDER BY 1")] == [1, 2]
    assert broken() == []


def test_a_lock_held_by_others_counts_as_no_failure(database_url, impatient):
    credit(issued(), None, "asha", "a mistake")
    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM customers FOR UPDATE")

        credit_notes()

        assert rows("SELECT state, failures FROM credit_notes") == [("pending", 0)]
    hurry("credit_notes")
    credit_notes()

    assert states("credit_notes") == ["done"]


def test_what_another_worker_took_over_is_not_numbered_twice():
    credit(issued(), None, "asha", "a mistake")
    held = claim(CREDIT_NOTES)
    execute("UPDATE credit_notes SET claim_token = gen_random_uuid()")

    noting.number_notes(held, held.ids)

    assert states("credit_notes") == ["running"]
    assert papers() == []


@pytest.mark.parametrize(
    "change",
    ["number = 'CN/26-27/999999'", "total_minor = 1", "snapshot = ''", "invoice_id = gen_random_uuid()"],
)
def test_an_issued_note_never_changes(change):
    credit(issued(), None, "asha", "a mistake")
    credit_notes()

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changes"):
        execute(f"UPDATE credit_notes SET {change}")
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never deleted"):
        execute("DELETE FROM credit_notes")
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
        execute("UPDATE credit_note_lines SET gross_minor = 1")


def test_a_right_follows_what_a_credit_leaves():
    customer = make_customer()
    invoice = make_invoice(customer, [1000_00], track=make_track(currency="INR"))
    tell(paid(900_00, invoice=invoice))

    credit(invoice, {1: 100_00}, "asha", "a scholarship")

    assert rows("SELECT desired FROM enrollments") == [("active",)]
    assert broken() == []
