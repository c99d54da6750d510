"""Rights follow the money, once."""

import psycopg
import pytest

from bursar.settings import load
from models.kinds import ENROLLMENTS
from tasks.enrollments import unlock_enrollments
from tests.support.factories import (
    execute,
    make_customer,
    make_invoice,
    make_track,
    make_work,
    rows,
    tamper,
    value,
)
from tests.tasks.steps import broken, hurry, paid, refunded, states, tell, twice, work_off

pytestmark = pytest.mark.usefixtures("impatient")


def enrolled(**rules) -> object:
    """A paid invoice for a track, which the worker that booked it could not open: the enrollment is due."""
    track = make_track(currency="INR", **rules)
    invoice = make_invoice(make_customer(), [1000_00], track=track)
    with psycopg.connect(load().required_database_url()) as other:
        other.execute("LOCK TABLE unlocks IN EXCLUSIVE MODE")
        tell(paid(payment="pi_1", invoice=invoice))
    hurry("enrollments")
    return invoice


def test_the_worker_that_booked_the_money_opens_the_track_at_once():
    invoice = make_invoice(make_customer(), [1000_00], track=make_track(currency="INR"))

    tell(paid(payment="pi_1", invoice=invoice))

    assert rows("SELECT observed, state FROM enrollments") == [("active", "done")]


def test_unlocking_opens_the_first_project_and_every_step_and_reserves_one_mail():
    enrolled()

    twice(unlock_enrollments)

    assert rows("SELECT desired, observed, state, activated_at IS NOT NULL FROM enrollments") == [
        ("active", "active", "done", True)
    ]
    assert rows("SELECT p.position FROM unlocks u JOIN projects p ON p.id = u.project_id") == [(1,)]
    assert value("SELECT count(*) FROM step_progress") == 6
    assert value("SELECT count(*) FROM emails WHERE kind = 'enrollment.unlocked'") == 1
    assert value("SELECT count(*) FROM audit_log WHERE action = 'enrollment.observed'") == 1


@pytest.mark.parametrize("named", [True, False])
def test_a_dropped_message_is_no_loss_the_rows_are_found_without_it(named):
    enrolled()
    ids = [each for (each,) in rows("SELECT id FROM enrollments")] if named else []

    unlock_enrollments(ids=ids)

    assert states("enrollments") == ["done"]


def test_ids_arrive_as_text_from_the_wire():
    enrolled()

    unlock_enrollments(ids=[str(value("SELECT id FROM enrollments"))])

    assert states("enrollments") == ["done"]


def test_a_part_payment_opens_only_what_its_rule_allows():
    track = make_track(currency="INR", unlock_rule="first_payment")
    slow = make_track(currency="INR")
    customer = make_customer()
    quick_invoice = make_invoice(customer, [1000_00], track=track)
    slow_invoice = make_invoice(customer, [1000_00], track=slow)

    tell(paid(1_00, invoice=quick_invoice), paid(999_00, invoice=slow_invoice))
    work_off()

    assert set(
        rows("SELECT t.unlock_rule, e.observed FROM enrollments e JOIN tracks t ON t.id = e.track_id")
    ) == {
        ("first_payment", "active"),
        ("paid_in_full", "pending"),
    }
    assert broken(grace_s=0) == []


def test_a_full_refund_withdraws_and_paying_again_reopens_without_a_second_mail():
    invoice = enrolled()
    unlock_enrollments()

    tell(refunded("pi_1", 1000_00))
    unlock_enrollments()
    assert value("SELECT observed FROM enrollments") == "withdrawn"

    tell(refunded("pi_1", 1000_00, "refund.failed"))
    unlock_enrollments()

    assert rows("SELECT desired, observed FROM enrollments") == [("active", "active")]
    assert value("SELECT count(*) FROM unlocks") == 1
    assert value("SELECT count(*) FROM emails WHERE kind = 'enrollment.unlocked'") == 1
    assert value("SELECT paid_minor FROM invoices WHERE id = %s", invoice) == 1000_00
    assert broken() == []


def test_one_enrollment_that_cannot_be_opened_backs_off_and_never_dies():
    ids = make_work(ENROLLMENTS, 3)
    tamper("UPDATE enrollments SET customer_id = gen_random_uuid(), failures = 100 WHERE id = %s", ids[1])

    unlock_enrollments()

    assert rows("SELECT state, failures, error_class FROM enrollments WHERE id = %s", ids[1]) == [
        ("pending", 101, "ForeignKeyViolation")
    ]
    assert value("SELECT not_before > now() + interval '29 minutes' FROM enrollments WHERE id = %s", ids[1])
    assert states("enrollments") == ["done", "done", "pending"]


def test_an_enrollment_that_changed_its_mind_meanwhile_is_dropped_not_overwritten():
    enrolled()
    execute("UPDATE enrollments SET not_before = now() + interval '1 hour'")
    tell(refunded("pi_1", 1000_00))

    twice(unlock_enrollments)

    assert rows("SELECT desired, observed FROM enrollments") == [("withdrawn", "withdrawn")]
    assert value("SELECT count(*) FROM unlocks") == 0
    assert value("SELECT count(*) FROM emails WHERE kind = 'enrollment.unlocked'") == 0


def test_a_locked_enrollment_is_left_alone_and_counts_no_failure(database_url, impatient):
    enrolled()
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE unlocks IN EXCLUSIVE MODE")

        unlock_enrollments()

        assert rows("SELECT state, failures, crashes FROM enrollments") == [("pending", 0, 0)]

    hurry("enrollments")
    unlock_enrollments()
    assert states("enrollments") == ["done"]
