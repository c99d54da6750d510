"""Dying at any named point, the first or the second time, loses nothing and doubles nothing."""

import signal
from collections import Counter

import httpx
import pytest

from bursar import settings
from bursar.sandbox.samples import stripe_event
from tasks.events import apply_events
from tests.support.factories import (
    execute,
    make_customer,
    make_invoice,
    make_track,
    rows,
    tamper,
    value,
)
from tests.support.processes import python
from tests.tasks.steps import broken, paid, tell, work_off
from tests.webhook_receiver.conftest import STRIPE_SECRET, signed, stored
from tests.workers import calling_days, collecting_days, comparing_days
from tests.workers.crash_days import POISON, die_at, recover
from workers.crashpoints import CRASH_POINTS

DAY = {
    "drain.handed_on": "overtime",
    "drain.feared": "overtime",
    "events.unreadable": "unreadable",
    "events.halved": "poisoned",
    "payments.settled": "settling",
    "documents.failed": "without_a_payer",
    "emails.retracted": "without_a_mail_server",
}
"""The day on which a point is passed; all others are passed on an ordinary day."""
RECEIVER = ("receiver.storing", "receiver.stored", "receiver.offered")
UNCERTAIN = ("emails.sending", "emails.delivered")
"""Where nobody knows afterwards whether one mail went out."""
_ASKING = (
    "calls.",
    "checkouts.",
    "customers.asked",
    "customers.requested",
    "refunds.",
    "reconciliation.asked",
)
CALLING = sorted(each for each in CRASH_POINTS if each.startswith(_ASKING))
"""Where gateways are asked."""
COMPARING = sorted(
    each for each in CRASH_POINTS if each.startswith("reconciliation.") and each not in CALLING
)
"""Where what they list is heard and compared."""
COLLECTING = sorted(
    each for each in CRASH_POINTS if each.startswith(("charges.", "proofs.", "offline.", "rulings."))
)
"""Where saved ways to pay are charged, proofs of browsers followed, slips entered."""
DUNNING = sorted(each for each in CRASH_POINTS if each.startswith("dunning."))
"""Where overdue money is asked for: tests/workers/test_dunning.py."""
SUBSCRIBING = sorted(each for each in CRASH_POINTS if each.startswith("subscriptions."))
"""Where subscriptions are begun and changed: tests/workers/test_subscribing.py."""
TELLING = sorted(each for each in CRASH_POINTS if each.startswith("notifications."))
"""Where hosts are told: tests/workers/test_telling.py."""
FORGETTING = ["customers.erased"]
"""Where persons are forgotten: tests/workers/test_forgetting.py."""
ISSUING = sorted(each for each in CRASH_POINTS if each.startswith("invoices."))
"""Where invoices are drafted, issued and credited: tests/workers/test_issuing.py."""
_KEEPING = ("accounts.", "bundles.", "documents.verified", "documents.regenerated")
KEEPING = sorted(each for each in CRASH_POINTS if each.startswith(_KEEPING))
"""Where papers are compared, made again and bundled: tests/workers/test_keeping.py."""
_TOLD_ELSEWHERE = {*COLLECTING, *SUBSCRIBING, *TELLING, *FORGETTING, *ISSUING, *KEEPING, *DUNNING}
ELSEWHERE = {*RECEIVER, *CALLING, *COMPARING, *_TOLD_ELSEWHERE}
PAIRS = [(point, hit) for point in sorted(CRASH_POINTS - ELSEWHERE) for hit in (1, 2)]


@pytest.fixture
def environment(database_url, broker_url, monkeypatch, tmp_path):
    """What the dying process gets to see."""
    given = {
        "BURSAR_ENV_FILE": "",
        "BURSAR_DATABASE_URL": database_url,
        "BURSAR_BROKER_URL": broker_url,
        "BURSAR_VAR": str(tmp_path / "var"),
    }
    for name, each in given.items():
        monkeypatch.setenv(name, each)
    settings.load.cache_clear()
    return given


def two_invoices():
    """Two learners, a track each: what is paid opens it."""
    return [
        make_invoice(make_customer(), [1000_00], track=make_track(currency="INR", price_minor=1000_00))
        for _ in range(2)
    ]


def two_settlements():
    """Two customers with credit beside an open invoice."""
    invoices = []
    for n in range(2):
        customer, other = make_customer(), make_customer()
        tell(paid(2000_00, payment=f"pi_{n}", invoice=make_invoice(customer, [1000_00])))
        track = make_track(currency="INR", price_minor=1000_00)
        invoices.append(make_invoice(other, [1000_00], track=track))
        for table in ("invoices", "ledger_lines", "enrollments"):
            tamper(f"UPDATE {table} SET customer_id = %s WHERE customer_id = %s", customer.id, other.id)
    work_off()
    return invoices


def occupy_poison() -> None:
    execute(
        """INSERT INTO payments (id, gateway_account, gateway_payment_id, status, amount_minor, currency)
           VALUES (gen_random_uuid(), 'stripe:test', %s, 'created', 1, 'INR')""",
        POISON,
    )


def every_effect_is_there_once(invoices) -> bool:
    """Money, papers, rights: each by its cause, none twice."""
    assert rows("SELECT id, paid_minor FROM invoices WHERE id = ANY(%s) ORDER BY 1", invoices) == [
        (each, 1000_00) for each in sorted(invoices)
    ]
    learners = "payment_id IN (SELECT id FROM payments WHERE customer_id IS NOT NULL)"
    assert value(
        "SELECT count(*) FROM ledger_entries WHERE kind = 'captured' AND cause_type = 'payment'"
    ) == (value("SELECT count(*) FROM payments WHERE status = 'succeeded'"))
    assert value(f"SELECT count(*) FROM receipts WHERE {learners}") == 2
    assert rows("SELECT state, count(*) FROM documents GROUP BY 1") == [("done", 2)]
    assert rows("SELECT observed, state, count(*) FROM enrollments GROUP BY 1, 2") == [("active", "done", 2)]
    assert value("SELECT count(*) FROM unlocks") == 2
    assert value("SELECT count(*) FROM gateway_events WHERE state NOT IN ('done', 'dead')") == 0
    return True


def mails_are_as_certain_as_they_can_be(point: str) -> bool:
    """Each mail once; of the one that was under way, at most two copies, or a person is asked."""
    plain = "send_state = 'sent' AND copies = 1 AND state = 'done'"
    uncertain = rows(f"SELECT send_state, copies, state FROM emails WHERE NOT ({plain})")
    assert value("SELECT count(*) FROM emails") == 4
    assert len(uncertain) == (1 if point in UNCERTAIN else 0)
    assert set(uncertain) <= {("sent", 2, "done"), ("unknown", 1, "dead")}
    return True


@pytest.mark.parametrize(("point", "hit"), PAIRS)
def test_a_worker_that_dies_there_loses_and_doubles_nothing(point, hit, environment):
    day = DAY.get(point, "ordinary")
    invoices = sorted(two_settlements() if day == "settling" else two_invoices())
    if day == "poisoned":
        occupy_poison()

    ended = die_at(point, hit, day, invoices, environment)
    recover(invoices, told=day != "settling")

    assert ended == -signal.SIGKILL
    assert every_effect_is_there_once(invoices)
    assert mails_are_as_certain_as_they_can_be(point)
    assert broken(grace_s=0) == []


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", CALLING)
def test_a_worker_that_dies_while_it_asks_a_gateway_charges_nobody_twice(
    point, hit, environment, monkeypatch
):
    """F59 and I14: what is in the gateway's book is in ours, once."""
    invoices = two_invoices()
    given = {**environment, "BURSAR_RETURN_URL": "https://school.example/paid"}

    ended = die_at(point, hit, "asking", invoices, given)
    toy = calling_days.recover(monkeypatch)
    work_off()

    assert ended == -signal.SIGKILL
    charges = "operation = 'charge' AND outcome = 'answered'"
    answered = rows(f"SELECT params ->> 'charge' FROM gateway_calls WHERE {charges}")
    assert toy.charged() == Counter(name for (name,) in answered)
    assert set(toy.charged().values()) <= {1}
    assert value("SELECT count(*) FROM gateway_calls WHERE state NOT IN ('done', 'dead')") == 0
    assert value("SELECT count(*) FROM checkouts WHERE status = 'creating'") == 0
    charged = 1000_00 * sum(name.startswith("paid") for name in toy.charged())
    assert value("SELECT sum(paid_minor + refunded_minor) FROM invoices") == charged
    assert broken(grace_s=0) == []


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", COLLECTING)
def test_a_worker_that_dies_while_it_collects_takes_nobodys_money_twice(point, hit, environment, monkeypatch):
    invoices = two_invoices()
    collecting_days.save_ways_to_pay(invoices)
    given = {**environment, "BURSAR_RETURN_URL": "https://school.example/paid"}

    ended = die_at(point, hit, "collecting", invoices, given)
    book = collecting_days.recover(monkeypatch)
    work_off()

    assert ended == -signal.SIGKILL
    assert set(book.charged().values()) <= {1}
    assert value("SELECT count(*) FROM gateway_calls WHERE state <> 'done'") == 0
    assert value("SELECT count(*) FROM checkouts WHERE status = 'creating'") == 0
    told = rows("SELECT gateway_payment_id FROM payments WHERE gateway_account = 'stripe:test'")
    assert Counter(name for (name,) in told) == Counter(collecting_days.paid_in(book))
    slips = rows("SELECT count(*) FROM payments WHERE gateway_account = 'manual:test'")
    assert slips == rows("SELECT count(*) FROM gateway_events WHERE source = 'manual'")
    assert broken(grace_s=0) == []


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", COMPARING)
def test_a_worker_that_dies_while_it_compares_hears_everything_once(point, hit, environment, monkeypatch):
    """F43: what no webhook told is booked once, tied to its settlement, and nothing differs in the end."""
    invoices = sorted(two_invoices())

    ended = die_at(point, hit, "comparing", invoices, environment)
    comparing_days.recover(monkeypatch, invoices)
    work_off()

    assert ended == -signal.SIGKILL
    assert every_effect_is_there_once(invoices)
    assert rows("SELECT kind, count(*), sum(amount_minor) FROM movements GROUP BY 1 ORDER BY 1") == [
        ("fee", 2, 2 * 20_00),
        ("settlement", 1, 2 * 980_00),
    ]
    assert value("SELECT count(*) FROM settlement_lines") == 2
    assert value("SELECT count(*) FROM breaks WHERE resolved_at IS NULL") == 0
    assert value("SELECT count(*) FROM reconciliation_runs WHERE state NOT IN ('done', 'ignored')") == 0
    assert broken(grace_s=0) == []


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", RECEIVER)
def test_a_receiver_that_dies_there_has_answered_nothing_it_did_not_store(point, hit, environment):
    bodies = [stripe_event("payment_intent.processing", event_id=f"evt_{n}", payment="pi") for n in range(2)]
    armed = {"BURSAR_CRASH_POINT": point, "BURSAR_CRASH_HIT": str(hit)}

    answered = post_until_it_dies(bodies, **environment, **armed)
    before = stored(environment["BURSAR_DATABASE_URL"])
    again = post_until_it_dies(bodies, **environment)
    apply_events()

    assert len(answered) == hit - 1
    assert set(answered) <= set(before)
    assert ("evt_0" in before) == (hit == 2 or point != "receiver.storing")
    assert again == ["evt_0", "evt_1"]
    assert rows("SELECT gateway_event_id, state FROM gateway_events ORDER BY 1") == [
        ("evt_0", "done"),
        ("evt_1", "done"),
    ]
    assert broken(grace_s=0) == []


def post_until_it_dies(bodies, **environment: str) -> list[str]:
    """Start a receiver and deliver; the ids of those that were answered with 200."""
    code = "import sys; from webhook_receiver.__main__ import main; sys.exit(main())"
    answered = []
    given = {"BURSAR_PORT": "0", "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET, **environment}
    with python(code, **given) as receiver:
        url = receiver.stdout.readline().split("url=")[1].strip()
        try:
            for n, body in enumerate(bodies):
                answer = httpx.post(f"{url}/webhooks/stripe", content=body, headers=signed(body), timeout=20)
                answered += [f"evt_{n}"] if answer.status_code == 200 else []
        except httpx.TransportError:
            assert receiver.wait(20) == -signal.SIGKILL
        else:
            receiver.terminate()
    return answered
