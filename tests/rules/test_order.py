"""Order does not matter, where it need not: L0, L1 and L2 over worlds made to break them."""

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bursar.rules.books import Told
from bursar.rules.facts import Claims
from bursar.rules.states import DisputeStatus, PaymentStatus
from bursar.sandbox.memory.store import World
from tests.rules.make import ASHA, disputed, make_invoice, paid, refunded
from tests.rules.stories import Post, Story, posts, stories
from tests.rules.views import (
    balances,
    both_of_groups,
    gateway_objects,
    net_of_groups,
    open_and_credit,
    order_of_application,
    placements,
)
from tests.rules.world import deliver, make_world, open_invoice, tell

THOROUGH = settings(
    max_examples=int(os.environ.get("RULES_EXAMPLES", "80")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
"""RULES_EXAMPLES=20000 makes a night of it."""
POSTS = 3
"""Deliveries of one story: a story costs more to make than to tell."""


@THOROUGH
@given(stories(), posts)
def test_no_order_doubling_or_batching_changes_what_gateways_and_customers_have(story: Story, post: Post):
    in_order = _told(story, [[each] for each in story.events], [False])

    for _ in range(POSTS):
        otherwise = _told(story, post.batches(story.events), post.books())

        assert gateway_objects(otherwise) == gateway_objects(in_order)
        assert balances(otherwise) == balances(in_order)
        assert net_of_groups(otherwise) == net_of_groups(in_order)
        assert both_of_groups(otherwise) == both_of_groups(in_order)


@THOROUGH
@given(stories(), posts)
def test_only_the_order_of_different_payments_decides_which_line_is_paid(story: Story, post: Post):
    """Each payment is heralded once, in a fixed order; the rest comes in any order, doubled and batched."""
    first = None
    for _ in range(POSTS):
        heralds = [post.choose(payment.heralds) for payment in story.payments if payment.heralds]
        rest = [each for each in story.events if each not in heralds]
        world = _told(story, [*([each] for each in heralds), *post.batches(rest)], post.books())

        first = first or world
        assert order_of_application(world) == order_of_application(first)
        assert placements(world) == placements(first)


@THOROUGH
@given(stories(), posts)
def test_two_histories_that_applied_payments_in_one_order_paid_the_same_lines(story: Story, post: Post):
    """Nothing is heralded: refunds, failures and weak evidence come first as often as last."""
    first = _told(story, post.batches(story.events), post.books())
    placed = {name: n for n, name in enumerate(order_of_application(first))}
    by_payment = sorted(story.payments, key=lambda payment: placed.get(payment.name, len(placed)))

    for _ in range(POSTS):
        parts = [[*payment.others, *payment.heralds] for payment in by_payment]
        batches = [batch for part in (*parts, story.asides) for batch in post.batches(part)]
        again = _told(story, batches, post.books())

        assert order_of_application(again) == order_of_application(first)
        assert placements(again) == placements(first)


@THOROUGH
@given(stories(), posts, st.integers(0, 6))
def test_every_law_holds_after_every_decision_while_invoices_open_in_between(
    story: Story, post: Post, opened: int
):
    world = story.world(opened)
    for invoice in story.invoices[opened:]:
        deliver(world, post.batches(story.events)[:2], post.books(), story.policy)
        open_invoice(world, invoice)
    deliver(world, post.batches(story.events), post.books(), story.policy)


TAKEN_BACK = (
    paid(8, "pi_1", claims=Claims(invoice="INV-1")),
    paid(6, "pi_2", claims=Claims(customer="asha")),
    refunded(6, "re_2", payment="pi_2"),
)


def test_what_was_taken_back_before_an_invoice_opened_is_settled_before_it():
    """Whichever of two payments was first: the 8 that are left lie on the first invoice, 2 are cancelled."""
    owed = []
    for first, second, taken in (TAKEN_BACK, (TAKEN_BACK[1], TAKEN_BACK[0], TAKEN_BACK[2])):
        world = make_world(make_invoice(1, [10]))
        for fact in (first, second, taken):
            tell(world, fact)
        open_invoice(world, make_invoice(2, [10]))
        owed.append(open_and_credit(world, (ASHA, "INR")))

    assert owed == [(10, 0), (10, 0)]


def test_a_dispute_stays_open_while_another_one_closes_and_the_payment_finds_its_owner():
    world = tell(make_world(make_invoice(1, [10])), paid(1, status=PaymentStatus.FAILED))
    tell(world, disputed(1, dispute="dp_1"))

    owned = paid(1, status=PaymentStatus.CANCELED, claims=Claims(customer="asha"))
    tell(world, owned, disputed(1, DisputeStatus.CLOSED, "dp_2"))

    assert world.payment("pi_1").disputed


def _told(story: Story, batches: Sequence[Sequence[Told]], whole: Sequence[bool]) -> World:
    """A fresh world after these batches; every law is checked after each of them."""
    world = story.world()
    deliver(world, batches, whole, story.policy)
    return world
