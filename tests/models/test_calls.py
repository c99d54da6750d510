"""What of a call waits for the disk: all of it, but for its claim and what may be forgotten of a page."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bursar.gateways.api.requests import Charge, CreateCheckout, Purpose
from bursar.ids import new_id
from bursar.rules.calling import PAGES, CallOutcome, Operation
from models.kinds import GATEWAY_CALLS
from models.queries import calls
from models.session import transaction
from models.work import claim
from tasks.asking import begin_call, enqueue_call
from tests.support.factories import make_customer, rows

PAGE = CreateCheckout(
    checkout="c1",
    purpose=Purpose(),
    amount_minor=1_00,
    currency="INR",
    description="fees",
    expires_at=datetime(2026, 11, 21, tzinfo=UTC),
    return_url="https://school.example/paid",
    cancel_url="https://school.example/paid",
)
CHARGE = Charge(
    charge="c1",
    purpose=Purpose(),
    amount_minor=1_00,
    currency="INR",
    description="fees",
    customer="toy_cus_1",
    payment_method="toy_pm_1",
)


@pytest.fixture
def subject(database_url):
    return f"checkout:{new_id()}"


def waits_for_the_disk(session):
    return session.scalar(text("SHOW synchronous_commit")) == "on"


def enqueue(request, subject):
    with transaction() as session:
        return enqueue_call(session, "toy:test", subject, request)


@pytest.mark.parametrize(("request_", "durable"), [(CHARGE, True), (PAGE, False)], ids=["charge", "page"])
def test_sending_and_the_answer_of_a_page_may_be_forgotten_and_of_nothing_else(subject, request_, durable):
    call_id = enqueue(request_, subject)
    held = claim(GATEWAY_CALLS, [call_id])

    with transaction() as session:
        assert calls.begin(session, held, call_id).key == calls.key_of(call_id)
        assert waits_for_the_disk(session) == durable
    with transaction() as session:
        assert calls.close(session, held, call_id, CallOutcome.ANSWERED)
        assert waits_for_the_disk(session) == durable


def test_only_pages_may_be_forgotten():
    assert {Operation.CREATE_CHECKOUT} == PAGES


def test_a_wish_is_on_the_disk_with_its_call_begun_before_anything_is_sent(subject):
    customer = make_customer()

    with transaction() as session:
        begun = begin_call(session, "toy:test", subject, PAGE, customer.id)
        assert waits_for_the_disk(session)

    columns = "id, state, outcome, tries, n, claim_token, key, lease_until > now(), sent_at IS NOT NULL"
    assert rows(f"SELECT {columns} FROM gateway_calls") == [
        (begun.id, "running", "sending", 1, 1, begun.token, calls.key_of(begun.id), True, True)
    ]
    assert claim(GATEWAY_CALLS).rows == []


def test_who_lost_his_claim_begins_and_ends_nothing(subject):
    call_id = enqueue(PAGE, subject)
    held = claim(GATEWAY_CALLS, [])
    lost = type(held)(new_id(), held.rows)

    with transaction() as session:
        assert calls.begin(session, lost, call_id) is None
        assert not calls.close(session, lost, call_id, CallOutcome.ANSWERED)
