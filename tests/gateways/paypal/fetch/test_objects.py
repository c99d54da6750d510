"""One object as it is now, whatever it is."""

import pytest

from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.requests import REFUNDS_OF_PAYMENT, Fetch
from bursar.gateways.paypal.kinds import Kind
from bursar.rules.facts import DisputeFact, DisputeFundsFact, PaymentFact, RefundFact
from bursar.rules.states import DisputeStatus, RefundStatus
from tests.gateways.contract import FIRST_MINOR, KEY, facts_of, of, paid, refund
from tests.gateways.paypal.calls.making import subscribed
from tests.gateways.paypal.calls.played import PayPalHand
from tests.gateways.paypal.calls.scripted import says


def test_every_kind_is_fetched_and_read_under_its_own_type(hand: PayPalHand):
    payment = paid(hand)
    refunded = hand.api.perform(refund(payment, FIRST_MINOR, "USD"), KEY).refund
    dispute = hand.control("open_dispute", payment=payment)["dispute_id"]
    subscription, _plan = subscribed(hand)
    (sale,) = hand.all("sale")
    sale_refund = hand.api.perform(refund(sale["id"], 100, "USD", "another"), "objects-key-0002").refund
    named = {
        Kind.CAPTURE: payment,
        Kind.REFUND: refunded,
        Kind.REVERSAL: refunded,
        Kind.ORDER: hand.all("order")[0]["id"],
        Kind.SALE: sale["id"],
        Kind.SALE_REFUND: sale_refund,
        Kind.SALE_REVERSAL: sale_refund,
        Kind.SUBSCRIPTION: subscription,
        Kind.DISPUTE: dispute,
    }

    found = {kind: hand.api.fetch(kind, object_id) for kind, object_id in named.items()}

    assert named.keys() == set(Kind)
    assert {kind: each.object_id for kind, each in found.items()} == named
    assert all(each.type == kind.fetched_type and each.livemode is False for kind, each in found.items())
    assert all(facts_of(hand.api, each) for each in found.values())
    assert len({each.dedupe_key for each in found.values()}) == len(Kind)


def test_an_object_that_changed_is_another_row_of_the_inbox(hand: PayPalHand):
    payment = paid(hand)
    before = hand.api.fetch("capture", payment)
    hand.api.perform(refund(payment, FIRST_MINOR, "USD"), KEY)
    after = hand.api.fetch("capture", payment)

    assert before.dedupe_key != after.dedupe_key
    assert [of(PaymentFact, hand.api, each)[0].status for each in (before, after)] == 2 * ["succeeded"]


def test_a_lost_dispute_takes_its_money_as_a_reversal(hand: PayPalHand):
    payment = paid(hand)
    dispute = hand.control("open_dispute", payment=payment)["dispute_id"]
    hand.control("close_dispute", dispute=dispute, won=False)
    (reversal,) = hand.all("refund")

    (closed,) = of(DisputeFact, hand.api, hand.api.fetch("dispute", dispute))
    (taken,) = of(DisputeFundsFact, hand.api, hand.api.fetch("reversal", reversal["id"]))
    assert closed.status is DisputeStatus.CLOSED
    assert (taken.payment, taken.amount_minor) == (payment, 12_000)


def test_a_won_dispute_takes_nothing(hand: PayPalHand):
    payment = paid(hand)
    dispute = hand.control("open_dispute", payment=payment, amount=500)["dispute_id"]
    hand.control("close_dispute", dispute=dispute, won=True)

    (closed,) = of(DisputeFact, hand.api, hand.api.fetch("dispute", dispute))
    assert (closed.status, closed.amount_minor) == (DisputeStatus.WON, 500)
    assert hand.all("refund") == []


def test_the_refunds_of_a_payment_are_all_that_its_order_lists(hand: PayPalHand):
    payment = paid(hand)
    made = [
        hand.api.perform(refund(payment, 100, "USD", name), f"objects-{name}-0001").refund
        for name in ("first", "second")
    ]
    dispute = hand.control("open_dispute", payment=payment)["dispute_id"]
    hand.control("close_dispute", dispute=dispute, won=False)

    listed = hand.api.perform(Fetch(kind=REFUNDS_OF_PAYMENT, object_id=payment), KEY).found

    assert [fact.refund for fact in of(RefundFact, hand.api, *listed)] == made


def test_refunds_that_no_order_lists_are_refused_with_what_to_do(api, server):
    server.answer(says(id="C1"))

    with pytest.raises(GatewayRefused, match="fetch each by its id"):
        api.perform(Fetch(kind=REFUNDS_OF_PAYMENT, object_id="C1"), KEY)


def test_a_refund_that_came_back_says_so(hand: PayPalHand):
    payment = paid(hand)
    made = hand.api.perform(refund(payment, FIRST_MINOR, "USD"), KEY)
    hand.control("fail_refund", refund=made.refund)

    (fact,) = of(RefundFact, hand.api, hand.api.fetch("refund", made.refund))
    assert fact.status is RefundStatus.FAILED


@pytest.mark.parametrize("kind", ["authorization", "", "fetched.order"])
def test_a_kind_that_nobody_reads_is_not_fetched(hand: PayPalHand, kind):
    with pytest.raises(GatewayRefused, match="it can be one of capture, refund") as refused:
        hand.api.fetch(kind, "X1")

    assert refused.value.failure.code is FailureCode.UNSUPPORTED
