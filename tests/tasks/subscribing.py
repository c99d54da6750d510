"""What tests of subscriptions begin with: two plans at the toy, a payer, and one that was paid."""

import pytest

from models.queries import subscriptions
from models.session import transaction
from tasks.events import apply_events
from tasks.subscriptions import Start, start
from tests.support.factories import link_gateway_customer, make_customer, make_plan, value
from tests.support.toy.subscriptions import told
from tests.tasks.steps import tell


@pytest.fixture
def payer(toy):
    make_plan("basic", ("INR", "toy:test", "price_basic"))
    make_plan("gold", ("INR", "toy:test", "price_gold"))
    customer = make_customer()
    link_gateway_customer(customer, "toy_cus_kept", account="toy:test")
    return customer


@pytest.fixture
def running(toy, payer):
    """A subscription whose payer has paid."""
    made = start(Start(customer_id=payer.id, plan="basic"), here=True)
    activate(toy, made)
    return made


def activate(toy, subscription_id, status="active"):
    """The toy posts a webhook."""
    external_id = value("SELECT external_id FROM subscriptions WHERE id = %s", subscription_id)
    tell(told(toy, external_id, status=status, id=f"evt_{external_id}_{status}").document, gateway="toy")


def standing(subscription_id):
    apply_events()
    with transaction() as session:
        return subscriptions.get(session, subscription_id)


def asked(api, kind):
    return [request for _, request in api.sent if isinstance(request, kind)]
