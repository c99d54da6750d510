"""Mails to one domain keep a pace; waiting for it is no failure."""

import fakeredis
import pytest

from bursar.gateways.health import connection
from bursar.gateways.health.connection import SharedRedis
from bursar.ids import new_id
from bursar.rules.consequences import MailKind
from bursar.sandbox.mails import SAMPLES
from models.session import transaction
from tasks import pacing
from tasks.emails import send_emails
from tasks.mailing import NewMail, enqueue_mails
from tests.support.factories import make_customer, rows
from tests.tasks.steps import broken

PACE = 2


@pytest.fixture
def shared(var, configure, monkeypatch):
    """A Redis of this test's own."""
    configure(BURSAR_MAILS_PER_DOMAIN_PER_MIN=str(PACE))
    shared = SharedRedis(fakeredis.FakeRedis(decode_responses=True))
    monkeypatch.setattr(pacing, "shared_redis", lambda _: shared)


def reserve(*addresses):
    kind = MailKind.PLAN_CHANGED
    with transaction() as session:
        for address in addresses:
            customer = make_customer(email=address)
            new = NewMail(kind=kind, customer_id=customer.id, subject_id=new_id(), values=SAMPLES[kind])
            enqueue_mails(session, [new])


def test_beyond_its_share_a_domain_waits_while_others_get_theirs(shared):
    reserve(*[f"student{n}@big.example" for n in range(PACE)], "a@BIG.example", "b@other.example")

    send_emails()

    told = rows(
        """SELECT c.email, e.state, e.failures, e.copies, e.not_before > now() + interval '5 seconds'
           FROM emails e JOIN customers c ON c.id = e.customer_id WHERE e.state <> 'done'"""
    )
    assert told == [("a@BIG.example", "pending", 0, 0, True)]
    assert broken() == []


def test_without_redis_everything_goes(var, configure, monkeypatch):
    configure(BURSAR_MAILS_PER_DOMAIN_PER_MIN="1")
    monkeypatch.setattr(pacing, "shared_redis", lambda _: connection.SharedRedis(None))
    reserve("a@big.example", "b@big.example")

    send_emails()

    assert rows("SELECT DISTINCT state FROM emails") == [("done",)]
