"""Both sides compared: what differs heals by hearing and asking; what does not is put before a person."""

from dataclasses import replace

import pytest

from bursar.gateways.api.failures import FailureCode
from tasks import reconciliation
from tasks.differences import look
from tasks.reconciliation import next_window, resume
from tests.support.factories import execute, make_customer, make_invoice, rows, tamper, value
from tests.support.toy.api import away, refused
from tests.tasks.listing import (
    charged_fee,
    disputed,
    heal,
    last_run,
    long_ago,
    only_break,
    paid,
    refunded,
    shown,
)
from tests.tasks.steps import broken, hurry, invoice_sums, open_breaks, payment_sums, snapshot, tell, twice


@pytest.fixture
def invoice(toy):
    """An invoice, paid at the toy with everything told; both sides agree."""
    invoice = make_invoice(make_customer())
    toy.changes = [paid(invoice=str(invoice)), charged_fee()]
    toy.objects["payment", "toy_pay_1"] = toy.changes[0]
    reconciliation.backfill()
    tell()
    return invoice


def classes() -> dict[str, int]:
    """The counts of the last run that are not 0."""
    counted = ("missing_here", "missing_there", "amount", "currency", "status", "fee", "healed", "broken")
    return {name: count for name, count in last_run()[3].items() if name in counted and count}


def hear_it(toy, *said: object) -> None:
    """What the toy shows now, and when it is asked for one of them."""
    toy.changes = list(said)
    for each in said:
        toy.objects["payment", each.object_id] = each


def test_both_sides_agree(toy, invoice):
    twice(reconciliation.diff)

    assert last_run()[:3] == ("diff", "done", 0)
    assert classes() == {}
    assert value("SELECT count(*) FROM gateway_calls") == 0


def test_what_is_missing_here_is_heard_and_agrees_at_the_second_look(toy, invoice):
    toy.changes += [refunded()]

    twice(reconciliation.diff)
    assert last_run()[:3] == ("diff", "pending", 1)
    assert classes() == {"missing_here": 1}
    assert value("SELECT count(*) FROM gateway_calls") == 0
    heal()

    assert last_run()[:3] == ("diff", "done", 1)
    assert payment_sums("toy_pay_1")[-1] == invoice_sums(invoice)[1] == 300_00
    assert open_breaks() == []
    assert broken() == []


def test_a_refund_whose_payment_nobody_told_brings_its_payment(toy):
    toy.changes = [refunded(payment="toy_pay_7")]
    toy.objects["refund", "toy_re_1"] = toy.changes[0]

    reconciliation.diff()
    heal()

    assert payment_sums("toy_pay_7")[-1] == 300_00
    assert last_run()[1] == "done"
    assert "gateway_differs" not in open_breaks()


def test_a_dispute_and_a_fee_that_nobody_told_are_booked(toy, invoice):
    hear_it(toy, *toy.changes, disputed(), charged_fee(payment="toy_pay_1", fee=20_00))

    reconciliation.diff()
    heal()

    assert rows("SELECT status FROM disputes") == [("needs_response",)]
    assert value("SELECT sum(amount_minor) FROM movements WHERE kind = 'fee'") == 20_00
    assert open_breaks() == ["dispute_open"]


def test_another_status_is_asked_about_and_heals(toy, invoice):
    toy.changes += [shown("refund.failed", refund="toy_re_1", payment="toy_pay_1", amount=300_00)]
    tell_refund = refunded()
    toy.changes.insert(0, tell_refund)
    execute("DELETE FROM reconciliation_runs")
    reconciliation.backfill()
    tell()

    reconciliation.diff()
    heal()

    assert rows("SELECT status FROM refunds") == [("failed",)]
    assert last_run()[1] == "done"
    assert classes() == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "amount_minor = 99900",
            "amount: the gateway has ₹1,000.00 succeeded, the books have ₹999.00 succeeded",
        ),
        (
            "currency = 'USD'",
            "currency: the gateway has ₹1,000.00 succeeded, the books have $1,000.00 succeeded",
        ),
        (
            "status = 'failed', applied_seq = NULL",
            "status: the gateway has ₹1,000.00 succeeded, the books have ₹1,000.00 failed",
        ),
    ],
)
def test_what_does_not_heal_is_put_before_a_person_until_both_sides_agree(toy, invoice, change, said):
    tamper(f"UPDATE payments SET {change}")

    reconciliation.diff()
    hurry("reconciliation_runs")
    resume()
    assert open_breaks() == []
    hurry("reconciliation_runs")
    twice(resume)

    assert only_break(said) == said
    assert rows("SELECT kind, subject, owner, resolved_at FROM breaks") == [
        ("gateway_differs", "difference:toy:test/payment/toy_pay_1", None, None)
    ]
    assert last_run()[:3] == ("diff", "done", 2)

    tamper(
        "UPDATE payments SET amount_minor = 100000, currency = 'INR', status = 'succeeded', applied_seq = 1"
    )
    long_ago()
    reconciliation.diff()
    assert open_breaks() == []
    assert value("SELECT resolution FROM breaks") == "the gateway and the books agree again"


def test_an_open_break_says_what_is_so_now(toy, invoice):
    tamper("UPDATE payments SET amount_minor = 99900")
    reconciliation.diff()
    heal()
    tamper("UPDATE payments SET amount_minor = 99800")
    long_ago()

    reconciliation.diff()
    heal()

    assert "₹998.00" in only_break("amount")


def test_what_the_list_leaves_out_but_the_gateway_shows_alone_is_there(toy, invoice):
    toy.changes = []

    reconciliation.diff()
    assert classes() == {"missing_there": 1}
    heal()

    assert last_run()[1] == "done"
    assert classes() == {}
    assert open_breaks() == []


def test_what_the_gateway_does_not_know_is_put_before_a_person_once(toy, invoice):
    toy.changes, toy.gone = [], {"toy_pay_1"}

    reconciliation.diff()
    heal()

    assert open_breaks() == ["gateway_differs"]
    assert "missing there" in only_break("the books have ₹1,000.00")


def test_what_happened_at_the_edge_of_the_window_is_not_missed_there(toy, invoice):
    execute("UPDATE payments SET occurred_at = now() - interval '10 minutes'")
    toy.changes = []

    reconciliation.diff()

    assert last_run()[1] == "done"


def test_an_open_difference_is_looked_at_again_for_a_month(toy, invoice):
    tamper("UPDATE payments SET amount_minor = 99900")
    reconciliation.diff()
    heal()
    execute("UPDATE breaks SET opened_at = now() - interval '20 days'")
    long_ago()

    window = next_window(reconciliation.RunKind.DIFF, "toy:test")

    assert (window.until - window.since).days == 22


def test_a_diff_that_is_put_off_in_the_middle_has_written_nothing_but_that(toy, invoice):
    toy.changes += [refunded()]
    toy.when_listed = [None, None, away()]
    before = snapshot(["gateway_events", "gateway_calls", "breaks"])

    reconciliation.diff()

    assert snapshot(["gateway_events", "gateway_calls", "breaks"]) == before
    assert last_run()[1] == "pending"


def test_looking_writes_nothing(toy, invoice):
    toy.changes += [refunded()]
    before = snapshot()

    compared = look("toy:test", next_window(reconciliation.RunKind.DIFF, "toy:test"))

    assert [(each.name.id, *each.differences) for each in compared.differing] == [
        ("toy_re_1", "missing_here")
    ]
    assert snapshot() == before


def test_what_cannot_be_read_or_is_of_the_other_mode_is_passed_over(toy, invoice):
    odd = replace(paid("toy_pay_9"), document=b"{", dedupe_key="odd")
    live = replace(paid("toy_pay_8"), livemode=True)
    toy.changes += [odd, live]

    reconciliation.diff()

    assert last_run()[1] == "done"
    assert last_run()[3]["unreadable"] == 1


def test_a_gateway_that_refuses_the_list_leaves_its_reason(toy, invoice):
    toy.when_listed = [refused(FailureCode.INVALID)]

    reconciliation.diff()

    assert rows("SELECT state, error FROM reconciliation_runs WHERE kind = 'diff'") == [
        ("pending", "invalid: no")
    ]
