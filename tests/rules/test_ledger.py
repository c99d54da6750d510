from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Broken
from bursar.rules.ledger import (
    RECEIVABLE,
    CauseType,
    EntryKind,
    Leg,
    entry,
    gateway_account,
    revenue_account,
    tax_part,
)
from tests.rules.make import an_id

CAUSE = (CauseType.PAYMENT, an_id(1), EntryKind.CAPTURED)


def test_an_entry_keeps_the_legs_that_are_not_zero():
    came, owed = Leg("gateway:x", 5, "INR"), Leg(RECEIVABLE, -5, "INR")

    made = entry(*CAUSE, [came, Leg("nothing", 0, "INR"), owed], policy="priority/1")

    assert made.legs == (came, owed)
    assert (made.cause_type, made.cause_id, made.kind, made.policy) == (*CAUSE, "priority/1")


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [Leg("a", 0, "INR")],
        [Leg("a", 1, "INR")],
        [Leg("a", 5, "INR"), Leg("b", -4, "INR")],
        [Leg("a", 5, "INR"), Leg("b", -5, "USD")],
        [Leg("a", 5, "INR"), Leg("b", -5, "INR"), Leg("c", 1, "USD")],
    ],
    ids=["empty", "zero", "single", "uneven", "two currencies", "one currency uneven"],
)
def test_an_entry_that_does_not_balance_in_every_currency_is_refused(legs):
    with pytest.raises(Broken, match="balance"):
        entry(*CAUSE, legs)


def test_accounts_are_named_after_what_they_hold():
    assert gateway_account("stripe:live") == "gateway:stripe:live"
    assert revenue_account("tuition") == "revenue:tuition"


@pytest.mark.parametrize(
    ("amount_minor", "tax_minor"), [(0, 0), (1, 0), (58, 8), (59, 9), (117, 17), (118, 18)]
)
def test_the_tax_in_part_of_a_line_is_rounded_down(amount_minor, tax_minor):
    assert tax_part(amount_minor, gross_minor=118, tax_minor=18) == tax_minor


@given(gross_minor=st.integers(1, 500), data=st.data())
def test_the_tax_of_all_parts_is_the_tax_of_the_whole(gross_minor, data):
    tax_minor = data.draw(st.integers(0, gross_minor))
    cuts = sorted(data.draw(st.sets(st.integers(0, gross_minor))) | {0, gross_minor})

    upto = [tax_part(cut, gross_minor=gross_minor, tax_minor=tax_minor) for cut in cuts]
    parts = [after - before for before, after in pairwise(upto)]

    assert sum(parts) == tax_minor
    assert all(0 <= part <= b - a for part, (a, b) in zip(parts, pairwise(cuts), strict=True))
