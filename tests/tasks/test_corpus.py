"""Every event that others published: signed, posted and applied, on real rows. Needs GATEWAY_CORPUS."""

import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from bursar.rules.invoicing import Fee
from models import session
from models.drafting import draft_invoice
from models.issuing import issue_invoice
from tasks.events import apply_events
from tests.support.contradictions import Contradiction, contradictions
from tests.support.corpus import Published, post, published
from tests.support.factories import (
    DUE,
    ISSUER,
    link_gateway_customer,
    make_checkout,
    make_customer,
    make_invoice,
    rows,
    value,
)
from tests.support.pictures import Picture, picture
from tests.tasks.steps import broken, open_breaks, states, work_off

pytestmark = pytest.mark.postgres

BATCHES = (400, 120, 60, 25, 12)
"""How many events are posted before they are applied; the last of a post may come before its first."""
DOUBLED = 0.3
OTHER_STATUS = "data.object.status is not what this type of event promises"
DEAD = dict.fromkeys(
    (
        "supabase-sync-engine__charge.pending.json",
        "supabase-sync-engine__payment_intent.amount_capturable_updated.json",
        "supabase-sync-engine__payment_intent.canceled.json",
        "supabase-sync-engine__payment_intent.succeeded.json",
        "supabase-sync-engine__refund.failed.json",
    ),
    OTHER_STATUS,
)
"""One intent, one charge and one refund filled into every type of event: these say another status."""
WAITING = {
    "supabase-sync-engine__charge.dispute.closed.json": "stripe:test/pi_1IqtG9JDPojXS6LNOGnYrIqq",
    "supabase-sync-engine__charge.dispute.created.json": "stripe:test/pi_1IqtG9JDPojXS6LNOGnYrIqq",
    "supabase-sync-engine__charge.dispute.funds_reinstated.json": "stripe:test/pi_1IqtG9JDPojXS6LNOGnYrIqq",
    "supabase-sync-engine__charge.dispute.updated.json": "stripe:test/pi_1IqtG9JDPojXS6LNOGnYrIqq",
    "supabase-sync-engine__radar.early_fraud_warning.updated.json": "stripe:test/ch_1234",
    "supabase-sync-engine__refund.created.json": "stripe:test/pi_1GszsK2eZvKYlo2CfhZyoZLp",
    "supabase-sync-engine__refund.updated.json": "stripe:test/pi_1GszsK2eZvKYlo2CfhZyoZLp",
}
"""Disputes, refunds and a warning of payments that no published event announces."""
LIVE = "supabase-sync-engine__checkout.session.completed.json"
"""The one event that says it is no test."""
CONTRADICTIONS = {
    Contradiction("stripe:test", frozenset({payment, charge}), "one charge of two payments")
    for payment, charge in (
        ("pi_00000000000000", "ch_00000000000000"),
        ("pi_000000000000000000000000", "ch_000000000000000000000000"),
    )
}
"""Zeroed ids: a charge of 1000 (100) minor units is the whole story in one file, and in another it belongs
to an intent of 25000 (2000). Which comes first decides whether they are one payment; a person is asked."""
LEFT_OUT = {(each.account, name) for each in CONTRADICTIONS for name in each.ids}
UNCLEAR = {"alias_conflict", "amount_mismatch"}


@pytest.fixture(scope="module")
def events(corpus) -> list[Published]:
    found = published(corpus)
    assert len(found) > 230
    return found


@pytest.fixture
def start_over(_database, database_url) -> Callable[[], None]:
    """An empty database, but for what some of those who pay in the corpus owe."""

    def empty() -> None:
        _database.empty()
        session.bind(database_url)
        owe()

    return empty


def test_every_published_event_is_stored_once_and_applied_but_for_those_named_here(
    events, start_over, database_url, record_property
):
    start_over()

    answers = post(events, database_url)
    apply_all()

    assert answers == [200] * len(events)
    assert twins(events) == []
    assert value("SELECT count(*) FROM gateway_events") == len(events)
    assert told(events, "error", "state = 'dead'") == DEAD
    assert told(events, "waiting_for", "state = 'pending'") == WAITING
    assert set(states("gateway_events")) == {"done", "ignored", "dead", "pending"}
    work_off()
    assert broken(grace_s=0) == []
    tell_figures(record_property, posted=len(events))


def test_some_of_the_published_payments_pay_what_is_owed(events, start_over, database_url):
    start_over()

    post(events, database_url)
    apply_all()

    assert figures()["attributed"] == 13
    assert figures()["allocated"] in (12, 13)  # of two that paid one invoice, the second may be held as it is
    assert rows(
        """SELECT c.name, i.currency, i.total_minor, i.paid_minor, i.refunded_minor FROM invoices i
           JOIN customers c ON c.id = i.customer_id ORDER BY i.number"""
    ) == [
        ("Student 1", "INR", 300_00, 300_00, 0),
        ("Student 1", "INR", 5000_00, 5000_00, 0),
        ("Student 1", "INR", 1_00, 1_00, 0),
        ("Student 2", "INR", 52_976_00, 52_976_00, 0),
        ("Student 2", "INR", 12_00, 10_00, 0),
        ("Student 3", "INR", 2_50, 2_50, 0),
        ("Student 3", "USD", 40_00, 30_00, 0),
        ("Student 3", "EUR", 9_99, 9_99, 0),
    ]


def test_shuffled_doubled_and_in_other_batches_the_published_events_end_in_the_same_books(
    events, start_over, database_url
):
    assert contradictions(events) == CONTRADICTIONS
    in_order = history(events, len(events), start_over, database_url)
    orders = {order_of_facts()}

    for seed, size in enumerate(BATCHES):
        chance = random.Random(seed)
        posted = [*events, *chance.sample(events, int(DOUBLED * len(events)))]
        chance.shuffle(posted)
        otherwise = history(posted, size, start_over, database_url)
        orders.add(order_of_facts())

        assert {name: differing(in_order[name], otherwise[name]) for name in in_order} == dict.fromkeys(
            in_order, ([], [])
        ), f"seed {seed}, batches of {size}"
        assert [each for each in CONTRADICTIONS if not is_before_a_person(each)] == []
        assert broken() == []

    assert len(orders) == 1 + len(BATCHES)


def test_the_one_published_live_event_is_kept_apart_from_a_test_account(events, start_over, database_url):
    start_over()
    [live] = [event for event in events if event.mode == "live"]

    assert post([live], database_url, mode="test") == [200]
    apply_all()

    assert live.name == LIVE
    assert states("gateway_events") == ["ignored"]
    assert open_breaks() == ["wrong_mode"]
    assert value("SELECT count(*) FROM payments") == 0


def owe() -> None:
    """Three students who are known by ids of the corpus, and what they owe."""
    first, second, third = (make_customer(f"Student {n}") for n in (1, 2, 3))
    for owner, order, fees in (
        (first, "order_DEW1rvumj0vSXG", [100_00, 200_00]),  # paid in three parts
        (first, "order_FPoIeimWki9j8A", [5000_00]),  # paid twice, some of it refunded
        (first, "order_DESlLckIVRkHWj", [1_00]),
        (second, "order_EFtkA6f5jdkfud", [50_000_00, 2_976_00]),  # disputed
    ):
        invoice = make_invoice(owner, fees)
        make_checkout(invoice, order, account="razorpay:test", amount_minor=sum(fees))
    with session.transaction() as writing:
        fees = [Fee(component="fee", unit_minor=12_00)]
        draft = draft_invoice(
            writing, customer_id=second.id, currency="INR", fees=fees, due_on=DUE, source=("test", "23")
        )
        issue_invoice(writing, draft.id, ISSUER)  # a payment link names it
    for account, gateway_customer, currency, fee_minor in (
        ("razorpay:test", "cust_DtHaBuooGHTuyZ", "INR", 2_50),
        ("stripe:test", "cus_J7Mkgr8mvbl1eK", "USD", 40_00),
        ("stripe:live", "cus_IhGfebO16cMIGN", "EUR", 9_99),
    ):
        link_gateway_customer(third, gateway_customer, account=account)
        make_invoice(third, [fee_minor], currency=currency)


def apply_all() -> None:
    apply_events()
    while value("SELECT count(*) FROM gateway_events WHERE state = 'pending' AND not_before <= now()"):
        apply_events()


def history(events: Sequence[Published], size: int, start_over: Callable[[], None], url: str) -> Picture:
    """What remains when these events are posted in this order, and applied after every `size` of them."""
    start_over()
    for first in range(0, len(events), size):
        batch = events[first : first + size]
        assert post(batch, url) == [200] * len(batch)
        apply_all()
    return picture(LEFT_OUT)


def differing(one: list[tuple[object, ...]], other: list[tuple[object, ...]]) -> tuple[list, list]:
    return [each for each in one if each not in other], [each for each in other if each not in one]


def order_of_facts() -> tuple[object, ...]:
    """The order in which facts were applied, by their events."""
    found = rows(
        "SELECT dedupe_key FROM facts f JOIN gateway_events e ON e.id = f.event_id ORDER BY f.apply_seq"
    )
    return tuple(key for (key,) in found)


def is_before_a_person(contradiction: Contradiction) -> bool:
    kinds = rows(
        """SELECT kind FROM breaks b JOIN payments p ON b.subject = 'payment:' || p.id
           WHERE b.resolved_at IS NULL AND gateway_account = %s AND gateway_payment_id = ANY(%s)""",
        contradiction.account,
        sorted(contradiction.ids),
    )
    return bool(UNCLEAR & {kind for (kind,) in kinds})


def twins(events: Sequence[Published]) -> list[str]:
    """Files with one event under several names: Razorpay's have no id but their bytes."""
    counted = Counter((event.account, event.key) for event in events)
    return [event.name for event in events if counted[event.account, event.key] > 1]


def told(events: Sequence[Published], column: str, where: str) -> dict[str, object]:
    """By name of the published file."""
    names = {(event.account, event.key): event.name for event in events}
    found = rows(f"SELECT gateway_account, dedupe_key, {column} FROM gateway_events WHERE {where}")
    return {names[account, key]: text for account, key, text in found}


def figures() -> dict[str, object]:
    """How the events ended, and what they said."""
    ended = dict(
        rows(
            "SELECT CASE state WHEN 'pending' THEN 'waiting' ELSE state END, count(*)"
            " FROM gateway_events GROUP BY 1 ORDER BY 1"
        )
    )
    facts = dict(rows("SELECT kind, count(*) FROM facts GROUP BY 1 ORDER BY 1"))
    attributed = value("SELECT count(*) FROM payments WHERE status = 'succeeded' AND customer_id IS NOT NULL")
    allocated = value(
        """SELECT count(*) FROM (
             SELECT FROM ledger_lines WHERE account = 'receivable' AND payment_id IS NOT NULL
             GROUP BY payment_id HAVING sum(amount_minor) < 0) AS allocated"""
    )
    accepted = value("SELECT count(*) FROM gateway_events")
    return {"accepted": accepted, **ended, "attributed": attributed, "allocated": allocated, **facts}


def tell_figures(record_property: Callable[[str, object], None], posted: int) -> None:
    for name, figure in {"posted": posted, **figures()}.items():
        record_property(name, figure)
        sys.stdout.write(f"{name} {figure}\n")  # shown with -s
