"""`bursar reconcile`: gateways asked from the keyboard, and what came of it."""

import pytest

from bursar.cli.exits import ExitCode
from tasks import gateways
from tests.support.factories import make_customer, make_invoice, value
from tests.support.toy.api import ToyApi, away
from tests.support.toy.install import install
from tests.tasks.listing import line, paid, refunded, settled
from tests.tasks.steps import snapshot, tell

pytestmark = pytest.mark.postgres


@pytest.fixture
def toy(database_url, monkeypatch):
    """The only gateway that can be called; it lists a payment that nobody told us."""
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi()
    install(monkeypatch, api)
    api.changes = [paid(invoice=str(make_invoice(make_customer())))]
    return api


def test_a_backfill_tells_what_was_new_and_is_listed(toy, bursar):
    [run] = bursar("reconcile", "backfill", "--json").jsonl

    assert (run["kind"], run["state"], run["counts"]) == ("backfill", "done", {"listed": 1, "new": 1})
    [listed] = bursar("reconcile", "runs", "--kind", "backfill", "--json").jsonl
    assert listed == run
    out = bursar("reconcile", "runs").out
    assert "new 1, listed 1" in out
    assert "toy:test" in out


@pytest.mark.parametrize("what", ["backfill", "diff", "settle"])
def test_a_dry_run_writes_nothing(toy, bursar, what):
    before = snapshot()

    assert bursar("reconcile", what, "--dry-run", "--since", "3d").code == ExitCode.OK

    assert snapshot() == before


def test_a_dry_run_shows_what_would_be_heard(toy, bursar):
    assert bursar("reconcile", "backfill", "--dry-run", "--json").jsonl == [
        {"account": "toy:test", "type": "payment.succeeded", "object_id": "toy_pay_1"}
    ]
    assert "toy_pay_1" in bursar("reconcile", "backfill", "--dry-run").out
    bursar("reconcile", "backfill")
    assert bursar("reconcile", "backfill", "--dry-run").out == "nothing is missing here\n"


def test_differences_are_shown_by_thing_and_class(toy, bursar):
    bursar("reconcile", "backfill")
    tell()
    toy.changes.append(refunded())

    [found] = bursar("reconcile", "diff", "--dry-run", "--json").jsonl

    assert (found["thing"], found["id"], found["differences"]) == ("refund", "toy_re_1", ["missing_here"])
    assert found["theirs"]["amount_minor"] == 300_00
    assert "₹300.00" in bursar("reconcile", "diff", "--dry-run").out
    [run] = bursar("reconcile", "diff", "--json").jsonl
    assert (run["state"], run["look"], run["counts"]["missing_here"]) == ("pending", 1, 1)


def test_a_settlement_is_shown_to_the_last_minor_unit(toy, bursar):
    toy.changes += [settled(990_00)]
    bursar("reconcile", "backfill")
    tell()
    toy.settled = [
        line("line_1", "payment", "toy_pay_1", 1000_00),
        line("line_2", "fee", None, -10_00),
    ]

    [found] = bursar("reconcile", "settle", "--json").jsonl

    assert (found["paid_minor"], found["tied_minor"], found["remainder_minor"]) == (990_00, 1000_00, 0)
    assert found["untied"] == [{"line": "line_2", "label": "fee", "net_minor": -10_00}]
    out = bursar("reconcile", "settle", "--dry-run").out
    assert [line.split()[-1] for line in out.splitlines()[1:]] == ["₹990.00", "₹1,000.00", "-₹10.00", "₹0.00"]
    assert value("SELECT count(*) FROM settlement_lines") == 2


def test_a_gateway_that_is_away_is_no_success(toy, bursar):
    toy.when_listed = [away()]

    answer = bursar("reconcile", "backfill")

    assert answer.code == ExitCode.TRANSIENT
    assert "unreachable: nobody there" in answer.out


def test_a_run_that_is_under_way_is_not_begun_again(toy, bursar):
    toy.changes.append(refunded())
    bursar("reconcile", "diff")

    assert "a run is under way" in bursar("reconcile", "diff").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("backfill", "--gateway", "paypal"), ExitCode.MISCONFIGURED, "paypal cannot be called"),
        (("diff", "--since", "yesterday"), ExitCode.USAGE, "--since"),
        (("diff", "--since", "90d"), ExitCode.REFUSED, "31 days"),
        (("settle", "--until", "1d"), ExitCode.REFUSED, "until needs a since"),
        (("settle", "--since", "1d", "--until", "2d"), ExitCode.REFUSED, "since must be before until"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(toy, bursar, words, code, said):
    answer = bursar("reconcile", *words)

    assert answer.code == code
    assert said in answer.err
    assert value("SELECT count(*) FROM reconciliation_runs") == 0
