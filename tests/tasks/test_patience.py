import pytest

from bursar.rules.calling import Operation
from tasks.patience import PATIENCE, gives_up


@pytest.mark.parametrize(
    ("operation", "hours"), [(Operation.CAPTURE, 3), (Operation.REFUND, 6), (Operation.FETCH, 72)]
)
def test_a_call_is_given_up_when_its_time_and_its_tries_are_used_up(operation, hours):
    tries, age_s = PATIENCE[operation].tries, hours * 3600

    assert gives_up(operation, tries, age_s)
    assert not gives_up(operation, tries - 1, age_s)
    assert not gives_up(operation, tries, age_s - 1)
