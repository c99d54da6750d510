from datetime import UTC, datetime, timedelta

import pytest

from bursar.errors import Refused
from bursar.sandbox.fake.clock import ADVANCE_S_MAX, FakeClock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_time_runs_with_the_clock_it_was_given_and_can_be_moved_ahead():
    clock = FakeClock(lambda: NOON)

    clock.advance(90)

    assert clock.now() == NOON + timedelta(seconds=90)
    assert clock.unix_s() == int(NOON.timestamp()) + 90


@pytest.mark.parametrize("seconds", [-1, ADVANCE_S_MAX + 1, float("nan")])
def test_time_goes_neither_back_nor_too_far(seconds):
    clock = FakeClock(lambda: NOON)

    with pytest.raises(Refused, match="seconds"):
        clock.advance(seconds)

    assert clock.now() == NOON
