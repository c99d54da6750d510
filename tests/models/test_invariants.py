"""Every invariant is seen to break when exactly that is broken, and to hold over a busy healthy database."""

import pytest

from bursar.rules.breaks import BreakKind
from bursar.sandbox.samples import razorpay_payment_events, stripe_payment_events
from models.inbox_writes import open_break
from models.kinds import GATEWAY_CALLS, KINDS
from models.queries import invariants
from models.queries.invariant_sql import STATEMENTS
from models.session import transaction
from models.work import claim
from tasks.invoices import credit, credit_notes
from tests.support.factories import (
    execute,
    link_gateway_customer,
    make_customer,
    make_invoice,
    make_track,
    make_work,
    rows,
    tamper,
    value,
)
from tests.tasks.steps import broken, paid, refunded, tell, work_off


@pytest.fixture(autouse=True)
def _state_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("BURSAR_VAR", str(tmp_path))


@pytest.fixture
def story():
    """A payment with everything that follows from it, all done."""
    track = make_track(currency="INR")
    tell(paid(payment="pi_1", invoice=make_invoice(make_customer(), track=track)))
    work_off()
    assert broken(grace_s=0) == []


def test_a_busy_healthy_database_breaks_none():
    track, customer, payer = make_track(currency="INR"), make_customer(), make_customer()
    link_gateway_customer(payer)
    course = make_invoice(customer, [700_00, 300_00], track=track)
    other = make_invoice(payer, [5000_00])
    tell(refunded("pi_early", 10_00), paid(payment="pi_early", invoice=course))
    tell(
        paid(2000_00, payment="pi_1", invoice=course),
        paid(10_00, currency="USD", invoice=course),
        paid(5_00, payment="pi_2", invoice="nobody-knows"),
        paid(7_00, invoice=other, customer=customer.external_ref),
        *stripe_payment_events(payment="pi_3", currency="INR", metadata={"invoice": str(course)}),
        refunded("pi_1", 400_00, refund="re_1"),
        refunded("pi_1", 9000_00, refund="re_2"),
        refunded("pi_waits", 1_00),
    )
    tell(*razorpay_payment_events(metadata={"invoice": str(other)}), gateway="razorpay")
    make_invoice(customer, [300_00], track=track)
    tell(refunded("pi_1", 400_00, "refund.failed", refund="re_1"))

    assert broken() == []
    work_off()
    assert broken(grace_s=0) == []


def test_a_finding_names_the_rows_and_says_what_must_be_true(story):
    tamper("UPDATE payments SET credit_minor = 5")

    with transaction() as session:
        finding = invariants.check_one(session, "I1")

    assert finding.title == STATEMENTS["I1"].title
    assert [row["payment_id"] for row in finding.rows] == [value("SELECT id FROM payments")]


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("I1", "UPDATE payments SET refunded_minor = 1"),
        ("I1", "UPDATE payments SET suspense_minor = 1"),
        ("I1", "UPDATE ledger_lines SET account = 'suspense' WHERE account = 'customer_credit'"),
        (
            "I2",
            "UPDATE invoice_lines SET unit_minor = 1, net_minor = 1, gross_minor = 1, allocated_minor = 0,"
            " credited_minor = 0",
        ),
        ("I2", "UPDATE invoices SET paid_minor = paid_minor - 1"),
        ("I3", "UPDATE invoices SET currency = 'USD'"),
        ("I3", "UPDATE ledger_lines SET amount_minor = 10000000000001 WHERE account LIKE 'gateway:%%'"),
        ("I4", "UPDATE payments SET refunded_minor = amount_minor + 1"),
        ("I5", "DELETE FROM ledger_entries WHERE kind = 'captured'"),
        ("I5", "UPDATE ledger_entries SET cause_id = gen_random_uuid() WHERE kind = 'captured'"),
        ("I5", "UPDATE documents SET subject_id = gen_random_uuid()"),
        ("I5", "DELETE FROM emails WHERE kind = 'payment.received'"),
        ("I5", "DELETE FROM facts"),
        ("I5", "DELETE FROM receipts"),
        ("I5", "UPDATE refunds SET status = 'succeeded', applied_seq = 999"),
        ("I7", "UPDATE payments SET status = 'processing', applied_seq = NULL"),
        ("I7", "UPDATE refunds SET status = 'rejected'"),
        (
            "I7",
            "INSERT INTO audit_log (action, subject_type, subject_id)"
            " SELECT 'payment.failed', 'payment', id FROM payments",
        ),
        ("I20", "UPDATE gateway_events SET key_id = ''"),
        ("I20", "UPDATE gateway_events SET state = 'ignored', error = 'x'"),
        ("I10", "UPDATE document_series SET next_seq = next_seq + 1 WHERE kind = 'receipt'"),
        ("I10", "UPDATE receipts SET seq = 2"),
        ("I9", "UPDATE receipts SET snapshot = 'changed'"),
        ("I9", "UPDATE invoices SET snapshot_sha256 = 'changed' WHERE number IS NOT NULL"),
        ("I9", "UPDATE credit_notes SET snapshot = 'changed'"),
        ("I10", "UPDATE credit_notes SET seq = 2"),
        ("I5", "UPDATE credit_notes SET total_minor = 2"),
        ("I5", "UPDATE invoices SET noted_minor = 2 WHERE number IS NOT NULL"),
        ("I5", "DELETE FROM credit_note_lines"),
        ("I12", "UPDATE emails SET crashes = 6"),
        ("I12", "UPDATE emails SET state = 'dead', error = ''"),
        ("I12", "UPDATE gateway_events SET state = 'dead', error = 'x'"),
        ("I13", "UPDATE emails SET copies = 0"),
        ("I13", "UPDATE emails SET send_state = 'unknown'"),
        ("I13", "UPDATE emails SET copies = 2 WHERE kind = 'enrollment.unlocked'"),
        ("I13", "UPDATE emails SET state = 'ignored'"),
        ("I16", "UPDATE ledger_lines SET amount_minor = amount_minor + 1 WHERE account LIKE 'revenue:%%'"),
        ("I16", "DELETE FROM ledger_lines"),
        (
            "I17",
            "INSERT INTO audit_blocks SELECT 2, 0, 0, 1, 1, 0, ''::bytea, sha256(''::bytea)",
        ),
        ("I18", "UPDATE enrollments SET desired = 'withdrawn', observed = 'withdrawn'"),
        ("I18", "UPDATE enrollments SET observed = 'pending'"),
        ("I18", "UPDATE enrollment_grants SET state = 'pending'"),
        ("I18", "DELETE FROM unlocks"),
        ("L1", "UPDATE invoice_lines SET allocated_minor = allocated_minor - 1 WHERE allocated_minor > 0"),
    ],
)
def test_an_invariant_is_seen_to_break(story, name, statement):
    tell(paid(1_00, payment="pi_2", invoice="x", customer=value("SELECT external_ref FROM customers")))
    tell(refunded("pi_1", 1_00, "refund.created"))
    credit(value("SELECT id FROM invoices"), {1: 1_00}, "asha", "a test")
    credit_notes()
    assert broken() == []

    assert tamper(statement) > 0

    assert name in broken()


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("I1", "UPDATE payments SET suspense_minor = 1"),
        ("I13", "UPDATE emails SET copies = 0"),
        ("I16", "UPDATE ledger_lines SET amount_minor = amount_minor + 1 WHERE account LIKE 'revenue:%%'"),
        ("I10", "UPDATE document_series SET next_seq = next_seq + 1"),
        ("I18", "DELETE FROM unlocks"),
    ],
)
def test_what_breaks_one_invariant_is_not_reported_by_others(story, name, statement):
    tamper(statement)

    assert broken() == [name]


def test_an_unlock_may_have_killed_any_number_of_workers_it_never_dies(story):
    execute("UPDATE enrollments SET crashes = 99")

    assert broken() == []


def test_more_refunded_than_captured_is_allowed_with_a_break(story):
    tell(refunded("pi_1", 5000_00))
    assert broken() == []

    execute("DELETE FROM breaks")

    assert broken() == ["I4"]


def test_numbers_issued_in_the_wrong_order_are_seen():
    for _ in range(2):
        make_invoice(make_customer())

    tamper("UPDATE invoices SET issued_at = issued_at - interval '1 hour' WHERE seq = 2")

    assert broken() == ["I10"]


def test_a_call_in_doubt_for_a_day_is_seen_until_a_person_knows():
    [call] = make_work(GATEWAY_CALLS)
    execute(
        """UPDATE gateway_calls SET outcome = 'unknown', sent_at = now() - interval '26 hours',
             not_before = now() + interval '1 hour'"""
    )
    assert broken() == ["I14"]

    with transaction() as session:
        open_break(session, BreakKind.CALL_STUCK, f"call:{call}", "nobody knows")

    assert broken() == []


def test_money_that_was_asked_for_twice_is_seen():
    for n, call in enumerate(make_work(GATEWAY_CALLS, 2), start=1):
        execute(
            """UPDATE gateway_calls SET state = 'done', outcome = 'answered', operation = 'charge',
                 subject = 'checkout:1', n = %s WHERE id = %s""",
            n,
            call,
        )

    assert broken() == ["I14"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
def test_exactly_the_stranded_rows_are_reported(kind):
    due, held, fresh, later, done = make_work(kind, 5)
    others = [fresh, later, done]
    execute(f"UPDATE {kind.table} SET not_before = now() WHERE id = ANY(%s)", others)
    execute(f"UPDATE {kind.table} SET not_before = now() + interval '1 hour' WHERE id = %s", later)
    execute(f"UPDATE {kind.table} SET state = 'ignored', error = 'x' WHERE id = %s", done)
    execute(
        f"""UPDATE {kind.table} SET state = 'running', claim_token = gen_random_uuid(),
              lease_until = now() - interval '1 minute' WHERE id = %s""",
        held,
    )

    assert stranded(40) == {due, held}
    assert stranded(0) >= {due, held, fresh}
    assert stranded(2000) == set()


def stranded(grace_s: float) -> set[object]:
    with transaction() as session:
        return {row["id"] for row in invariants.check_one(session, "I8", grace_s=grace_s).rows}


def test_what_a_living_worker_holds_is_not_stranded():
    make_work(KINDS[0])
    claim(KINDS[0])

    assert stranded(0) == set()


def test_an_event_that_waits_too_long_or_for_nothing_is_stranded(story):
    [waits] = tell(refunded("pi_never", 1_00))
    assert stranded(0) == set()

    execute("UPDATE gateway_events SET received_at = now() - interval '4 days' WHERE id = %s", waits)
    assert stranded(0) == {waits}

    execute(
        "UPDATE gateway_events SET received_at = now(), waiting_for = 'stripe:test/pi_1' WHERE id = %s", waits
    )
    assert stranded(0) == {waits}


def test_a_mail_that_waits_for_a_finished_document_is_stranded(story):
    execute("UPDATE emails SET state = 'pending', not_before = 'infinity' WHERE kind = 'payment.received'")

    assert stranded(0) == {each for (each,) in rows("SELECT id FROM emails WHERE kind = 'payment.received'")}


def test_every_invariant_has_a_test_that_breaks_it():
    marks = test_an_invariant_is_seen_to_break.pytestmark
    [named] = [mark.args[1] for mark in marks if mark.name == "parametrize"]

    assert {name for name, _ in named} | {"I8", "I14"} == set(STATEMENTS)
