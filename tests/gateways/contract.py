"""What every Api must do, as tests that each gateway runs in front of its own fake.

A gateway's test module brings a class `TestX(ApiContract)` with a fixture `hand`: a Hand on its fake.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.gateways import strictjson
from bursar.gateways.api.failures import FailureCode, GatewayAway, GatewayRefused, OutcomeUnknown
from bursar.gateways.api.protocol import Api, Window
from bursar.gateways.api.requests import (
    REFUNDS_OF_PAYMENT,
    CreateCheckout,
    CreateCustomer,
    ExpireCheckout,
    Fetch,
    Purpose,
    Refund,
    Request,
)
from bursar.gateways.api.results import Found
from bursar.gateways.registry import GATEWAYS, kind_of
from bursar.rules.calling import Operation
from bursar.rules.facts import Fact, PaymentFact, RefundFact
from bursar.rules.states import PaymentStatus, RefundEffect, RefundStatus
from tests.gateways.hand import Hand

LONG_AGO = timedelta(days=3)
"""When no gateway keeps a key any more, and no request can be on its way."""
KEY = "contract-key-0001"
OTHER_KEY = "contract-key-0002"
INVOICE, CUSTOMER, TRACK = "0197f0c0-invoice", "learner-7", "photography"
PURPOSE = Purpose(
    customer=CUSTOMER, invoice=INVOICE, track=TRACK, components=(("tuition", 10_000), ("library", 2_000))
)
AMOUNT_MINOR = 12_000
FIRST_MINOR, SECOND_MINOR = 5_000, 7_000


def customer() -> CreateCustomer:
    return CreateCustomer(customer=CUSTOMER, name="Ada Learner", email="ada@example.com", country="DE")


def checkout(currency: str) -> CreateCheckout:
    return CreateCheckout(
        checkout="0197f0c0-checkout",
        purpose=PURPOSE,
        amount_minor=AMOUNT_MINOR,
        currency=currency,
        description="Photography, spring term",
        expires_at=utc_now() + timedelta(hours=2),
        return_url="https://school.example/paid?term=spring",
        cancel_url="https://school.example/later",
    )


def refund(payment: str, amount_minor: int, currency: str, name: str = "0197f0c0-refund") -> Refund:
    return Refund(
        refund=name,
        payment=payment,
        amount_minor=amount_minor,
        currency=currency,
        effect=RefundEffect.CANCEL,
        reason="requested_by_customer",
    )


def facts_of(api: Api, found: Found) -> tuple[Fact, ...]:
    """What our own reader makes of something that was found."""
    reading = GATEWAYS[api.name].read(found.type, strictjson.loads(found.document))
    return reading if isinstance(reading, tuple) else ()


def of(kind: type[Any], api: Api, *found: Found) -> list[Any]:
    return [fact for each in found for fact in facts_of(api, each) if isinstance(fact, kind)]


def paid(hand: Hand) -> str:
    """A payment of AMOUNT_MINOR that was made through a checkout."""
    return hand.pay(hand.api.perform(checkout(hand.currency), "contract-paid-0001").checkout)


Make = Callable[[Hand], Request[Any]]
MAKING: list[tuple[Operation, Make]] = [
    (Operation.CREATE_CUSTOMER, lambda _hand: customer()),
    (Operation.CREATE_CHECKOUT, lambda hand: checkout(hand.currency)),
    (Operation.REFUND, lambda hand: refund(paid(hand), FIRST_MINOR, hand.currency)),
]


class ApiContract:
    """Subclass it as `TestX` beside a fixture `hand`."""

    making = tuple(MAKING)
    """What the gateway makes; one that keeps no customers leaves them out."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc):
        if "make" in metafunc.fixturenames:
            ids = [operation.value for operation, _ in self.making]
            metafunc.parametrize(("operation", "make"), self.making, ids=ids)

    def test_one_key_is_one_effect_and_one_answer(self, hand: Hand, operation: Operation, make: Make):
        request = make(hand)
        before = hand.effects(operation)

        first = hand.api.perform(request, KEY)
        again = hand.api.perform(request, KEY)

        assert hand.effects(operation) == before + 1
        assert (type(again), identity(again)) == (type(first), identity(first))

    def test_a_call_whose_answer_was_lost_is_found_by_asking(self, hand, operation, make):
        request, sent_at = make(hand), utc_now()
        before = hand.effects(operation)
        hand.lose_answer(operation)
        with pytest.raises(OutcomeUnknown):
            hand.api.perform(request, KEY)

        result = hand.api.ask(request, KEY, sent_at)

        assert identity(result)
        assert hand.effects(operation) == before + 1

    def test_a_call_that_never_arrived_has_at_most_one_effect_once_it_is_asked_about(
        self, hand, operation, make
    ):
        request, sent_at = make(hand), utc_now()
        before = hand.effects(operation)
        hand.lose_request(operation)
        with pytest.raises(OutcomeUnknown):
            hand.api.perform(request, KEY)

        result = settled(hand.api, request, sent_at)
        again = settled(hand.api, request, sent_at)

        assert hand.effects(operation) == before + (result is not None)
        assert identity(again) == identity(result)

    def test_what_was_never_sent_is_absent(self, hand, operation, make):
        request = make(hand)
        before = hand.effects(operation)

        assert hand.api.ask(request, KEY, utc_now() - LONG_AGO) is None
        assert hand.effects(operation) == before

    def test_a_gateway_that_has_no_time_did_not_act(self, hand, operation, make):
        request = make(hand)
        before = hand.effects(operation)
        hand.limit_rate(operation)

        with pytest.raises(GatewayAway) as away:
            hand.api.perform(request, KEY)

        assert away.value.failure.code is FailureCode.RATE_LIMITED
        assert hand.effects(operation) == before

    def test_a_checkout_has_a_page_that_closes(self, hand: Hand):
        opened = hand.api.perform(checkout(hand.currency), KEY)

        assert opened.url.startswith("http")
        assert opened.expires_at is None or opened.expires_at > utc_now()

    def test_a_paid_checkout_says_whose_money_it_is_and_what_for(self, hand: Hand):
        payment = paid(hand)

        fetched = hand.api.fetch(hand.payment_kind, payment)

        (fact,) = of(PaymentFact, hand.api, fetched)
        assert (fact.status, fact.payment) == (PaymentStatus.SUCCEEDED, payment)
        assert (fact.amount_minor, fact.currency) == (AMOUNT_MINOR, hand.currency)
        assert (fact.claims.invoice, fact.claims.customer) == (INVOICE, CUSTOMER)
        assert (fact.claims.track, fact.claims.components) == (TRACK, PURPOSE.components)

    def test_a_payment_found_twice_is_one_in_the_inbox(self, hand: Hand):
        payment = paid(hand)

        first, again = (hand.api.fetch(hand.payment_kind, payment) for _ in range(2))

        assert first.dedupe_key == again.dedupe_key

    def test_a_fetch_that_stands_in_a_row_finds_the_same(self, hand: Hand):
        payment = paid(hand)
        request = Fetch(kind=hand.payment_kind, object_id=payment)

        (performed,) = hand.api.perform(request, KEY).found
        asked = hand.api.ask(request, KEY, utc_now() - LONG_AGO)

        assert asked is not None
        assert [each.dedupe_key for each in asked.found] == [performed.dedupe_key]

    def test_a_payment_is_refunded_in_two_parts_and_no_further(self, hand: Hand):
        payment = paid(hand)
        first = hand.api.perform(refund(payment, FIRST_MINOR, hand.currency, "first"), KEY)
        second = hand.api.perform(refund(payment, SECOND_MINOR, hand.currency, "second"), OTHER_KEY)

        with pytest.raises(GatewayRefused):
            hand.api.perform(refund(payment, FIRST_MINOR, hand.currency, "third"), "contract-key-0003")

        told = of(RefundFact, hand.api, *first.found, *second.found)
        assert first.refund != second.refund
        assert hand.effects(Operation.REFUND) == 2
        assert [fact.amount_minor for fact in told] == [FIRST_MINOR, SECOND_MINOR]
        assert {fact.payment for fact in told} == {payment}
        assert first.status in (RefundStatus.SUCCEEDED, RefundStatus.PENDING)

    def test_a_closed_checkout_says_that_nobody_paid(self, hand: Hand):
        opened = hand.api.perform(checkout(hand.currency), KEY)

        closed = hand.api.perform(ExpireCheckout(checkout=opened.checkout), OTHER_KEY)
        again = hand.api.perform(ExpireCheckout(checkout=opened.checkout), "contract-key-0003")

        assert (closed.checkout, closed.paid) == (opened.checkout, False)
        assert again.paid is False

    def test_a_checkout_that_was_paid_before_it_could_be_closed_says_so(self, hand: Hand):
        opened = hand.api.perform(checkout(hand.currency), KEY)
        hand.pay(opened.checkout)

        closed = hand.api.perform(ExpireCheckout(checkout=opened.checkout), OTHER_KEY)

        assert closed.paid is True

    def test_the_changes_of_a_time_tell_of_the_payment(self, hand: Hand):
        since = utc_now() - timedelta(minutes=1)
        payment = paid(hand)

        found = list(hand.api.list_changes(Window(since=since, until=utc_now() + timedelta(minutes=1))))
        earlier = list(hand.api.list_changes(Window(since=since - LONG_AGO, until=since)))

        told = of(PaymentFact, hand.api, *found)
        assert any(fact.payment == payment and fact.status is PaymentStatus.SUCCEEDED for fact in told)
        assert earlier == []

    def test_changes_have_the_same_keys_whenever_they_are_listed(self, hand: Hand):
        paid(hand)
        window = Window(since=utc_now() - timedelta(minutes=1), until=utc_now() + timedelta(minutes=1))

        first, again = (sorted(found.dedupe_key for found in hand.api.list_changes(window)) for _ in range(2))

        assert first == again
        assert len(set(first)) == len(first)

    def test_every_refund_of_a_payment_is_found_by_the_payment(self, hand: Hand):
        payment = paid(hand)
        made = [
            hand.api.perform(refund(payment, minor, hand.currency, name), f"contract-{name}")
            for name, minor in (("refund-one", FIRST_MINOR), ("refund-two", SECOND_MINOR))
        ]

        listed = hand.api.perform(Fetch(kind=REFUNDS_OF_PAYMENT, object_id=payment), KEY).found

        told = of(RefundFact, hand.api, *listed)
        assert {(fact.refund, fact.payment) for fact in told} == {(each.refund, payment) for each in made}
        assert kind_of(hand.api.name, "payment", payment) == hand.payment_kind

    def test_what_is_not_there_is_not_found(self, hand: Hand):
        with pytest.raises(GatewayRefused) as refused:
            hand.api.fetch(hand.payment_kind, "pay_thatisnotthere")

        assert refused.value.failure.code is FailureCode.NOT_FOUND

    def test_credentials_prove_themselves(self, hand: Hand):
        hand.api.ping()

    def test_unknown_credentials_are_a_mistake_of_the_configuration(self, hand: Hand):
        api = hand.locked_out()

        with pytest.raises(Misconfigured):
            api.ping()

        api.close()


def identity(result: Any) -> str | None:
    """The gateway's id in a result that makes something."""
    names = ("customer", "checkout", "refund")
    return next((getattr(result, name) for name in names if hasattr(result, name)), None)


def settled(api: Api, request: Request[Any], sent_at: datetime) -> Any:
    """Ask until it is known; a gateway where absence takes time to prove is asked long afterwards."""
    try:
        return api.ask(request, KEY, sent_at)
    except GatewayAway:
        return api.ask(request, KEY, sent_at - LONG_AGO)
