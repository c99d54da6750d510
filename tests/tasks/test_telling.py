"""What gateways say of subscriptions and saved cards is told to their owners: each word once."""

from datetime import timedelta

import pytest
from psycopg.types.json import Jsonb

from bursar.clock import utc_now
from bursar.ids import new_id
from models.queries import registers
from tasks.emails import send_emails
from tasks.telling import tell_of_registers
from tests.support.factories import execute, link_gateway_customer, make_customer, make_plan, rows
from tests.tasks.steps import broken, twice

ACCOUNT = "toy:test"


@pytest.fixture
def customer(var):
    customer = make_customer(email="student@example.com")
    link_gateway_customer(customer, "toy_cus_1", account=ACCOUNT)
    return customer


@pytest.fixture
def subscription_id(customer):
    """A monthly subscription that the gateway began."""
    make_plan("monthly", ("INR", ACCOUNT, "price_m"))
    make_plan("yearly", ("INR", ACCOUNT, "price_y"))
    row_id = new_id()
    execute(
        """INSERT INTO subscriptions (id, customer_id, price_id, gateway_account, external_id, requested_by)
           SELECT %s, %s, id, %s, 'sub_1', 'test' FROM prices WHERE external_id = 'price_m'""",
        row_id,
        customer.id,
        ACCOUNT,
    )
    return row_id


def said(kind, external_id, status, **data):
    """The gateway's latest word about an object."""
    execute(
        """INSERT INTO gateway_objects (id, gateway_account, kind, external_id, status, data, rank, event_key)
           VALUES (%s, %s, %s, %s, %s, %s, 0, 'k')
           ON CONFLICT (gateway_account, external_id, kind)
           DO UPDATE SET status = excluded.status, data = excluded.data, updated_at = now()""",
        new_id(),
        ACCOUNT,
        kind,
        external_id,
        status,
        Jsonb(data),
    )


def told():
    return rows("SELECT kind, said ->> 'plan' FROM emails ORDER BY id")


def test_a_subscription_that_ended_is_told_once(subscription_id):
    said("subscription", "sub_1", "active", plans=["price_m"])
    tell_of_registers()
    assert told() == []

    said("subscription", "sub_1", "canceled", plans=["price_m"])
    twice(tell_of_registers)
    send_emails()

    assert told() == [("subscription.canceled", "Monthly")]
    assert broken() == []


def test_one_that_will_end_is_told_with_its_last_day_and_not_again_when_it_does(subscription_id):
    said("subscription", "sub_1", "active", cancel_at_period_end=True, period_end="2026-12-24T00:00:00Z")
    tell_of_registers()
    said("subscription", "sub_1", "canceled")
    tell_of_registers()

    assert rows("SELECT said ->> 'ends_on' FROM emails") == [("2026-12-24",)]


def test_each_change_of_plan_is_told_also_the_way_back(subscription_id):
    for price in ("price_m", "price_y", "price_y", "price_m"):
        said("subscription", "sub_1", "active", plans=[price])
        twice(tell_of_registers)

    assert told() == [("plan.changed", "Yearly"), ("plan.changed", "Monthly")]
    assert rows("SELECT said ->> 'plan_before' FROM emails ORDER BY id") == [("Monthly",), ("Yearly",)]


def test_old_news_are_none(subscription_id):
    said("subscription", "sub_1", "canceled", plans=["price_m"])
    execute(
        "UPDATE gateway_objects SET updated_at = now() - make_interval(days => %s)", registers.NEWS_MAX_DAYS
    )

    tell_of_registers()

    assert told() == []


@pytest.mark.parametrize(
    ("ahead_days", "status", "count"), [(0, "attached", 1), (0, "detached", 0), (80, "attached", 0)]
)
def test_a_card_that_ends_soon_is_told_once_per_month(customer, ahead_days, status, count):
    ends = utc_now() + timedelta(days=ahead_days)
    card = {"gateway_customer": "toy_cus_1", "brand": "visa", "last4": "4242"}
    said("payment_method", "pm_1", status, expires=[ends.year, ends.month], **card)

    twice(tell_of_registers)
    send_emails()

    assert rows("SELECT said ->> 'card' FROM emails") == [("Visa ending in 4242",)] * count
    assert broken() == []
