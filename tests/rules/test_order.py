"""Order does not matter, where it need not: L0, L1 and L2 over worlds made to break them."""

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bursar.rules.books import Told
from tests.rules.store import World
from tests.rules.stories import Story, deliveries, stories
from tests.rules.views import (
    balances,
    both_of_groups,
    gateway_objects,
    net_of_groups,
    order_of_application,
    placements,
)
from tests.rules.world import deliver, open_invoice

THOROUGH = settings(
    max_examples=int(os.environ.get("RULES_EXAMPLES", "150")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
"""RULES_EXAMPLES=20000 makes a night of it."""


@THOROUGH
@given(stories(), st.data())
def test_no_order_doubling_or_batching_changes_what_gateways_and_customers_have(story: Story, data):
    told_in_order = _told(story, [[each] for each in story.events], [False])

    told_otherwise = _told(story, *data.draw(deliveries(story.events)))

    assert gateway_objects(told_otherwise) == gateway_objects(told_in_order)
    assert balances(told_otherwise) == balances(told_in_order)
    assert net_of_groups(told_otherwise) == net_of_groups(told_in_order)
    assert both_of_groups(told_otherwise) == both_of_groups(told_in_order)


@THOROUGH
@given(stories(), st.data())
def test_only_the_order_of_different_payments_decides_which_line_is_paid(story: Story, data):
    """Each payment is heralded once, in a fixed order; the rest comes in any order, doubled and batched."""
    heralded = [payment for payment in story.payments if payment.heralds]
    rest = [each for each in story.events if each not in {payment.heralds[0] for payment in heralded}]
    first = _told(story, [[payment.heralds[0]] for payment in heralded] + [[each] for each in rest], [True])

    chosen = [data.draw(st.sampled_from(payment.heralds)) for payment in heralded]
    others = [each for each in story.events if each not in chosen]
    early = [[each] for each in chosen] if data.draw(st.booleans()) else [chosen] if chosen else []
    batches, whole = data.draw(deliveries(others))
    second = _told(story, [*early, *batches], whole)

    assert order_of_application(second) == order_of_application(first)
    assert placements(second) == placements(first)


@THOROUGH
@given(stories(), st.data())
def test_two_histories_that_applied_payments_in_one_order_paid_the_same_lines(story: Story, data):
    """Nothing is heralded: refunds, failures and weak evidence come first as often as last."""
    first = _told(story, *data.draw(deliveries(story.events)))
    placed = {name: n for n, name in enumerate(order_of_application(first))}
    unplaced = len(placed)
    by_payment = sorted(story.payments, key=lambda payment: placed.get(payment.name, unplaced))
    runs = [data.draw(st.permutations([*payment.others, *payment.heralds])) for payment in by_payment]
    second = _told(story, [list(run) for run in runs if run], data.draw(_wholes))

    assert order_of_application(second) == order_of_application(first)
    assert placements(second) == placements(first)


@THOROUGH
@given(stories(), st.data())
def test_every_law_holds_after_every_decision_while_invoices_open_in_between(story: Story, data):
    opened = data.draw(st.integers(0, len(story.invoices)))
    world = story.world(opened)
    batches, whole = data.draw(deliveries(story.events))
    for invoice in story.invoices[opened:]:
        now = data.draw(st.integers(0, len(batches)))
        deliver(world, batches[:now], whole)
        del batches[:now]
        open_invoice(world, invoice, minimal=data.draw(st.booleans()))
    deliver(world, batches, whole)


_wholes = st.lists(st.booleans(), min_size=1, max_size=3)


def _told(story: Story, batches: Sequence[Sequence[Told]], whole: Sequence[bool]) -> World:
    world = story.world()
    deliver(world, batches, whole)
    return world
