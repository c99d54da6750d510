"""The next step: the newest that is due, one a day, in the customer's hours, never while money may come."""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.dunning.deciding import (
    Case,
    CaseStatus,
    Done,
    Hold,
    HoldKind,
    Take,
    Taken,
    Truth,
    Wait,
    next_step,
    step_at,
)
from bursar.rules.dunning.hours import day_of, is_open
from bursar.rules.dunning.policy import Action
from bursar.rules.dunning.reading import read_policy
from bursar.rules.dunning.retrying import Allowed, Forbidden, NotBefore, NoticeFirst
from tests.rules.dunning.policies import DEFAULT, at, policy

LADDER = policy((0, "remind"), (3, "retry_charge"), (7, "final_notice"), (14, "suspend"))
DUE = date(2026, 11, 1)
OWED = Truth(balance_minor=100_00)
PAYS = Truth(balance_minor=100_00, charge=Allowed())


def case(*taken, **more):
    """`taken`: (step, day of November)."""
    done = tuple(
        Taken(
            step=n,
            action=LADDER.steps[n].action if n is not None else Action.RETRY_CHARGE,
            day=date(2026, 11, day),
        )
        for n, day in taken
    )
    return Case(anchor_on=DUE, zone=ZoneInfo("UTC"), taken=done, **more)


def decided(given_case, now, truth=OWED, said=LADDER):
    return next_step(given_case, said, now, truth)


@pytest.mark.parametrize(
    ("taken", "now", "expected"),
    [
        ([], at(1), 0),
        ([(0, 1)], at(4), 1),
        ([], at(8), 2),  # beat was away: only the newest
        ([(0, 1)], at(30), 3),  # told before: what is taken away may be taken
        ([], at(30), 2),  # never told: the notice comes first
        ([(2, 15)], at(16), 3),
    ],
)
def test_the_newest_step_that_is_due_is_taken(taken, now, expected):
    decision = decided(case(*taken), now, PAYS)

    assert (decision.step, decision.action) == (expected, LADDER.steps[expected].action)


def test_a_policy_without_notices_does_what_it_says():
    bare = policy((5, "suspend"))

    assert decided(case(), at(7), said=bare).action is Action.SUSPEND


@pytest.mark.parametrize(
    ("given_case", "now", "until", "why"),
    [
        (case(), at(1, "08:59"), at(1, "09:00"), "day 0: remind"),
        (case(), at(1, "19:00"), at(2, "09:00"), "not at these hours"),
        (case((0, 1)), at(1, "12:00"), at(4, "09:00"), "day 3: retry_charge"),
        (case((0, 4)), at(4, "12:00"), at(5, "09:00"), "one step a day"),
        (case(hold=Hold(kind=HoldKind.PROMISE, until=at(9))), at(8), at(9), "the customer promised to pay"),
        (
            case(hold=Hold(kind=HoldKind.OPERATOR, until=None)),
            at(8),
            at(8, "11:00"),
            "an operator holds it",
        ),
    ],
)
def test_what_is_waited_for_has_an_end_and_a_reason(given_case, now, until, why):
    assert decided(given_case, now) == Wait(until=until, why=why)


@pytest.mark.parametrize(
    ("truth", "wait_min", "why"),
    [
        (Truth(balance_minor=1, held=True), 60, "the customer is held"),
        (Truth(balance_minor=1, disputed=True), 60, "a payment is disputed"),
        (Truth(balance_minor=1, charging=True), 60, "a charge has not ended yet"),
        (Truth(balance_minor=1, unclear="stripe is away"), 1, "stripe is away"),
    ],
)
def test_nothing_is_done_while_money_may_be_on_its_way(truth, wait_min, why):
    assert decided(case(), at(1), truth) == Wait(until=at(1) + timedelta(minutes=wait_min), why=why)


def test_a_promise_that_has_passed_holds_no_longer():
    kept = case(hold=Hold(kind=HoldKind.PROMISE, until=at(8)))

    assert decided(kept, at(8)).action is Action.FINAL_NOTICE


@pytest.mark.parametrize(
    ("truth", "status"),
    [
        (Truth(balance_minor=0), CaseStatus.RECOVERED),
        (Truth(balance_minor=0, unclear="stripe is away", disputed=True), CaseStatus.RECOVERED),
        (Truth(balance_minor=0, given_up=True), CaseStatus.EXHAUSTED),
        (Truth(balance_minor=5, closed=True), CaseStatus.CANCELED),
    ],
)
def test_a_case_ends_with_the_debt(truth, status):
    decision = decided(case(hold=Hold(kind=HoldKind.OPERATOR, until=None)), at(1), truth)

    assert isinstance(decision, Done)
    assert decision.status is status


def test_a_case_whose_steps_are_all_taken_is_exhausted():
    assert decided(case((0, 1), (3, 15)), at(20)).status is CaseStatus.EXHAUSTED


@pytest.mark.parametrize(
    ("charge", "expected"),
    [
        (Allowed(), Take(step=1, action=Action.RETRY_CHARGE, why="day 3")),
        (NoticeFirst(), Take(step=1, action=Action.DEBIT_NOTICE, why="day 3: told a day before")),
        (Forbidden("no card"), Take(step=1, action=Action.REMIND, why="day 3: no card")),
        (NotBefore(at(5), "too often"), Wait(until=at(5), why="too often")),
        (NotBefore(at(25), "too often"), Wait(until=at(8, "09:00"), why="too often")),
    ],
)
def test_a_charge_follows_the_law(charge, expected):
    assert decided(case((0, 1)), at(4), Truth(balance_minor=1, charge=charge)) == expected


def test_a_charge_that_may_only_be_made_after_the_last_step_waits_for_itself():
    last = policy((0, "remind"), (3, "retry_charge"))
    wait = NotBefore(at(25), "too often")

    assert decided(case((0, 1)), at(4), Truth(balance_minor=1, charge=wait), last).until == at(25)


def test_after_the_notice_of_a_charge_the_charge_is_still_to_come():
    told = Taken(step=1, action=Action.DEBIT_NOTICE, day=date(2026, 11, 4))
    noticed = Case(anchor_on=DUE, zone=ZoneInfo("UTC"), taken=(told,))

    assert decided(noticed, at(5), PAYS).action is Action.RETRY_CHARGE


@pytest.mark.parametrize("now", [at(2, "03:00"), at(1, "12:00")])
def test_a_new_card_is_charged_at_once(now):
    truth = Truth(balance_minor=1, charge=Allowed(), new_card=True)

    assert decided(case((0, 1)), now, truth) == Take(step=None, action=Action.RETRY_CHARGE, why="a new card")
    assert decided(case((0, 1), (None, 2)), at(2), truth).action is Action.RETRY_CHARGE


def test_a_new_card_is_not_charged_where_the_policy_or_the_law_forbids():
    new = Truth(balance_minor=1, charge=Allowed(), new_card=True)
    never = policy((0, "remind"), (3, "remind"), head="retry_on_new_card = false")
    forbidden = Truth(balance_minor=1, charge=NoticeFirst(), new_card=True)

    assert isinstance(decided(case((0, 1)), at(2), new, never), Wait)
    assert isinstance(decided(case((0, 1)), at(2), forbidden), Wait)


def test_a_new_card_waits_for_the_truth_too():
    unclear = Truth(balance_minor=1, charge=Allowed(), new_card=True, unclear="events are waiting")

    assert isinstance(decided(case((0, 1)), at(2), unclear), Wait)


def test_no_fee_is_taken_for_being_late_with_a_fee():
    fees = policy((0, "remind"), (1, "late_fee"), (2, "remind"), hours="[late_fees]\nINR = 1\n")

    assert decided(case((0, 1)), at(5), said=fees).step == 2
    late = policy((0, "remind"), (9, "late_fee"), hours="[late_fees]\nINR = 1\n")
    assert decided(case((0, 1), spares_fee=True), at(20), said=late).status is CaseStatus.EXHAUSTED


# -- whatever happens


TRUTHS = st.builds(
    Truth,
    balance_minor=st.sampled_from([100_00] * 6 + [0]),
    disputed=st.sampled_from([False] * 4 + [True]),
    charging=st.sampled_from([False] * 4 + [True]),
    unclear=st.sampled_from([None] * 3 + ["a gateway is away"]),
    charge=st.sampled_from([Allowed(), NoticeFirst(), Forbidden("no"), NotBefore(at(28), "wait")]),
    new_card=st.sampled_from([False] * 4 + [True]),
)
MOMENTS = st.lists(st.tuples(st.integers(1, 60 * 24 * 4), TRUTHS), max_size=60)
STANDARD = read_policy(DEFAULT)


@given(moments=MOMENTS, country=st.sampled_from(["IN", "GB", "US"]))
def test_no_history_dunns_twice_a_day_at_night_or_one_who_has_paid(moments, country):
    zone, now = STANDARD.zone_of(country), at(1, "00:00", month=10)
    known = Case(anchor_on=date(2026, 10, 1), zone=zone)
    steps = []
    for wait_min, truth in moments:
        now += timedelta(minutes=wait_min)
        decision = next_step(known, STANDARD, now, truth)
        if isinstance(decision, Wait):
            assert decision.until > now
            assert decision.until.tzinfo is UTC
        if isinstance(decision, Done):
            assert truth.balance_minor == 0 or len(steps) > 0
            continue
        if isinstance(decision, Take):
            assert truth.balance_minor > 0
            assert (truth.unclear, truth.disputed, truth.charging) == (None, False, False)
            taken = Taken(step=decision.step, action=decision.action, day=day_of(now, zone))
            known = Case(anchor_on=known.anchor_on, zone=zone, taken=(*known.taken, taken))
            if decision.step is not None:
                assert is_open(STANDARD.hours, zone, now)
                assert step_at(known, STANDARD, decision.step) <= now
                steps.append(taken)

    assert len({taken.day for taken in steps}) == len(steps)
    counted = [taken.step for taken in steps if taken.action is not Action.DEBIT_NOTICE]
    assert counted == sorted(set(counted))
