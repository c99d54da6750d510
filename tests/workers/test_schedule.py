"""What beat wakes, and how often."""

from datetime import timedelta

import pytest

from workers.schedule import TICK_EVERY_S, periodic


@pytest.mark.parametrize("every_s", [0.1, 1, 10, 60])
def test_the_sweep_comes_as_often_as_configured(every_s):
    sweep = periodic(sweep_every_s=every_s)["sweep"]

    assert sweep["task"] == "maintenance.sweep"
    assert sweep["schedule"] == timedelta(seconds=every_s)


def test_the_tick_comes_every_minute():
    assert periodic(sweep_every_s=10)["tick"]["schedule"] == timedelta(seconds=TICK_EVERY_S)


def test_a_tick_that_waited_longer_than_its_period_is_dropped_but_has_a_second_at_least():
    assert periodic(sweep_every_s=10)["sweep"]["options"] == {"queue": "control", "expires": 10}
    assert periodic(sweep_every_s=0.1)["sweep"]["options"]["expires"] == 1
