"""Hosts hear what changed: signed, at least once, what is true by then, and nothing about persons."""

import json

import pytest
import redis
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bursar.errors import Misconfigured
from bursar.settings import load
from models.kinds import NOTIFICATIONS
from models.work import claim
from tasks.maintenance import sweep
from tasks.notifications import ALARM_FAILURES, send_notifications
from tests.sandbox.fake.receiving import receiving
from tests.support.factories import execute, make_customer, make_invoice, make_track, rows, value
from tests.tasks.steps import hurry, paid, refunded, tell, twice

OLD, NEW = "whsec_" + "b2xk" * 12, "whsec_" + "bmV3" * 12


@pytest.fixture
def host(configure):
    """A host that listens, and knows our secret."""
    with receiving() as receiver:
        configure(BURSAR_HOST_URL=receiver.url, BURSAR_HOST_SECRET=NEW)
        yield receiver


def enroll(payment: str = "pi_1", **person):
    invoice = make_invoice(make_customer(**person), [1000_00], track=make_track(currency="INR"))
    tell(paid(payment=payment, invoice=invoice))
    return invoice


def told(host) -> list[dict]:
    return [json.loads(each.body) for each in host.deliveries]


def states() -> list[tuple]:
    return rows("SELECT state, failures > 0 FROM notifications ORDER BY id")


def test_a_host_hears_once_of_an_enrollment_that_opened(host):
    enroll()

    twice(send_notifications)

    [notice] = told(host)
    [(enrollment, customer, track)] = rows(
        """SELECT e.id::text, c.external_ref, t.slug FROM enrollments e
           JOIN customers c ON c.id = e.customer_id JOIN tracks t ON t.id = e.track_id"""
    )
    assert notice["type"] == "enrollment.changed"
    assert notice["data"] == {
        "enrollment": enrollment,
        "customer": customer,
        "track": track,
        "state": "active",
    }
    assert states() == [("done", False)]


def test_what_a_host_hears_is_signed_with_every_secret_of_a_change(host, configure):
    configure(BURSAR_HOST_SECRET=f"{NEW},{OLD}")
    enroll()

    send_notifications()

    [delivery] = host.deliveries
    assert Webhook(NEW).verify(delivery.body, delivery.headers)["type"] == "enrollment.changed"
    assert Webhook(OLD).verify(delivery.body, delivery.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(delivery.body + b" ", delivery.headers)


def test_nothing_about_a_person_is_told(host):
    enroll(name="Student Secret", email="secret@school.example")

    send_notifications()

    [delivery] = host.deliveries
    assert b"ecret" not in delivery.body


def test_without_a_host_nothing_is_kept_for_one():
    enroll()

    assert value("SELECT count(*) FROM notifications") == 0


@pytest.mark.parametrize("status", [301, 400, 410, 429, 500])
def test_anything_but_success_is_told_again_under_the_same_id(host, status):
    host.statuses[:] = [status]
    enroll()

    send_notifications()
    refused = states()
    hurry("notifications")
    send_notifications()

    assert refused == [("pending", True)]
    assert states() == [("done", True)]
    first, second = (each.headers["webhook-id"] for each in host.deliveries)
    assert first == second


def test_a_host_that_was_away_hears_what_is_true_by_then(host):
    host.statuses[:] = [503]
    enroll("pi_1")
    send_notifications()

    tell(refunded("pi_1", 1000_00))
    hurry("notifications")
    send_notifications()

    assert [each["data"]["state"] for each in told(host)] == ["active", "withdrawn"]
    assert states() == [("done", True)]


def test_a_worker_that_died_after_telling_tells_again(host):
    enroll()
    claim(NOTIFICATIONS)
    execute("UPDATE notifications SET lease_until = now() - interval '1 s'")

    sweep()
    hurry("notifications")
    send_notifications()

    assert states() == [("done", False)]
    assert len(host.deliveries) == 1


def test_a_person_learns_that_the_host_is_away_and_that_it_is_back(host):
    host.statuses[:] = [500] * ALARM_FAILURES
    enroll()

    for _ in range(ALARM_FAILURES):
        send_notifications()
        hurry("notifications")
    [(detail,)] = rows("SELECT detail FROM breaks WHERE kind = 'host_away' AND resolved_at IS NULL")
    send_notifications()

    assert "the host answered 500" in detail
    assert rows("SELECT resolution FROM breaks WHERE kind = 'host_away'") == [("the host answers again",)]
    assert states() == [("done", True)]


def test_a_host_that_listens_nowhere_is_asked_again_later(configure):
    configure(BURSAR_HOST_URL="http://127.0.0.1:1/bursar", BURSAR_HOST_SECRET=NEW)
    enroll()

    send_notifications()

    assert rows("SELECT state, error_class, error FROM notifications") == [
        ("pending", "HostAway", "the host did not answer: ConnectError")
    ]


def test_a_host_may_be_told_by_a_task_of_its_own(configure, broker_url):
    configure(BURSAR_HOST_TASK="school.enrollment_changed", BURSAR_HOST_QUEUE="school")
    enroll()

    send_notifications()

    with redis.Redis.from_url(broker_url) as client:
        [message] = [json.loads(each) for each in client.lrange("bursar:school", 0, -1)]
    assert message["headers"]["task"] == "school.enrollment_changed"
    assert message["headers"]["expires"] is None
    assert states() == [("done", False)]


def test_a_broker_that_is_away_costs_the_host_nothing(configure):
    configure(BURSAR_HOST_TASK="school.enrollment_changed")
    enroll()

    send_notifications()

    assert rows("SELECT state, error_class FROM notifications") == [("pending", "HostAway")]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"BURSAR_HOST_URL": "school", "BURSAR_HOST_SECRET": NEW}, "whole URL"),
        (
            {"BURSAR_HOST_URL": "http://school.example", "BURSAR_HOST_SECRET": "secret"},
            "BURSAR_HOST_SECRET must be",
        ),
        (
            {"BURSAR_HOST_URL": "http://school.example", "BURSAR_HOST_SECRET": "whsec_c2hvcnQ="},
            "random bytes",
        ),
        (
            {"BURSAR_HOST_URL": "http://school.example", "BURSAR_HOST_SECRET": f"{NEW},{OLD},{OLD}"},
            "at most 2",
        ),
        (
            {"BURSAR_HOST_URL": "http://school.example", "BURSAR_HOST_SECRET": NEW, "BURSAR_MODE": "live"},
            "begin with https://",
        ),
        ({"BURSAR_HOST_URL": "https://school.example"}, "needs BURSAR_HOST_SECRET"),
        ({"BURSAR_HOST_URL": "https://a", "BURSAR_HOST_SECRET": NEW, "BURSAR_HOST_TASK": "t"}, "not both"),
        ({}, "set BURSAR_HOST_URL or BURSAR_HOST_TASK again"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_is_claimed(configure, values, why):
    execute(
        "INSERT INTO notifications (id, kind, subject_id) VALUES (gen_random_uuid(), 'enrollment.changed', "
        "gen_random_uuid())"
    )

    configure(**values)
    with pytest.raises(Misconfigured, match=why):
        send_notifications()

    configure(**dict.fromkeys(values, ""))
    load.cache_clear()
    assert states() == [("pending", False)]
