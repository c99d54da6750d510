"""What keeps everything moving when messages and workers get lost."""

import structlog

from models.kinds import DOCUMENTS, EMAILS, EVENTS
from models.work import claim
from tasks import maintenance
from tasks.documents import render_documents
from tests.support.factories import execute, make_customer, make_invoice, make_work, rows, value
from tests.tasks.steps import (
    broken,
    open_breaks,
    paid,
    states,
    tell,
    twice,
    waiting,
    work_off,
)

EXPIRED = "lease_until = now() - interval '1 second'"


def due_mail() -> None:
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())))
    render_documents()


def test_a_sweep_takes_back_what_dead_workers_held():
    make_work(EVENTS, 3)
    claim(EVENTS)
    execute(f"UPDATE gateway_events SET {EXPIRED}")

    twice(maintenance.sweep)

    assert rows("SELECT DISTINCT state, crashes, claim_token IS NULL FROM gateway_events") == [
        ("pending", 1, True)
    ]


def test_a_sweep_leaves_alone_what_living_workers_hold():
    make_work(EVENTS, 3)
    claim(EVENTS)

    maintenance.sweep()

    assert rows("SELECT DISTINCT state, crashes FROM gateway_events") == [("running", 0)]


def test_a_sweep_wakes_as_many_workers_as_the_backlog_is_worth(broker_url):
    make_work(EVENTS, 401)
    make_work(DOCUMENTS, 1)

    maintenance.sweep(ids=[])

    assert [waiting(broker_url, queue) for queue in ("events", "documents", "emails")] == [3, 1, 0]


def test_nothing_due_wakes_nobody(broker_url):
    maintenance.sweep()

    assert [waiting(broker_url, queue) for queue in ("events", "documents", "emails", "control")] == [0] * 4


def test_a_receipt_whose_worker_died_while_sending_goes_out_once_more(broker_url):
    due_mail()
    claim(EMAILS)
    execute(f"UPDATE emails SET send_state = 'sending', copies = 1, {EXPIRED}")

    twice(maintenance.sweep)

    assert rows("SELECT state, send_state, copies, crashes FROM emails") == [("pending", "unknown", 1, 0)]
    assert open_breaks() == []


def test_a_mail_whose_second_copy_was_lost_too_goes_to_a_person():
    due_mail()
    claim(EMAILS)
    execute(f"UPDATE emails SET send_state = 'sending', copies = 2, {EXPIRED}")

    twice(maintenance.sweep)

    assert rows("SELECT state, send_state FROM emails") == [("dead", "unknown")]
    assert open_breaks() == ["email_unknown"]
    assert broken() == []


def test_a_mail_whose_worker_died_before_sending_is_simply_due_again():
    due_mail()
    claim(EMAILS)
    execute(f"UPDATE emails SET {EXPIRED}")

    maintenance.sweep()

    assert rows("SELECT state, send_state, copies, crashes FROM emails") == [("pending", "reserved", 0, 1)]


def test_a_document_that_died_with_its_worker_lets_its_mail_go_and_is_put_before_a_person(broker_url):
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())))
    execute("UPDATE documents SET crashes = 4")
    claim(DOCUMENTS)
    execute(f"UPDATE documents SET {EXPIRED}")
    render = waiting(broker_url, "documents")

    twice(maintenance.sweep)

    assert rows("SELECT state, error_class FROM documents") == [("dead", "WorkerKilled")]
    assert open_breaks() == ["document_dead"]
    assert value("SELECT not_before <= now() FROM emails")
    assert waiting(broker_url, "documents") == render
    assert waiting(broker_url, "emails") == 2


def test_the_check_shouts_about_what_is_broken_and_changes_nothing():
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())))
    work_off()
    execute("UPDATE invoices SET paid_minor = paid_minor - 1")

    with structlog.testing.capture_logs() as logged:
        twice(maintenance.check)

    assert [(line["name"], line["rows"]) for line in logged] == [("I2", 1), ("I2", 1)]


def test_the_check_says_nothing_when_all_is_well():
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())))

    with structlog.testing.capture_logs() as logged:
        maintenance.check()

    assert logged == []
    assert states("documents") == ["pending"]
