from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.accounts import WORDS, Movement, account, balances
from bursar.rules.ledger import EntryKind

APRIL, JUNE = date(2026, 4, 1), date(2026, 6, 30)


def charged(on, minor, kind=EntryKind.ISSUED):
    return Movement(on, kind, "INV/26-27/000001", minor, 0)


def credited(on, minor, kind=EntryKind.CAPTURED):
    return Movement(on, kind, "RCT/26-27/000001", 0, minor)


def test_what_was_before_is_the_opening_balance_and_what_came_after_is_left_out():
    told = account(
        [
            charged(APRIL - timedelta(1), 500_00),
            charged(APRIL, 100_00),
            credited(JUNE, 300_00),
            credited(JUNE + timedelta(1), 999_00),
        ],
        APRIL,
        JUNE,
    )

    assert (told.opening_minor, told.closing_minor) == (500_00, 300_00)
    assert balances(told) == [600_00, 300_00]


def test_credit_that_only_changes_its_place_is_not_told_and_a_refund_that_cancels_is():
    applied = Movement(APRIL, EntryKind.MOVED, "", 50_00, 50_00)
    moved_in = Movement(APRIL, EntryKind.MOVED, "", 20_00, 50_00)
    moved_out = Movement(APRIL, EntryKind.MOVED, "", 50_00, 20_00)
    refunded = Movement(APRIL, EntryKind.REFUNDED, "", 40_00, 40_00)

    told = account([applied, moved_in, moved_out, refunded], APRIL, JUNE)

    assert [(each.kind, each.charged_minor, each.credited_minor) for each in told.movements] == [
        (EntryKind.MOVED, 0, 30_00),
        (EntryKind.MOVED, 30_00, 0),
        (EntryKind.REFUNDED, 40_00, 40_00),
    ]


def test_every_kind_of_entry_has_a_name():
    assert set(WORDS) == set(EntryKind)


@given(
    st.lists(
        st.builds(
            Movement,
            st.dates(date(2026, 1, 1), date(2026, 12, 31)),
            st.sampled_from(EntryKind),
            st.just(""),
            st.integers(0, 10**9),
            st.integers(0, 10**9),
        )
    )
)
def test_two_spans_that_meet_agree_on_the_balance_between_them(movements):
    first = account(movements, date(2026, 1, 1), APRIL)
    second = account(movements, APRIL + timedelta(1), date(2026, 12, 31))

    assert first.opening_minor == 0
    assert first.closing_minor == second.opening_minor
    assert second.closing_minor == sum(each.charged_minor - each.credited_minor for each in movements)
    assert ([*balances(first)] or [first.opening_minor])[-1] == first.closing_minor
