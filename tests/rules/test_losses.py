"""What is given up: a small rest by policy, more by a ruling, and never more than nobody paid."""

import pytest

from bursar.rules.enrollment import TrackPolicy
from bursar.rules.facts import Claims
from bursar.rules.ledger import EntryKind
from bursar.rules.losses import RULED, TOLERATED, Loss, losses
from bursar.rules.states import EnrollmentState, RefundEffect
from tests.rules.make import ASHA, an_id, given_up, make_invoice, make_line, paid, refunded
from tests.rules.views import open_and_credit
from tests.rules.world import grant, make_world, open_invoice, tell

FOR_1 = Claims(invoice="INV-1")
GROUP = (ASHA, "INR")


@pytest.fixture
def world():
    """An invoice of 60 and 40, and a policy that gives up a rest of 5."""
    world = make_world(make_invoice(1, [60, 40]))
    world.tolerance_minor = 5
    return world


def lost(world):
    return world.balance("bad_debt")


@pytest.mark.parametrize(
    ("paid_minor", "tolerated"), [(94, (0, 0)), (95, (0, 5)), (99, (0, 1)), (100, (0, 0)), (0, (0, 0))]
)
def test_a_rest_within_the_tolerance_is_given_up_once_money_came(paid_minor, tolerated):
    first, second = min(60, paid_minor), max(0, paid_minor - 60)
    lines = [make_line(1, 60, allocated_minor=first), make_line(2, 40, allocated_minor=second)]
    invoice = make_invoice(1, lines)._replace(tolerance_minor=5)

    assert losses(invoice) == [Loss(0, minor) for minor in tolerated]


@pytest.mark.parametrize(
    ("allocated", "given", "tolerance", "loss"),
    [
        (0, 100, 0, (100, 0)),
        (30, 100, 0, (70, 0)),
        (30, 50, 3, (50, 0)),
        (98, 50, 1, (2, 0)),
        (98, 50, 2, (0, 2)),
        (100, 50, 3, (0, 0)),
    ],
)
def test_a_ruling_counts_as_far_as_no_money_came_and_a_small_rest_is_policys(
    allocated, given, tolerance, loss
):
    line = make_line(1, 100, allocated_minor=allocated, given_up_minor=given)

    assert losses(make_invoice(1, [line])._replace(tolerance_minor=tolerance)) == [Loss(*loss)]


def test_a_small_invoice_that_nobody_paid_is_owed(world):
    open_invoice(world, make_invoice(2, [4]))

    assert lost(world) == 0
    assert world.invoices[an_id(2)].tolerance_minor is None


def test_late_money_takes_the_loss_back_first(world):
    tell(world, paid(97, claims=FOR_1))
    assert (lost(world), open_and_credit(world, GROUP)) == (3, (0, 0))

    tell(world, paid(3, "pi_2", claims=FOR_1))

    assert (lost(world), open_and_credit(world, GROUP)) == (0, (0, 0))
    kinds = [
        (entry.kind, entry.policy) for entry in world.entries.values() if entry.policy in (RULED, TOLERATED)
    ]
    assert kinds == [(EntryKind.WRITTEN_OFF, TOLERATED), (EntryKind.WRITE_OFF_REVERSED, TOLERATED)]


def test_what_is_owed_again_is_no_rest(world):
    tell(world, paid(97, claims=FOR_1))

    tell(world, refunded(20, effect=RefundEffect.REOPEN))

    assert (lost(world), open_and_credit(world, GROUP)) == (0, (23, 0))


def test_an_invoice_keeps_the_tolerance_of_its_first_money(world):
    tell(world, paid(50, claims=FOR_1))
    world.tolerance_minor = 0

    tell(world, paid(45, "pi_2", claims=FOR_1))

    assert lost(world) == 5


def test_a_rest_that_policy_gave_up_counts_as_paid_and_a_ruled_loss_does_not(world):
    policy = TrackPolicy()
    grant(world, world.invoices[an_id(1)], policy)
    tell(world, paid(60, claims=FOR_1))
    tell(world, given_up("INV-1", (2, 40)))
    ruled = lost(world), set(world.desired.values())

    tell(world, paid(36, "pi_2", claims=FOR_1))

    assert ruled == (40, {EnrollmentState.PENDING})
    assert (lost(world), set(world.desired.values())) == (4, {EnrollmentState.ACTIVE})


def test_of_several_rulings_the_largest_counts_and_none_counts_twice(world):
    for ruling in (
        given_up("INV-1", (1, 20)),
        given_up("INV-1", (1, 50), (2, 900)),
        given_up("INV-1", (1, 20)),
    ):
        tell(world, ruling)

    assert lost(world) == 50 + 40
    assert world.audits.count("invoice.given_up") == 3


@pytest.mark.parametrize("invoice", ["INV-2", "INV-lost"])
def test_of_an_invoice_that_is_not_open_nothing_is_given_up(world, invoice):
    tell(world, given_up(invoice, (1, 20)))

    assert lost(world) == 0
