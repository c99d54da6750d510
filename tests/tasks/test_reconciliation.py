"""Runs: begun once, carried on after a kill or an outage, in windows without a gap."""

from datetime import datetime, timedelta

import pytest

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.gateways.api.failures import FailureCode
from bursar.rules.reconciling import OVERLAP, SLICE, RunKind, Span
from tasks import reconciliation
from tasks.events import apply_events
from tasks.maintenance import sweep
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.support.toy.api import away, refused
from tests.support.toy.told import toy_event
from tests.tasks.listing import HOUR, last_run, long_ago, paid, refunded
from tests.tasks.steps import hurry, invoice_sums, tell, twice, waiting

DAY = timedelta(days=1)


def test_a_backfill_brings_what_no_webhook_told(toy):
    invoice = make_invoice(make_customer())
    toy.changes = [paid(invoice=str(invoice)), refunded()]

    twice(reconciliation.backfill)

    apply_events()
    assert invoice_sums(invoice)[1] == 300_00
    assert rows("SELECT source, state FROM gateway_events") == [("backfill", "done")] * 2
    assert last_run() == ("backfill", "done", 0, {"listed": 2, "new": 2})


def test_what_came_before_is_met_and_what_comes_later_is_a_duplicate(toy):
    invoice = str(make_invoice(make_customer()))
    body = toy_event("payment.succeeded", payment="toy_pay_1", amount=1000_00, invoice=invoice)
    tell(body, gateway="toy")
    toy.changes = [paid(invoice=invoice)]
    reconciliation.backfill()
    apply_events()

    long_ago(hours=1)
    reconciliation.backfill()

    assert last_run()[3] == {"listed": 1, "new": 0}
    assert value("SELECT count(*) FROM ledger_entries WHERE kind = 'captured'") == 1


@pytest.mark.parametrize("task", [reconciliation.backfill, reconciliation.diff, reconciliation.settle])
def test_two_wakes_at_once_find_the_same_and_begin_one_run(toy, task):
    task()
    task()

    assert value("SELECT count(*) FROM reconciliation_runs") == 1


def test_a_window_begins_where_the_last_complete_one_ended_less_the_overlap(toy):
    reconciliation.backfill()
    long_ago(hours=70)
    [[until]] = rows("SELECT until FROM reconciliation_runs")

    reconciliation.backfill()

    assert toy.windows[1].since == until - OVERLAP
    assert toy.windows[-1].until == value("SELECT max(until) FROM reconciliation_runs")
    assert [each.since for each in toy.windows[2:]] == [each.until for each in toy.windows[1:-1]]
    assert max(each.until - each.since for each in toy.windows) <= SLICE


def test_a_window_that_somebody_names_leaves_the_watermark_where_it_is(toy):
    now = utc_now()
    reconciliation.begin_runs(RunKind.BACKFILL, window=Span(now - 9 * DAY, now))
    reconciliation.resume()

    reconciliation.backfill()

    assert toy.windows[-1].since < now - DAY
    assert rows("SELECT periodic, count(*) FROM reconciliation_runs GROUP BY 1 ORDER BY 1") == [
        (False, 1),
        (True, 1),
    ]


def test_a_gateway_that_is_away_puts_the_run_off_and_loses_nothing(toy):
    toy.changes = [paid("toy_pay_1"), paid("toy_pay_2")]
    toy.when_listed = [None, away()]

    twice(reconciliation.backfill)

    assert rows("SELECT state, failures, error_class FROM reconciliation_runs") == [
        ("pending", 0, "GatewayAway")
    ]
    hurry("reconciliation_runs")
    twice(reconciliation.resume)
    assert last_run() == ("backfill", "done", 0, {"listed": 2, "new": 2})


def test_a_run_whose_worker_died_goes_on_at_the_part_it_was_in(toy, broker_url):
    now = utc_now()
    [run_id] = reconciliation.begin_runs(RunKind.BACKFILL, window=Span(now - 3 * SLICE, now))
    execute(
        """UPDATE reconciliation_runs SET state = 'running', claim_token = gen_random_uuid(),
             lease_until = now() - interval '1 s', done_until = until - interval '3 days'"""
    )

    sweep()
    assert waiting(broker_url, "batch") == 1
    reconciliation.resume()

    assert [(each.since, each.until) for each in toy.windows] == [(now - SLICE, now)]
    assert rows("SELECT id, state, crashes FROM reconciliation_runs") == [(run_id, "done", 1)]


def test_a_run_that_was_taken_over_writes_nothing_more(toy):
    class Thief(list):  # type: ignore[type-arg]
        """Somebody else claims the run while the gateway lists."""

        def __iter__(self):
            execute("UPDATE reconciliation_runs SET claim_token = gen_random_uuid()")
            return super().__iter__()

    toy.changes = Thief([paid()])

    reconciliation.backfill()

    assert value("SELECT count(*) FROM gateway_events") == 0
    assert rows("SELECT state, done_until FROM reconciliation_runs") == [("running", None)]


def test_what_a_gateway_cannot_list_is_no_failure(toy):
    toy.when_listed = [refused(FailureCode.UNSUPPORTED)]

    twice(reconciliation.settle)

    assert rows("SELECT state, failures, error FROM reconciliation_runs") == [
        ("ignored", 0, "unsupported: no")
    ]


def test_what_a_gateway_refuses_fails_with_its_reason_and_dies_in_the_end(toy):
    toy.when_listed = [refused(FailureCode.CREDENTIALS)] * 8
    reconciliation.diff()

    for _ in range(7):
        hurry("reconciliation_runs")
        reconciliation.resume()

    assert rows("SELECT state, failures, error FROM reconciliation_runs") == [("dead", 8, "credentials: no")]


def test_a_new_run_covers_the_window_of_one_that_died(toy):
    reconciliation.backfill()
    long_ago(hours=100)
    [[until]] = rows("SELECT until FROM reconciliation_runs")
    toy.when_listed = [refused(FailureCode.CREDENTIALS)]
    reconciliation.backfill()
    execute("UPDATE reconciliation_runs SET state = 'dead', done_at = now() WHERE state = 'pending'")

    toy.windows.clear()
    reconciliation.backfill()

    assert toy.windows[0].since == until - OVERLAP


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({"since": "2026-02-30"}, "since must be a moment"),
        ({"until": "2026-02-03"}, "until needs a since"),
        ({"since": "2026-02-03", "until": "2026-02-02"}, "since must be before until"),
        ({"since": "2026-02-03", "until": "2999-01-01"}, "until must not be in the future"),
        ({"since": "2001-01-01"}, "name a later since"),
    ],
)
def test_a_window_that_cannot_be_is_refused_with_the_cure(toy, window, said):
    with pytest.raises(reconciliation.WindowRefused, match=said):
        reconciliation.diff(**window)

    assert value("SELECT count(*) FROM reconciliation_runs") == 0


def test_a_gateway_without_keys_is_named(toy):
    with pytest.raises(Misconfigured, match=r"paypal cannot be called.*toy:test"):
        reconciliation.backfill(gateway="paypal")


def test_a_named_window_is_gone_through_at_one_gateway(toy, second_toy):
    since = (utc_now() - 5 * HOUR).replace(microsecond=0, tzinfo=None)

    reconciliation.settle(gateway="yoyo", since=since.isoformat())

    assert toy.windows == []
    assert [each.since.replace(tzinfo=None) for each in second_toy.windows] == [since]
    assert isinstance(second_toy.windows[0].until, datetime)
