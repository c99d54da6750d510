"""What keeps everything moving when messages, workers and refunds get lost."""

import threading
from datetime import UTC, datetime

import pytest
import structlog
import time_machine

from models.kinds import DOCUMENTS, EMAILS, EVENTS
from models.work import claim
from tasks import maintenance
from tasks.documents import render_documents
from tasks.events import apply_events
from tasks.payments import reconcile
from tests.support.factories import execute, make_customer, make_invoice, make_work, rows, value
from tests.support.toy.told import toy_event
from tests.tasks import listing
from tests.tasks.steps import (
    broken,
    open_breaks,
    paid,
    refunded,
    states,
    stripe_event,
    tell,
    twice,
    waiting,
    work_off,
)

EXPIRED = "lease_until = now() - interval '1 second'"
NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


def due_mail() -> None:
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())))
    render_documents()


def watermark(refund_minor: int) -> bytes:
    story = {"payment": "pi_1", "amount_minor": 1000_00, "refund_minor": refund_minor, "currency": "INR"}
    return stripe_event("charge.refunded", **story)


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


@pytest.fixture
def noon():
    """Half a minute after twelve, so that no window ends during the test."""
    with time_machine.travel(NOON, tick=True):
        yield


def test_a_tick_runs_each_job_once_per_window(noon, broker_url):
    twice(maintenance.tick)

    assert value("SELECT count(*) FROM beat_ticks") == len(maintenance.JOBS)
    assert waiting(broker_url, "events") == 1
    assert waiting(broker_url, "batch") == 1


def test_two_beats_at_once_run_each_job_once(noon, broker_url):
    start = threading.Barrier(2)

    def beat() -> None:
        start.wait()
        maintenance.tick()

    beats = [threading.Thread(target=beat) for _ in range(2)]
    for each in beats:
        each.start()
    for each in beats:
        each.join(20)

    assert value("SELECT count(*) FROM beat_ticks") == len(maintenance.JOBS)
    assert (waiting(broker_url, "events"), waiting(broker_url, "batch")) == (1, 1)


def test_the_next_window_runs_the_job_again(broker_url):
    with time_machine.travel(NOON, tick=True):
        maintenance.tick()
    with time_machine.travel(NOON.replace(minute=5), tick=True):
        maintenance.tick()

    assert rows("SELECT job, count(*) FROM beat_ticks GROUP BY 1 ORDER BY 1") == [
        ("invariants.check", 1),
        ("payments.reconcile", 2),
        ("payments.settle", 2),
        ("reconciliation.backfill", 1),
        ("reconciliation.diff", 1),
        ("reconciliation.settle", 1),
        ("refunds.missing", 2),
    ]


def test_a_tick_begins_a_run_of_every_kind_at_every_gateway_that_can_be_called(
    noon, broker_url, toy, second_toy
):
    twice(maintenance.tick)

    assert value("SELECT count(DISTINCT (kind, gateway_account)) FROM reconciliation_runs") == 6
    assert value("SELECT count(*) FROM reconciliation_runs") == 6
    assert waiting(broker_url, "batch") == 1 + 3
    assert waiting(broker_url, "gateway") == 1


def overdue_watermark() -> None:
    """The toy says that 300 rupees went back, and no webhook told which refunds."""
    invoice = str(make_invoice(make_customer()))
    body = toy_event("payment.succeeded", payment="toy_pay_1", amount=1000_00, invoice=invoice)
    tell(body, gateway="toy")
    execute("UPDATE payments SET refund_watermark_minor = 30000, updated_at = now() - interval '3 minutes'")


def test_refunds_that_only_a_sum_knows_of_are_asked_for_before_anybody_is(toy):
    overdue_watermark()
    toy.changes = [listing.refunded()]

    twice(maintenance.find_missing_refunds)
    assert rows("SELECT operation, subject, params ->> 'kind' FROM gateway_calls") == [
        ("fetch", "reconcile:toy:test/refunds/toy_pay_1", "payment.refunds")
    ]
    reconcile()
    apply_events()
    execute("UPDATE gateway_calls SET done_at = done_at - interval '2 minutes'")
    maintenance.find_missing_refunds()

    assert value("SELECT refunded_minor FROM payments") == 300_00
    assert open_breaks() == []


def test_a_refund_that_the_gateway_does_not_list_either_is_put_before_a_person(toy):
    overdue_watermark()
    maintenance.find_missing_refunds()
    reconcile()
    maintenance.find_missing_refunds()
    assert open_breaks() == []

    execute("UPDATE gateway_calls SET done_at = done_at - interval '2 minutes'")
    twice(maintenance.find_missing_refunds)

    assert open_breaks() == ["refund_missing"]


def test_a_gateway_that_does_not_answer_for_an_hour_is_no_reason_to_say_nothing(toy):
    overdue_watermark()
    execute("UPDATE payments SET updated_at = now() - interval '3 hours'")
    maintenance.find_missing_refunds()
    maintenance.find_missing_refunds()
    assert open_breaks() == []

    execute("UPDATE gateway_calls SET created_at = now() - interval '2 hours'")
    maintenance.find_missing_refunds()

    assert open_breaks() == ["refund_missing"]


def test_a_refund_that_only_a_sum_knows_of_is_put_before_a_person_until_it_arrives():
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer())), watermark(300_00))
    twice(maintenance.find_missing_refunds)
    assert open_breaks() == []

    execute("UPDATE payments SET updated_at = now() - interval '3 minutes'")
    twice(maintenance.find_missing_refunds)
    assert open_breaks() == ["refund_missing"]

    tell(refunded("pi_1", 300_00))
    twice(maintenance.find_missing_refunds)
    assert open_breaks() == []
    assert value("SELECT resolution FROM breaks") == "the missing refund arrived"


def test_a_sum_of_refunds_never_posts_and_never_falls():
    invoice = make_invoice(make_customer())
    tell(paid(payment="pi_1", invoice=invoice), watermark(300_00), watermark(200_00))

    assert rows("SELECT refunded_minor, refund_watermark_minor FROM payments") == [(0, 300_00)]
    assert broken() == []


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
