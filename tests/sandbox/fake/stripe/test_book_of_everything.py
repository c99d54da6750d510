from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.errors import Refused
from bursar.sandbox.fake.book import Kind, Standing
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.stripe import balance, charges, intents, refunds
from bursar.sandbox.fake.stripe.account import Account
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.stripe.vendor import FakeStripe
from bursar.sandbox.fake.vendors import every_vendor

METHODS = ["pm_card_visa", "pm_card_chargeDeclined", "pm_usBankAccount", "pm_card_refundFail"]
NTH = st.integers(0, 9)
PAY = st.tuples(st.just("pay"), st.sampled_from(METHODS), st.integers(1_000, 10_000))
STEP = st.one_of(
    PAY,
    st.tuples(st.just("hold"), st.integers(2, 10_000)),
    st.tuples(st.just("capture"), NTH, st.integers(1, 10_000)),
    st.tuples(st.just("cancel"), NTH),
    st.tuples(st.just("settle"), NTH, st.booleans()),
    st.tuples(st.just("refund"), NTH, st.integers(1, 6_000)),
    st.tuples(st.just("fail_refund"), NTH),
    st.tuples(st.just("open_dispute"), NTH),
    st.tuples(st.just("close_dispute"), NTH, st.booleans()),
    st.tuples(st.just("pay_out")),
    st.tuples(st.just("wait"), st.integers(0, 200_000)),
)
STEPS = st.tuples(st.lists(PAY, min_size=2, max_size=4), st.lists(STEP, min_size=8, max_size=25)).map(
    lambda parts: [*parts[0], *parts[1]]
)


class _Life:
    """One account, and a step at a time what a script may do to it. What is impossible is refused."""

    def __init__(self) -> None:
        self.gateways = FakeGateways.build(every_vendor(), stem="t")
        stripe = self.gateways.vendors["stripe"]
        assert isinstance(stripe, FakeStripe)
        self.stripe: FakeStripe = stripe
        self.account: Account = stripe.account

    def step(self, name: str, *arguments: Any) -> None:
        with suppress(StripeError, Refused):
            getattr(self, f"_{name}")(*arguments)

    def _nth(self, kind: str, n: int) -> str:
        things = self.account.all(kind)
        if not things:
            raise Refused(f"there is no {kind} yet")
        return things[n % len(things)]["id"]

    def _pay(self, method: str, amount: int, **more: Any) -> None:
        asked = {"amount": amount, "currency": "usd", "payment_method": method, "confirm": True, **more}
        intents.create(self.account, asked)

    def _hold(self, amount: int) -> None:
        self._pay("pm_card_visa", amount, capture_method="manual")

    def _capture(self, n: int, amount: int) -> None:
        intents.capture(self.account, {"amount_to_capture": amount}, self._nth("payment_intent", n))

    def _cancel(self, n: int) -> None:
        intents.cancel(self.account, {}, self._nth("payment_intent", n))

    def _settle(self, n: int, ok: bool) -> None:
        self.gateways.control("stripe", "settle", payment=self._nth("payment_intent", n), ok=ok)

    def _refund(self, n: int, amount: int) -> None:
        asked = {"payment_intent": self._nth("payment_intent", n), "amount": amount}
        refunds.create(self.account, asked)

    def _fail_refund(self, n: int) -> None:
        self.gateways.control("stripe", "fail_refund", refund=self._nth("refund", n))

    def _open_dispute(self, n: int) -> None:
        self.gateways.control("stripe", "open_dispute", payment=self._nth("payment_intent", n))

    def _close_dispute(self, n: int, won: bool) -> None:
        self.gateways.control("stripe", "close_dispute", dispute=self._nth("dispute", n), won=won)

    def _pay_out(self) -> None:
        self.gateways.control("stripe", "pay_out")

    def _wait(self, seconds: int) -> None:
        self.gateways.clock.advance(seconds)
        self.gateways.catch_up()

    def booked(self, kind: Kind, *standings: Standing) -> int:
        return sum(row.amount_minor for row in self.gateways.book.rows(kind) if row.standing in standings)


@settings(max_examples=100)
@given(STEPS)
def test_whatever_happens_book_objects_and_balance_tell_one_story(steps):
    life = _Life()
    for name, *arguments in steps:
        life.step(name, *arguments)

    account = life.account
    captured = life.booked(Kind.CHARGE, Standing.CAPTURED)
    refunded = life.booked(Kind.REFUND, Standing.SUCCEEDED, Standing.PENDING)
    lost = life.booked(Kind.DISPUTE, Standing.OPEN, Standing.LOST)
    paid_out = life.booked(Kind.PAYOUT, Standing.PAID)
    entries = account.all(balance.KIND)

    assert sum(charge["amount_captured"] for charge in account.all(charges.KIND)) == captured
    assert sum(intent["amount_received"] for intent in account.all(intents.KIND)) == captured
    assert sum(charges.left_of(charge) for charge in account.where(charges.KIND, captured=True)) == (
        captured - refunded
    )
    assert sum(entry["amount"] for entry in entries) == captured - refunded - lost - paid_out
    assert all(charges.left_of(charge) >= 0 for charge in account.where(charges.KIND, captured=True))


@settings(max_examples=100)
@given(STEPS)
def test_whatever_happens_every_payout_is_the_sum_of_its_entries(steps):
    life = _Life()
    for name, *arguments in steps:
        life.step(name, *arguments)

    for payout in life.account.all("payout"):
        listed = balance.list_(life.account, {"payout": payout["id"], "limit": 100})["data"]
        assert sum(entry["net"] for entry in listed) == 0
        assert -sum(entry["amount"] for entry in listed if entry["type"] == "payout") == payout["amount"]
