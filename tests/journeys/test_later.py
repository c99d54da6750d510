"""What months bring at played gateways: subscriptions renew, change and end; money that was promised comes.

The gateways' clock is moved ahead: no page is opened here whose end Stripe or Razorpay would not believe.
"""

import httpx
import pytest
import stripe

from bursar.gateways.api.requests import ChangeAt, Proration
from bursar.sandbox.fake.paypal.captures import CLEARS_AFTER_S
from bursar.sandbox.fake.vendor import Choice
from models.queries import subscriptions
from models.session import transaction
from tasks.subscriptions import Change, Start, cancel, change, start
from tests.journeys.played import at_home, played_house
from tests.support.factories import make_customer, make_plan, rows, value

pytestmark = pytest.mark.journey

CURRENCIES = {"stripe": "USD", "razorpay": "INR", "paypal": "USD"}
MONTH_S = 31 * 86_400
PAID = (
    "SELECT amount_minor FROM payments WHERE customer_id = %s AND status = 'succeeded' ORDER BY applied_seq"
)


@pytest.fixture(scope="module")
def _house(tmp_path_factory):
    with played_house(tmp_path_factory.mktemp("later") / "var") as house:
        yield house


@pytest.fixture
def house(_house, monkeypatch):
    """The house of this module, in which after every story our books are the gateways' book."""
    with at_home(_house, monkeypatch) as house:
        yield house
        house.rest()
        house.agree()


@pytest.fixture
def v1(house):
    """Stripe as somebody at its dashboard, or the payer's page, talks to it."""
    return stripe.StripeClient("sk_test_desk", base_addresses={"api": f"{house.stage.fakes.url}/stripe"}).v1


class Club:
    """A plan of 30 and one of 50 a month at one gateway, and a member."""

    def __init__(self, house, v1, gateway):
        self.house, self.v1, self.gateway = house, v1, gateway
        self.member = make_customer()
        for slug, minor in (("basic", 30_00), ("gold", 50_00)):
            offer = (CURRENCIES[gateway], f"{gateway}:test", self._priced(slug, minor))
            make_plan(f"{gateway}-{slug}", offer)

    def begin(self, cycles=None):
        """The member begins with the plan of 30 and pays for the first month."""
        self.id = start(Start(customer_id=self.member.id, plan=f"{self.gateway}-basic", cycles=cycles))
        if self.gateway == "stripe":
            self.house.until(lambda: self.standing.client_secret)
            self._confirm_on_the_hosts_page()
        else:
            self.house.until(lambda: self.standing.approval_url)
            self.house.remote.choose(self.standing.approval_url, Choice.PAY)
        self.house.until(lambda: self.standing.status == "active")

    def month_later(self, paid):
        """The gateway bills the next month; what the member has paid until then."""
        self.house.remote.advance(MONTH_S)
        self.house.until(lambda: self.paid == paid)
        self.house.rest()

    @property
    def standing(self):
        with transaction() as session:
            return subscriptions.get(session, self.id)

    @property
    def paid(self):
        return [minor for (minor,) in rows(PAID, self.member.id)]

    def _priced(self, name, minor):
        if self.gateway == "paypal":
            return self.house.remote.control("paypal", "make_plan", price=f"{minor / 100:.2f}")["id"]
        if self.gateway == "razorpay":
            item = {"name": name, "amount": minor, "currency": "INR"}
            url = f"{self.house.stage.fakes.url}/razorpay/v1/plans"
            plan = {"period": "monthly", "interval": 1, "item": item}
            made = httpx.post(url, json=plan, auth=("rzp_test_desk", "secret"), trust_env=False)
            return made.raise_for_status().json()["id"]
        asked = {"currency": "usd", "unit_amount": minor, "recurring": {"interval": "month"}}
        return self.v1.prices.create({**asked, "product_data": {"name": name}}).id

    def _confirm_on_the_hosts_page(self):
        record = str(
            value("SELECT external_id FROM customer_gateway_refs WHERE customer_id = %s", self.member.id)
        )
        method = self.v1.payment_methods.attach("pm_card_visa", {"customer": record}).id
        self.v1.customers.update(record, {"invoice_settings": {"default_payment_method": method}})
        intent = self.standing.client_secret.partition("_secret_")[0]
        self.v1.payment_intents.confirm(intent, {"payment_method": method})


def test_a_subscription_at_stripe_renews_and_its_upgrade_is_billed_at_once_for_the_difference(house, v1):
    club = Club(house, v1, "stripe")

    club.begin()
    change(club.id, Change(plan="stripe-gold", proration=Proration.INVOICE_NOW), "desk")
    house.until(lambda: len(club.paid) == 2)
    house.until(lambda: club.standing.plan == "stripe-gold")
    first, difference = club.paid
    club.month_later(paid=[first, difference, 50_00])
    cancel(club.id, ChangeAt.PERIOD_END, "desk")
    house.until(lambda: club.standing.cancel_at_period_end)
    club.month_later(paid=[first, difference, 50_00])

    assert first == 30_00
    assert 19_90 <= difference <= 20_00  # the month had just begun
    assert club.standing.status == "canceled"


@pytest.mark.parametrize(
    ("gateway", "cycles", "at"),
    [("razorpay", 12, ChangeAt.PERIOD_END), ("paypal", None, ChangeAt.NOW)],
)
def test_a_subscription_is_paid_renewed_at_the_price_of_its_new_plan_and_ended(
    house, v1, gateway, cycles, at
):
    """Asked for the end of a cycle, neither bills a part of one; PayPal cannot end with one."""
    club = Club(house, v1, gateway)

    club.begin(cycles)
    change(club.id, Change(plan=f"{gateway}-gold", at=ChangeAt.PERIOD_END), "desk")
    house.until(lambda: not club.standing.changing)
    club.month_later(paid=[30_00, 50_00])
    house.until(lambda: club.standing.plan == f"{gateway}-gold")
    cancel(club.id, at, "desk")
    house.until(lambda: not club.standing.changing)
    club.month_later(paid=[30_00, 50_00])

    assert club.standing.status == "canceled"


def test_a_capture_that_is_pending_is_money_once_it_clears(house):
    invoice = house.bill("stripe")
    house.choose(house.open(invoice, gateway="paypal"), Choice.PAY_LATER)
    house.rest()
    promised_minor = house.open_minor(invoice)

    house.remote.advance(CLEARS_AFTER_S)
    house.until(lambda: house.open_minor(invoice) == 0)

    assert promised_minor == 1000_00
    assert house.taken(invoice) == [("paypal", 1000_00)]
