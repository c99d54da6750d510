from itertools import permutations

import pytest

from bursar.rules.states import (
    CHECKOUT_RANK,
    PAYMENT_RANK,
    REFUND_RANK,
    CheckoutStatus,
    PaymentStatus,
    RefundStatus,
    checkout_advances,
    payment_advances,
    refund_advances,
)

LATTICES = [
    (PaymentStatus, PAYMENT_RANK, payment_advances),
    (RefundStatus, REFUND_RANK, refund_advances),
    (CheckoutStatus, CHECKOUT_RANK, checkout_advances),
]


@pytest.mark.parametrize(("states", "ranks", "advances"), LATTICES)
def test_every_state_has_a_rank_of_its_own(states, ranks, advances):
    assert ranks.keys() == set(states)
    assert len(set(ranks.values())) == len(states)


@pytest.mark.parametrize(("states", "ranks", "advances"), LATTICES)
def test_no_state_advances_to_itself_and_of_two_exactly_one_wins(states, ranks, advances):
    assert not any(advances(state, state) for state in states)
    assert all(advances(a, b) != advances(b, a) for a, b in permutations(states, 2))


@pytest.mark.parametrize("status", [each for each in PaymentStatus if each is not PaymentStatus.SUCCEEDED])
def test_money_that_came_outranks_all_else_so_a_late_authorisation_counts(status):
    assert payment_advances(status, PaymentStatus.SUCCEEDED)


@pytest.mark.parametrize(
    ("current", "incoming"),
    [
        (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION),
        (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING),
        (PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED),
        (PaymentStatus.AUTHORIZED, PaymentStatus.FAILED),
        (PaymentStatus.AUTHORIZED, PaymentStatus.CANCELED),
        (PaymentStatus.PROCESSING, PaymentStatus.EXPIRED),
    ],
)
def test_a_payment_moves_on_and_never_back(current, incoming):
    assert payment_advances(current, incoming)
    assert not payment_advances(incoming, current)


@pytest.mark.parametrize(
    ("current", "incoming"),
    [
        (RefundStatus.REQUESTED, RefundStatus.PENDING),
        (RefundStatus.APPROVED, RefundStatus.PENDING),
        (RefundStatus.PENDING, RefundStatus.SUCCEEDED),
        (RefundStatus.PENDING, RefundStatus.CANCELED),
        (RefundStatus.SUCCEEDED, RefundStatus.FAILED),
    ],
)
def test_a_refund_moves_on_and_a_bank_may_return_it_after_success(current, incoming):
    assert refund_advances(current, incoming)
    assert not refund_advances(incoming, current)


def test_a_checkout_that_was_completed_never_expires():
    assert checkout_advances(CheckoutStatus.EXPIRED, CheckoutStatus.COMPLETED)
    assert not checkout_advances(CheckoutStatus.COMPLETED, CheckoutStatus.EXPIRED)
