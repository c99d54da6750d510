"""How long papers are kept, by country: nothing younger is ever given up."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.retention import DAYS, YEARS_MIN, Kept, papers_until, years_of


@pytest.mark.parametrize(
    ("country", "issued", "until"),
    [
        ("IN", date(2026, 4, 1), date(2034, 12, 31)),
        ("DE", date(2026, 12, 31), date(2036, 12, 31)),
        ("GB", date(2026, 1, 1), date(2033, 12, 31)),
        (None, date(2028, 2, 29), date(2035, 12, 31)),
    ],
)
def test_papers_are_kept_to_the_end_of_a_year(country, issued, until):
    assert papers_until(issued, country) == until


@given(st.dates(date(2000, 1, 1), date(2200, 1, 1)), st.sampled_from(["IN", "DE", "FR", "US", "XX", None]))
def test_no_paper_is_given_up_before_the_least_number_of_years(issued, country):
    assert papers_until(issued, country) - issued >= timedelta(days=365 * YEARS_MIN)
    assert years_of(country) >= YEARS_MIN


def test_everything_that_is_forgotten_has_a_number_of_days():
    assert DAYS.keys() == set(Kept)
