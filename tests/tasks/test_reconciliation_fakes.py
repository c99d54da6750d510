"""F43 and I11 in front of the fake gateways: what was lost on the way is in the books all the same."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bursar.gateways.api.requests import Purpose
from bursar.sandbox.fake.book import Kind, Standing
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.server import FakeServer
from bursar.sandbox.fake.vendors import every_vendor
from bursar.sandbox.fake.webhooks import Fate, Plan
from tasks import gateways, reconciliation, routing
from tasks.events import apply_events
from tasks.payments import reconcile
from tests.gateways.contract import checkout
from tests.gateways.hand import Hand
from tests.gateways.paypal.calls.played import PayPalHand
from tests.gateways.razorpay.calls.played import RazorpayHand
from tests.gateways.stripe.calls.played import StripeHand
from tests.support.factories import execute, make_customer, make_invoice, rows, store_event, value
from tests.tasks.listing import heal, last_run, long_ago
from tests.tasks.steps import broken, snapshot

AnyHand = StripeHand | RazorpayHand | PayPalHand
PAYMENTS = 20
UNTOLD = 3
"""Payments after which the endpoint was disabled: nothing at all is told of them."""
LOST = 0.05
"""Of all other webhooks, as F43 says."""


@pytest.fixture
def fakes(configure) -> Iterator[FakeGateways]:
    """Fake gateways that never deliver some of their webhooks, and the settings that lead to them."""
    world = FakeGateways.build(every_vendor(), plan=Plan(seed=11, lost=LOST), stem="rec")
    with FakeServer(world):
        world.subscribe("http://127.0.0.1:1/webhooks")
        configure(
            STRIPE_SECRET_KEY="sk_test_hand",
            BURSAR_STRIPE_URL=world.base_url("stripe"),
            RAZORPAY_KEY_ID="rzp_test_hand",
            RAZORPAY_KEY_SECRET="key_secret",
            BURSAR_RAZORPAY_URL=world.base_url("razorpay"),
            PAYPAL_CLIENT_ID="Aclient",
            PAYPAL_CLIENT_SECRET="a secret",
            BURSAR_PAYPAL_URL=world.base_url("paypal"),
        )
        for made in (gateways.api_of, routing.breaker, routing.buckets):
            made.cache_clear()
        yield world
        for account in ("stripe:test", "razorpay:test", "paypal:test"):
            gateways.api_of(account).close()
        gateways.api_of.cache_clear()


def busy_day(hand: AnyHand, numbers: range = range(PAYMENTS)) -> None:
    """Payments for invoices, every third given back in part, some contested."""
    for n in numbers:
        amount_minor = 1_000_00 + n
        invoice = make_invoice(make_customer(), [amount_minor], currency=hand.currency)
        request = replace(
            checkout(hand.currency),
            checkout=f"checkout-{n:04}",
            purpose=Purpose(invoice=str(invoice)),
            amount_minor=amount_minor,
        )
        payment = hand.pay(hand.api.perform(request, f"checkout-{n:04}").checkout)
        if n % 3 == 0:
            hand.control("refund", payment=payment, amount=_part(hand, "10.00"))
        if n % 10 == 1:
            dispute = hand.control("open_dispute", payment=payment)
            hand.control("close_dispute", dispute=dispute.get("id") or dispute["dispute_id"], won=n == 1)


def _part(hand: AnyHand, amount: str) -> object:
    """An amount as the gateway's own site takes it."""
    if isinstance(hand, PayPalHand):
        return {"value": amount, "currency_code": hand.currency}
    return int(Decimal(amount) * 100)


def deliver(hand: AnyHand) -> int:
    """What is not lost arrives, the last first; how many were lost."""
    name, told = hand.api.name, hand.gateways.webhooks.events
    for event in reversed(told):
        if event.gateway == name and event.fate is not Fate.LOST:
            store_event(event.body, gateway=name)
    work()
    return sum(event.gateway == name and event.fate is Fate.LOST for event in told)


def work() -> None:
    """Events are applied, and what they only name is fetched, until nothing is left to do."""
    while value("SELECT count(*) FROM gateway_events WHERE state = 'pending' AND waiting_for IS NULL"):
        apply_events()
        reconcile()


def captured(gateway: str) -> dict[str, int]:
    return dict(
        rows(
            """SELECT gateway_payment_id, amount_minor FROM payments
               WHERE gateway_account = %s AND status = 'succeeded'""",
            f"{gateway}:test",
        )
    )


def given_back(gateway: str) -> dict[str, int]:
    return dict(
        rows(
            """SELECT gateway_refund_id, amount_minor FROM refunds
               WHERE gateway_account = %s AND status = 'succeeded'""",
            f"{gateway}:test",
        )
    )


def lost(gateway: str) -> int:
    found = value(
        "SELECT coalesce(sum(amount_minor), 0) FROM disputes WHERE gateway_account = %s AND status = 'lost'",
        f"{gateway}:test",
    )
    return int(str(found))


def books_are_its_book(hand: AnyHand) -> bool:
    """I11: the same payments and refunds with the same amounts, and as much lost to disputes."""
    name, book = hand.api.name, hand.gateways.book
    refunds = book.rows(Kind.REFUND, name)
    assert captured(name) == book.captured(name)
    assert given_back(name) == {
        row.id: row.amount_minor for row in refunds if row.standing is Standing.SUCCEEDED
    }
    disputes = book.rows(Kind.DISPUTE, name)
    assert lost(name) == sum(row.amount_minor for row in disputes if row.standing is Standing.LOST) > 0
    return True


def nothing_stays_lost(hand: AnyHand) -> None:
    name = hand.api.name
    busy_day(hand)
    assert deliver(hand) > 0
    busy_day(hand, range(PAYMENTS, PAYMENTS + UNTOLD))
    seen = captured(name)

    reconciliation.backfill(gateway=name)
    work()

    assert len(captured(name)) == PAYMENTS + UNTOLD >= len(seen) + UNTOLD
    assert books_are_its_book(hand)
    assert broken() == []
    nothing_differs(name)
    nothing_new(name)


def nothing_differs(name: str) -> None:
    reconciliation.diff(gateway=name)
    assert last_run()[:3] == ("diff", "done", 0)
    assert last_run()[3]["compared"] > PAYMENTS


def nothing_new(name: str) -> None:
    """A second backfill, and every lost webhook that comes after all, change nothing."""
    tables = ["payments", "refunds", "disputes", "ledger_entries", "movements", "receipts"]
    before = snapshot(tables)
    long_ago(hours=1)
    reconciliation.backfill(gateway=name)
    work()

    assert snapshot(tables) == before


def the_bank_agrees(hand: AnyHand) -> None:
    """Every settlement is tied to its last line, and every fee in it is booked."""
    name = hand.api.name
    execute("DELETE FROM reconciliation_runs")
    reconciliation.backfill(gateway=name)
    work()

    reconciliation.settle(gateway=name)
    heal()

    [payout] = hand.gateways.book.rows(Kind.PAYOUT, name)
    assert value("SELECT sum(net_minor) FROM settlement_lines") == payout.amount_minor
    assert value("SELECT count(*) FROM breaks WHERE kind = 'settlement_differs'") == 0
    fees = value("SELECT sum(fee_minor) FROM settlement_lines WHERE kind IN ('payment', 'refund', 'dispute')")
    assert value("SELECT sum(amount_minor) FROM movements WHERE kind = 'fee'") == fees
    nothing_differs(name)


@pytest.fixture
def stripe(fakes) -> Iterator[Hand]:
    hand = StripeHand(fakes)
    yield hand
    hand.api.close()


@pytest.fixture
def razorpay(fakes) -> Iterator[Hand]:
    hand = RazorpayHand(fakes)
    yield hand
    hand.api.close()


@pytest.fixture
def paypal(fakes) -> Iterator[Hand]:
    hand = PayPalHand(fakes)
    yield hand
    hand.api.close()


def test_what_stripe_lost_on_the_way_is_in_the_books_after_a_backfill(stripe):
    nothing_stays_lost(stripe)


def test_what_razorpay_lost_on_the_way_is_in_the_books_after_a_backfill(razorpay):
    nothing_stays_lost(razorpay)


def test_what_paypal_lost_on_the_way_is_in_the_books_after_a_backfill(paypal):
    nothing_stays_lost(paypal)


def test_what_stripe_paid_out_is_tied_to_the_last_line(stripe):
    busy_day(stripe)
    deliver(stripe)
    stripe.control("pay_out")

    the_bank_agrees(stripe)


def test_what_razorpay_settled_is_tied_to_the_last_line(razorpay):
    busy_day(razorpay)
    deliver(razorpay)
    razorpay.control("settle")

    the_bank_agrees(razorpay)
