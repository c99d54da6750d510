"""`bursar notifications`: what hosts must be told, and whether they listen."""

import json

import pytest

from tests.sandbox.fake.receiving import receiving
from tests.support.factories import execute

SECRET = "whsec_" + "b2xk" * 12


@pytest.fixture
def host(database_url, variables):
    with receiving() as receiver:
        variables(BURSAR_HOST_URL=receiver.url, BURSAR_HOST_SECRET=SECRET)
        yield receiver


def test_a_host_can_be_tried_without_a_customer(bursar, host):
    said = bursar("notifications", "test")
    told = bursar("notifications", "test", "--json")

    assert "the host took notice" in said.out
    assert told.json["taken"]
    assert json.loads(host.deliveries[-1].body)["data"]["customer"] == "bursar-test"


def test_a_host_that_refuses_is_away(bursar, host):
    host.statuses[:] = [401]

    answer = bursar("notifications", "test")

    assert answer.code == 5
    assert "the host answered 401" in answer.err


def test_what_must_still_be_told_is_listed(bursar, host):
    execute(
        """INSERT INTO notifications (id, kind, subject_id, failures, error)
           VALUES (gen_random_uuid(), 'enrollment.changed', gen_random_uuid(), 3, 'the host answered 500')"""
    )

    [listed] = bursar("notifications", "list", "--state", "pending", "--json").jsonl

    assert (listed["kind"], listed["failures"], listed["error"]) == (
        "enrollment.changed",
        3,
        "the host answered 500",
    )
    assert "the host answered 500" in bursar("notifications", "list").out
    assert bursar("notifications", "list", "--state", "done", "--json").out == ""
    assert bursar("notifications", "list", "--state", "odd").code == 2
