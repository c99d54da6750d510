"""Overdue money is asked for step by step: once a day, never from one who has paid, until it is over."""

import threading

import pytest

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from tasks.dunning import advance, open_cases, plan_steps
from tasks.emails import send_emails
from tasks.enrollments import unlock_enrollments
from tasks.maintenance import sweep
from tests.support.factories import execute, make_customer, make_invoice, make_track, rows, value
from tests.support.toy.told import toy_event
from tests.tasks.dunning_days import cases, day, mails, run, steps, use_policy, waits
from tests.tasks.steps import broken, hurry, tell, twice, waiting, work_off

SENT = ("sent", "done")
LADDER = [(0, "remind", "due"), (3, "remind", "overdue"), (7, "final_notice", "final_notice")]


@pytest.fixture(autouse=True)
def ladder(toy, configure, tmp_path):
    use_policy(configure, tmp_path, *LADDER)


@pytest.fixture
def invoice():
    return make_invoice(make_customer())


def plan_only():
    """Whoever planned the first step does no more."""
    with day(0):
        open_cases(utc_now())
        plan_steps(utc_now())


def pay(invoice, amount=1000_00, payment="toy_pay_1"):
    tell(toy_event("payment.succeeded", payment=payment, amount=amount, invoice=str(invoice)), gateway="toy")


def test_nothing_is_asked_for_before_it_is_due(invoice):
    run(-1)

    assert cases() == []


def test_each_step_is_taken_on_its_day_and_only_once(invoice):
    with day(0):
        twice(advance)
    for n in range(1, 9):
        run(n)

    assert steps() == [(0, "remind"), (1, "remind"), (2, "final_notice")]
    assert mails() == [
        ("dunning.due", *SENT),
        ("dunning.overdue", *SENT),
        ("dunning.final_notice", *SENT),
    ]
    assert cases() == [("exhausted",)]
    assert broken() == []


def test_a_mail_says_what_is_owed_and_threads_below_its_invoice(invoice, var, configure):
    configure(BURSAR_PAY_URL="https://school.example/pay/{invoice}")
    run(0)

    [mail] = [each.read_text() for each in (var / "outbox").rglob("*.eml")]
    number = value("SELECT number FROM invoices")
    assert f"https://school.example/pay/{number}" in mail.replace("=\n", "").replace("=3D", "=")
    assert "1,000.00" in mail


def test_who_pays_is_not_asked_again(invoice):
    run(0)
    pay(invoice)
    for n in (1, 3, 7):
        run(n)

    assert steps() == [(0, "remind")]
    assert cases() == [("recovered",)]


def test_who_pays_before_the_due_day_never_has_a_case(invoice):
    pay(invoice)
    run(0)

    assert cases() == []
    assert value("SELECT dunning_seen FROM invoices")


def test_after_three_days_without_beat_only_the_newest_step_is_taken(invoice):
    """F82, F72."""
    run(0)
    run(8)
    run(9)

    assert steps() == [(0, "remind"), (2, "final_notice")]


def test_two_beats_at_once_take_one_step(invoice):
    """F82: two beats, a person and a beat, a sweep and a beat."""
    with day(0):
        beats = [threading.Thread(target=advance) for _ in range(3)]
        for beat in beats:
            beat.start()
        for beat in beats:
            beat.join()
        hurry("dunning_steps")
        advance()

    assert steps() == [(0, "remind")]
    assert value("SELECT count(*) FROM dunning_cases") == 1
    assert value("SELECT count(*) FROM emails WHERE kind = 'dunning.due'") == 1


def test_nobody_is_troubled_at_night(invoice):
    run(0, "02:00")
    assert (cases(), steps(), waits()) == ([("open",)], [], ["just opened"])

    run(0, "09:00")
    assert steps() == [(0, "remind")]


def test_the_policy_of_a_case_is_the_one_it_was_opened_with(invoice, configure, tmp_path):
    run(0)
    use_policy(
        configure, tmp_path, (0, "remind", "reminder"), (1, "final_notice", "final_notice"), name="new.toml"
    )
    second = make_invoice(make_customer())
    for n in range(1, 8):
        run(n)

    known = {each: [] for each in (invoice, second)}
    for subject, step, action in rows(
        """SELECT k.subject_id, s.policy_step, s.action
           FROM dunning_steps s JOIN dunning_cases k ON k.id = s.case_id
           WHERE s.state = 'done' ORDER BY s.n"""
    ):
        known[subject].append((step, action))
    assert known[invoice] == [(0, "remind"), (1, "remind"), (2, "final_notice")]
    assert known[second] == [(1, "final_notice")]
    assert value("SELECT count(*) FROM dunning_policies") == 2


def test_a_policy_that_cannot_be_used_names_its_variable(configure, tmp_path):
    (tmp_path / "wrong.toml").write_text("name = 5")
    configure(BURSAR_DUNNING_POLICY=str(tmp_path / "wrong.toml"))
    with pytest.raises(Misconfigured, match="BURSAR_DUNNING_POLICY: name must be a text"):
        advance()

    configure(BURSAR_DUNNING_POLICY=str(tmp_path / "none.toml"))
    with pytest.raises(Misconfigured, match="cannot read the policy"):
        advance()


def test_a_message_that_is_lost_is_no_loss(invoice, broker_url):
    plan_only()

    sweep()
    assert waiting(broker_url, "batch") == 1
    run(0)
    assert mails() == [("dunning.due", *SENT)]


def test_a_step_whose_worker_died_is_taken_by_another(invoice):
    plan_only()
    execute(
        """UPDATE dunning_steps SET state = 'running', claim_token = gen_random_uuid(),
             lease_until = now() - interval '1 s'"""
    )

    sweep()
    run(0)

    assert rows("SELECT state, crashes FROM dunning_steps") == [("done", 1)]
    assert mails() == [("dunning.due", *SENT)]


# -- what is taken away, and given back


def test_what_is_overdue_is_suspended_and_open_again_once_it_is_paid(configure, tmp_path):
    use_policy(configure, tmp_path, (0, "remind"), (3, "suspend", "suspended"))
    track = make_track(currency="INR", price_minor=1000_00, unlock_rule="first_payment")
    invoice = make_invoice(make_customer(), [1000_00], track=track)
    pay(invoice, 400_00)
    work_off()
    for n in (0, 3):
        run(n)
    work_off()

    assert value("SELECT observed FROM enrollments") == "suspended"
    assert mails()[-1][0] == "dunning.suspended"
    assert broken() == []

    pay(invoice, 600_00, "toy_pay_2")
    work_off()
    assert value("SELECT observed FROM enrollments") == "active"

    run(4)
    assert cases() == [("recovered",)]
    assert not value("SELECT suspended FROM invoices")
    unlock_enrollments()
    assert broken() == []


def test_a_late_fee_is_an_invoice_of_its_own_and_brings_no_fee(configure, tmp_path):
    fees = "[late_fees]\nINR = 50000\n"
    use_policy(configure, tmp_path, (0, "remind"), (3, "late_fee"), hours=fees)
    make_invoice(make_customer())
    for n in range(12):
        run(n)

    assert rows("SELECT component, gross_minor FROM invoice_lines ORDER BY id")[1:] == [("late_fee", 500_00)]
    assert steps() == [(0, "remind"), (1, "late_fee"), (0, "remind")]
    assert cases() == [("exhausted",), ("exhausted",)]
    assert broken() == []


def test_no_fee_is_taken_in_a_currency_that_the_policy_does_not_name(configure, tmp_path):
    fees = "[late_fees]\nINR = 50000\n"
    use_policy(configure, tmp_path, (0, "remind"), (3, "late_fee"), hours=fees)
    make_invoice(make_customer(), currency="USD")
    for n in (0, 3):
        run(n)

    assert steps() == [(0, "remind"), (1, "late_fee")]
    assert value("SELECT count(*) FROM invoices") == 1


def test_what_was_written_off_is_recovered_by_late_money(configure, tmp_path):
    use_policy(configure, tmp_path, (0, "remind"), (3, "write_off"))
    invoice = make_invoice(make_customer())
    for n in (0, 3, 4):
        run(n)

    assert cases() == [("exhausted",)]
    assert value("SELECT written_off_minor FROM invoice_lines") == 1000_00
    assert broken() == []

    pay(invoice)
    run(5)
    assert value("SELECT written_off_minor FROM invoice_lines") == 0
    assert cases() == [("recovered",)]
    assert broken() == []


def test_late_money_recovers_a_case_whose_steps_are_used_up(invoice):
    for n in (0, 3, 7, 8):
        run(n)
    assert cases() == [("exhausted",)]

    pay(invoice)
    run(9)

    assert cases() == [("recovered",)]


# -- mails that are no longer true


def test_a_mail_whose_debt_was_paid_before_it_went_out_goes_to_nobody(invoice):
    with day(0):
        advance()
        pay(invoice)
        send_emails()

    assert mails() == [("dunning.due", "reserved", "ignored")]


def test_a_mail_that_is_late_gives_way_to_that_of_the_next_step(invoice):
    with day(0):
        advance()
    run(3)

    assert mails() == [("dunning.due", "reserved", "ignored"), ("dunning.overdue", *SENT)]


def test_a_mail_waits_while_the_truth_is_not_known(invoice):
    with day(0):
        advance()
    with day(0, "11:00"):
        send_emails()
        assert mails() == [("dunning.due", "reserved", "pending")]
        assert value("SELECT error FROM emails") == "toy:test is being asked for news"

        advance()
        hurry("emails")
        send_emails()

    assert mails() == [("dunning.due", *SENT)]
