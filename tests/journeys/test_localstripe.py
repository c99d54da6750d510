"""A Stripe that nobody here wrote: its signed webhooks are received and applied, its answers understood.

It sends no word of a refund and refuses the expansions that we ask for with one: its charge tells of it.
"""

import httpx
import pytest
import stripe

from bursar.gateways.api.requests import Fetch
from bursar.sandbox.stage import count
from models.queries import invariants
from models.session import transaction
from tasks.asking import enqueue_call
from tests.journeys.conftest import MONEY
from tests.journeys.played import Played, at_home, opened_stage
from tests.support import localstripe
from tests.support.factories import link_gateway_customer, make_customer, make_invoice, rows
from workers.publish import wake_by_name

pytestmark = pytest.mark.journey

HEARD = """SELECT type, state FROM gateway_events WHERE source = 'webhook' AND state IN ('done', 'dead')
  AND type IN ('customer.created', 'payment_intent.succeeded')"""
KEY = "sk_test_localstripe"
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


@pytest.fixture
def foreign(tmp_path):
    with localstripe.serving(tmp_path / "localstripe.log") as url:
        yield url


@pytest.fixture
def house(tmp_path, foreign, monkeypatch):
    """Receiver and workers that know no other Stripe."""
    variables = {"STRIPE_SECRET_KEY": KEY, "BURSAR_STRIPE_URL": foreign}
    with (
        opened_stage(tmp_path / "var", (*MONEY, "worker-gateway"), env=variables) as stage,
        at_home(Played(stage, None), monkeypatch) as house,
    ):
        yield house


@pytest.fixture
def v1(house, foreign):
    """The foreign Stripe as somebody at its dashboard talks to it; it posts to our receiver."""
    hook = {"url": f"{house.stage.url}/webhooks/stripe", "secret": house.stage.secrets["stripe"].decode()}
    httpx.post(f"{foreign}/_config/webhooks/bursar", json=hook, trust_env=False).raise_for_status()
    return stripe.StripeClient(KEY, base_addresses={"api": foreign}).v1


def test_a_payment_at_a_foreign_stripe_is_heard_and_its_refund_is_seen_when_it_is_looked_at(house, v1):
    learner = make_customer()
    invoice = str(make_invoice(learner, [100_00], currency="USD"))

    intent = _pay(v1, learner)
    charge = intent.latest_charge.id  # always expanded there
    house.until(lambda: house.open_minor(invoice) == 0)
    house.until(lambda: count(f"SELECT count(*) FROM ({HEARD}) heard") == 2)
    paid = rows("SELECT gateway_payment_id, amount_minor, status, refunded_minor FROM payments")
    v1.refunds.create({"charge": charge, "amount": 30_00})
    _look_at("charge", charge)
    house.until(lambda: rows("SELECT FROM refunds"))

    assert dict(rows(HEARD)) == {"customer.created": "done", "payment_intent.succeeded": "done"}
    assert paid == [(intent.id, 100_00, "succeeded", 0)]
    assert rows("SELECT amount_minor, status FROM refunds") == [(30_00, "succeeded")]
    assert rows("SELECT refunded_minor FROM payments") == [(30_00,)]
    assert house.open_minor(invoice) == 0  # nobody owes what was given back
    with transaction() as session:
        assert [each for each in invariants.check(session) if each.rows] == []


def _pay(v1, learner):
    customer = v1.customers.create({"email": learner.email, "name": learner.name})
    link_gateway_customer(learner, customer.id)
    method = v1.payment_methods.create({"type": "card", "card": CARD})
    v1.payment_methods.attach(method.id, {"customer": customer.id})
    asked = {"amount": 100_00, "currency": "usd", "customer": customer.id, "payment_method": method.id}
    return v1.payment_intents.confirm(v1.payment_intents.create(asked).id)


def _look_at(kind, thing):
    """Have a worker fetch it."""
    with transaction() as session:
        call = enqueue_call(session, "stripe:test", f"fetch:{thing}", Fetch(kind=kind, object_id=thing))
    wake_by_name("payments.reconcile", [call])
