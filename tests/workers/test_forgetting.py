"""Dying while persons are forgotten: each is forgotten once and wholly."""

import signal

import pytest

from tasks.customers import erase_customers
from tasks.erasure import request_erasure
from tests.support.factories import make_customer, rows
from tests.tasks.steps import broken
from tests.workers.crash_days import die_at
from tests.workers.test_crashpoints import FORGETTING, environment

__all__ = ["environment"]


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", FORGETTING)
def test_who_dies_while_forgetting_forgets_everybody_in_the_end(point, hit, environment):
    people = sorted(make_customer(name=f"Student {n}").id for n in range(3))
    for each in people:
        request_erasure(each, by="desk", reason="asked to")

    ended = die_at(point, hit, "forgetting", people, environment)
    erase_customers()

    assert ended == -signal.SIGKILL
    assert rows("SELECT count(*) FROM customers WHERE erased_at IS NULL OR name LIKE 'Student%%'") == [(0,)]
    assert rows(
        "SELECT subject_id, count(*) FROM audit_log WHERE action = 'customer.erased' GROUP BY 1 ORDER BY 1"
    ) == [(each, 1) for each in people]
    assert broken(grace_s=0) == []
