"""Issuing one or all, void and credit notes: every act once, every number once, nothing lost on the way."""

import threading
from datetime import date

import psycopg
import pytest

from bursar.rules.invoicing import InvoiceRefused
from models.issuing import InvoiceClosed
from models.kinds import ISSUING_RUNS
from models.work import claim
from tasks import bulk
from tasks.bulk import PeriodRefused, begin_run, days_of, read_run, start_due_run, work_here
from tasks.invoices import issue, issue_due
from tests.support.factories import execute, make_customer, make_invoice, make_track, rows, value
from tests.tasks.steps import (
    broken,
    invoice_sums,
    paid,
    states,
    tell,
    twice,
    waiting,
)

NOVEMBER = days_of("2026-11")
FIRST, LAST = NOVEMBER


def drafts(count: int, *, issue_on: date | None = FIRST, fees=(1000_00,), customer=None, **more):
    """Drafts of a customer each."""
    found = []
    for _ in range(count):
        buyer = customer or make_customer()
        found.append(make_invoice(buyer, fees, issued=False, **more))
    execute("UPDATE invoices SET issue_on = %s WHERE id = ANY(%s)", issue_on, found)
    return found


def numbers() -> list[str]:
    return [number for (number,) in rows("SELECT number FROM invoices WHERE number IS NOT NULL ORDER BY seq")]


# -- one


def test_a_draft_is_issued_by_name_and_who_did_it_is_written_down():
    [draft] = drafts(1, issue_on=None)

    number = issue(draft, "asha")

    assert number.endswith("/000001")
    assert rows("SELECT status, number FROM invoices") == [("open", number)]
    assert rows("SELECT actor, action FROM audit_log WHERE action = 'invoice.issued'") == [
        ("asha", "invoice.issued")
    ]
    with pytest.raises(InvoiceClosed):
        issue(draft, "asha")
    assert broken() == []


def test_credit_that_is_there_pays_what_is_issued_and_opens_its_track():
    customer = make_customer()
    tell(paid(1000_00, payment="pi_1", customer=customer.external_ref))
    [draft] = drafts(1, customer=customer, track=make_track(currency="INR"))

    issue(draft, "asha")

    assert invoice_sums(draft) == (1000_00, 0)
    assert rows("SELECT desired, state FROM enrollments") == [("active", "pending")]
    assert broken() == []


# -- all that is due


def test_a_run_issues_the_drafts_of_its_days_and_no_others():
    early, due = drafts(1, issue_on=date(2026, 10, 31)), drafts(3)
    late, never = drafts(1, issue_on=date(2026, 12, 1)), drafts(1, issue_on=None)
    run = begin_run(*NOVEMBER, "asha")

    twice(lambda: issue_due(ids=[run]))

    issued = {each for (each,) in rows("SELECT id FROM invoices WHERE status = 'open'")}
    assert issued == set(due)
    assert {*early, *late, *never} == {
        each for (each,) in rows("SELECT id FROM invoices WHERE status = 'draft'")
    }
    assert rows("SELECT state, wanted, issued, refused FROM issuing_runs") == [("done", 3, 3, 0)]
    assert broken() == []


def test_issuing_what_is_due_is_safe_to_repeat():
    drafts(3, issue_on=date(2020, 1, 1))

    twice(issue_due)

    assert states("issuing_runs") == ["done"]
    assert len(numbers()) == 3
    assert broken() == []


@pytest.mark.parametrize("named", [True, False])
def test_a_dropped_message_is_no_loss_a_run_is_found_without_it(named):
    drafts(2)
    run = begin_run(*NOVEMBER, "asha")

    issue_due(ids=[run] if named else ())

    assert states("issuing_runs") == ["done"]
    assert len(numbers()) == 2


def test_a_run_over_the_same_days_is_joined_while_it_is_under_way():
    drafts(1)

    first = begin_run(*NOVEMBER, "asha")
    assert begin_run(*NOVEMBER, "ben") == first
    issue_due(ids=[first])

    assert begin_run(*NOVEMBER, "ben") != first


def test_a_run_goes_on_behind_the_chunk_at_which_it_died(monkeypatch):
    """F44: what is issued stays issued, the rest follows, no number is skipped or given twice."""
    monkeypatch.setattr(bulk, "CHUNK", 2)
    drafts(7)
    run = begin_run(*NOVEMBER, "asha")
    held = claim(ISSUING_RUNS, [run])
    issuer = bulk.this_issuer()
    for _ in range(2):
        bulk._issue(held, run, bulk._next(held, run), issuer)
    assert len(numbers()) == 4
    execute("UPDATE issuing_runs SET state = 'pending', claim_token = NULL, lease_until = NULL, crashes = 1")

    issue_due()

    assert rows("SELECT state, wanted, issued FROM issuing_runs") == [("done", 7, 7)]
    assert [seq for (seq,) in rows("SELECT seq FROM invoices ORDER BY seq")] == list(range(1, 8))
    assert broken() == []


def test_what_another_worker_took_over_is_not_issued_twice(monkeypatch):
    drafts(2)
    run = begin_run(*NOVEMBER, "asha")
    held = claim(ISSUING_RUNS, [run])
    places = bulk._next(held, run)
    execute("UPDATE issuing_runs SET claim_token = gen_random_uuid()")

    bulk.work_off(held, run)
    with pytest.raises(bulk.RunLost):
        bulk._issue(held, run, places, bulk.this_issuer())

    assert numbers() == []
    assert states("issuing_runs") == ["running"]


def test_a_draft_that_cannot_be_billed_says_why_and_holds_up_nobody():
    good, empty = drafts(3), drafts(1)
    execute("DELETE FROM invoice_lines WHERE invoice_id = %s", empty[0])
    run = begin_run(*NOVEMBER, "asha")

    issue_due(ids=[run])

    assert rows("SELECT issued, refused, state FROM issuing_runs") == [(3, 1, "done")]
    assert value("SELECT refused_because FROM invoices WHERE id = %s", empty[0]).startswith(
        "an invoice has 1"
    )
    assert len(numbers()) == len(good)
    assert broken() == []


def test_a_draft_that_the_database_refuses_is_passed_over_alone(forbid):
    _, guilty, _ = drafts(3)
    forbid("ledger_entries", f"cause_id <> '{guilty}'")
    run = begin_run(*NOVEMBER, "asha")

    issue_due(ids=[run])

    assert rows("SELECT issued, refused, state FROM issuing_runs") == [(2, 1, "done")]
    assert rows("SELECT status, refused_because IS NOT NULL FROM invoices WHERE id = %s", guilty) == [
        ("draft", True)
    ]
    assert [seq for (seq,) in rows("SELECT seq FROM invoices WHERE seq IS NOT NULL ORDER BY 1")] == [1, 2]
    assert broken() == []


def test_a_lock_held_by_others_counts_as_no_failure(database_url, impatient):
    drafts(1)
    run = begin_run(*NOVEMBER, "asha")
    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM customers FOR UPDATE")

        issue_due(ids=[run])

        assert rows("SELECT state, failures FROM issuing_runs") == [("pending", 0)]
    execute("UPDATE issuing_runs SET not_before = now()")
    issue_due()

    assert states("issuing_runs") == ["done"]


def test_eight_issuers_at_once_number_without_a_gap_or_a_double_and_in_order(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 5)
    for day in range(1, 9):
        drafts(10, issue_on=date(2026, 11, day))
    runs = [begin_run(date(2026, 11, day), date(2026, 11, day), "asha") for day in range(1, 9)]
    start = threading.Barrier(8)

    def work(run) -> None:
        start.wait()
        while read_run(run).state != "done":
            work_here(run, lambda _: None)
            execute("UPDATE issuing_runs SET not_before = now() WHERE id = %s", run)

    workers = [threading.Thread(target=work, args=(run,)) for run in runs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)

    assert [seq for (seq,) in rows("SELECT seq FROM invoices ORDER BY issued_at, seq")] == list(range(1, 81))
    assert value("SELECT count(DISTINCT number) FROM invoices") == 80
    assert broken() == []


def test_who_watches_hears_of_every_chunk(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 2)
    drafts(5)
    run = begin_run(*NOVEMBER, "asha")
    heard = []

    work_here(run, lambda row: heard.append((row.issued, row.wanted)))

    assert heard == [(2, 5), (4, 5), (5, 5)]
    work_here(run, lambda _: heard.append("again"))
    assert "again" not in heard


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2026-11", (date(2026, 11, 1), date(2026, 11, 30))),
        ("2028-02", (date(2028, 2, 1), date(2028, 2, 29))),
        ("2026-12", (date(2026, 12, 1), date(2026, 12, 31))),
    ],
)
def test_a_period_is_a_month(period, days):
    assert days_of(period) == days


@pytest.mark.parametrize("period", ["2026", "2026-13", "november", ""])
def test_anything_else_is_no_period(period):
    with pytest.raises(PeriodRefused, match="write a month as 2026-11"):
        days_of(period)


def test_what_could_not_be_issued_is_not_begun_again_by_itself():
    [empty] = drafts(1, issue_on=date(2020, 1, 1))
    execute("DELETE FROM invoice_lines")
    issue_due()

    issue_due()

    assert rows("SELECT refused FROM issuing_runs") == [(1,)]
    with pytest.raises(InvoiceRefused, match="1 to 500 lines"):
        issue(empty, "asha")


def test_the_job_of_every_day_begins_a_run_before_anybody_is_woken(broker_url):
    drafts(1, issue_on=date(2020, 1, 1))

    start_due_run()

    assert states("issuing_runs") == ["pending"]
    assert waiting(broker_url, "batch") == 1
    start_due_run()
    assert waiting(broker_url, "batch") == 1
