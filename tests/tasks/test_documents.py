"""Receipts: one number each, frozen words, stored bytes, and their mails released."""

import threading

import psycopg
import pytest

from bursar import settings
from bursar.documents.receipt import ReceiptSnapshot
from bursar.documents.store import open_store
from models.work import claim
from tasks import documents
from tasks.documents import render_documents
from tests.support.factories import execute, make_customer, make_invoice, rows, tamper, value
from tests.support.processes import eventually
from tests.tasks.steps import (
    broken,
    hurry,
    open_breaks,
    paid,
    refunded,
    states,
    tell,
    twice,
    waiting,
    work_off,
)


def payments(count: int) -> list[object]:
    """So many payments of one invoice; their receipts are due."""
    invoice = make_invoice(make_customer("विद्यार्थी १"), [100_00] * count)
    tell(*(paid(100_00, payment=f"pi_{n}", invoice=invoice) for n in range(count)))
    return [each for (each,) in rows("SELECT id FROM payments ORDER BY applied_seq")]


def test_a_payment_gets_a_numbered_frozen_receipt_whose_bytes_are_stored():
    payments(1)

    twice(render_documents)

    assert rows("SELECT seq, number LIKE 'RCT/%%/000001' FROM receipts") == [(1, True)]
    [(blob_key, size_bytes)] = rows("SELECT blob_key, size_bytes FROM documents WHERE state = 'done'")
    pdf = open_store(settings.load()).get(blob_key)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) == size_bytes
    snapshot = ReceiptSnapshot.from_json(bytes(value("SELECT snapshot FROM receipts")))
    assert snapshot.sha256() == value("SELECT snapshot_sha256 FROM receipts")
    assert (snapshot.amount_minor, snapshot.credit_minor, snapshot.test_mode) == (100_00, 0, True)
    assert snapshot.customer_name == "विद्यार्थी १"


def test_the_receipt_says_what_was_paid_before_and_what_is_left():
    invoice = make_invoice(make_customer(), [300_00, 200_00])
    tell(paid(100_00, payment="pi_1", invoice=invoice), paid(250_00, payment="pi_2", invoice=invoice))

    render_documents()

    frozen = value(
        "SELECT snapshot FROM receipts JOIN payments p ON p.id = payment_id WHERE gateway_payment_id = 'pi_2'"
    )
    receipt = ReceiptSnapshot.from_json(bytes(frozen))
    told = [(line.paid_before_minor, line.paid_now_minor, line.balance_minor) for line in receipt.lines]
    assert told == [(100_00, 200_00, 0), (0, 50_00, 150_00)]
    assert receipt.invoice_balance_minor == 150_00


def test_a_refund_before_the_receipt_was_made_does_not_change_what_was_paid():
    invoice = make_invoice(make_customer())
    tell(paid(payment="pi_1", invoice=invoice), refunded("pi_1", 400_00))

    render_documents()

    receipt = ReceiptSnapshot.from_json(bytes(value("SELECT snapshot FROM receipts")))
    assert [line.paid_now_minor for line in receipt.lines] == [1000_00]
    assert receipt.credit_minor == 0


def test_the_mail_of_a_document_is_due_with_the_commit_that_stores_it():
    payments(1)
    assert value("SELECT not_before = 'infinity' FROM emails")

    render_documents()

    assert value("SELECT not_before <= now() FROM emails")


@pytest.mark.parametrize("named", [True, False])
def test_a_dropped_message_is_no_loss_the_rows_are_found_without_it(named):
    payments(2)
    ids = [str(each) for (each,) in rows("SELECT id FROM documents")] if named else []

    render_documents(ids=ids)

    assert states("documents") == ["done", "done"]


def test_two_workers_at_once_make_one_receipt_for_each_payment_without_a_gap():
    payments(30)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        render_documents()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert set(states("documents")) == {"done"}
    assert [seq for (seq,) in rows("SELECT seq FROM receipts ORDER BY seq")] == list(range(1, 31))
    assert broken() == []


def test_a_paper_that_cannot_be_made_backs_off_and_holds_nobody_up(forbid):
    guilty, *_ = payments(3)
    forbid("receipts", f"payment_id <> '{guilty}'")

    render_documents()

    assert rows("SELECT state, failures FROM documents WHERE subject_id = %s", guilty) == [("pending", 1)]
    assert rows("SELECT state, failures FROM documents WHERE subject_id <> %s", guilty) == [("done", 0)] * 2
    assert [seq for (seq,) in rows("SELECT seq FROM receipts ORDER BY seq")] == [1, 2]
    assert broken() == []


def test_a_dead_document_lets_its_mail_go_without_it_and_is_put_before_a_person():
    payments(1)
    render_documents()
    execute("UPDATE documents SET state = 'pending', blob_key = NULL, failures = 4")
    execute("UPDATE emails SET not_before = 'infinity'")
    tamper("UPDATE receipts SET snapshot_sha256 = 'changed'")

    render_documents()
    work_off()

    assert rows("SELECT state, failures, error_class FROM documents") == [("dead", 5, "Broken")]
    assert open_breaks() == ["document_dead"]
    assert rows("SELECT state, send_state FROM emails") == [("done", "sent")]
    assert broken(grace_s=0) == ["I9"]


def test_a_document_of_money_that_is_nobodys_waits_and_dies_with_that_reason():
    payments(1)
    tamper("UPDATE payments SET customer_id = NULL")

    for _ in range(5):
        render_documents()
        hurry("documents")

    assert rows("SELECT state, failures, error_class FROM documents") == [
        ("dead", 5, "DocumentSubjectMissing")
    ]
    assert value("SELECT count(*) FROM receipts") == 0


def test_a_lock_held_by_others_counts_as_no_failure(database_url, impatient):
    payments(1)
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE receipts IN EXCLUSIVE MODE")

        render_documents()

        assert rows("SELECT state, failures FROM documents") == [("pending", 0)]
    hurry("documents")
    render_documents()

    assert states("documents") == ["done"]


def test_what_another_worker_took_over_is_not_stored_twice():
    payments(1)
    held = claim(documents.DOCUMENTS, columns="id, kind, subject_id")
    frozen = documents._freeze(held, held.rows)
    execute("UPDATE documents SET claim_token = gen_random_uuid()")

    documents._keep(held, documents._drawn(held, frozen))

    assert states("documents") == ["running"]
    assert value("SELECT not_before = 'infinity' FROM emails")


def test_a_receipt_is_issued_at_the_time_its_number_is_taken(database_url):
    payments(1)
    render_documents()
    tell(paid(payment="pi_next", invoice=value("SELECT id FROM invoices")))
    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM document_series FOR UPDATE")
        worker = threading.Thread(target=render_documents)
        worker.start()
        assert eventually(lambda: value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1)
        [[released]] = other.execute("SELECT clock_timestamp()").fetchall()
    worker.join(20)

    assert value("SELECT issued_at > %s FROM receipts WHERE seq = 2", released)


def test_a_worker_that_has_rendered_long_enough_wakes_a_successor(broker_url, monkeypatch):
    monkeypatch.setattr(documents, "DRAIN_S", -1.0)
    payments(21)

    render_documents()

    assert states("documents") == ["done"] * 20 + ["pending"]
    assert waiting(broker_url, "documents") == 2


def test_a_receipt_is_drawn_in_the_theme_of_the_seller_and_waits_until_the_theme_is_right(
    tmp_path, monkeypatch
):
    theme = tmp_path / "default.toml"
    theme.write_text("brand = 'blue'")
    payments(1)

    monkeypatch.setenv("BURSAR_THEMES", str(tmp_path))
    settings.load.cache_clear()
    render_documents()
    [(state, error)] = rows("SELECT state, error FROM documents")
    assert (state, "default.toml: colors: Field required" in error) == ("pending", True)

    theme.write_text("footer = ['Kept by fees']\n[colors]\nbrand = '#0B4F6C'\naccent = '#20A478'")
    hurry("documents")
    render_documents()

    [(state, version)] = rows("SELECT state, renderer_version FROM documents")
    assert state == "done"
    assert " theme-" in version
