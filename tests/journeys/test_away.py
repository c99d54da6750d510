"""Money while the payer is away: charges of what he saved, whose answers get lost."""

import pytest
import stripe

from tasks.charges import ChargeWish, request_charge
from tasks.customers import request_records
from tests.journeys.played import CURRENCIES, at_home, played_house
from tests.support.factories import link_gateway_customer, make_customer, make_invoice, rows, value

pytestmark = pytest.mark.journey

RECORD = "SELECT external_id FROM customer_gateway_refs WHERE customer_id = %s AND gateway_account = %s"
TAKING = {
    "stripe": "stripe.payment_intents.create",
    "razorpay": "razorpay.payments.recurring",
    "paypal": "paypal.orders.create",
}
"""The request that moves the money of a charge."""


@pytest.fixture(scope="module")
def _house(tmp_path_factory):
    with played_house(tmp_path_factory.mktemp("away") / "var") as house:
        yield house


@pytest.fixture
def house(_house, monkeypatch):
    """The house of this module, in which after every story our books are the gateways' book."""
    with at_home(_house, monkeypatch) as house:
        yield house
        house.remote.fail_no_more()
        house.rest()
        house.agree()


@pytest.fixture
def v1(house):
    """Stripe as somebody at its dashboard, or the payer's page, talks to it."""
    return stripe.StripeClient("sk_test_desk", base_addresses={"api": f"{house.stage.fakes.url}/stripe"}).v1


def record_of(house, customer, gateway):
    """The gateway's id of a customer, made by a worker."""
    account = f"{gateway}:test"
    request_records(customer.id, [account])
    house.until(lambda: rows(RECORD, customer.id, account))
    return str(value(RECORD, customer.id, account))


def saved_method(house, v1, customer, gateway):
    """A way to pay that the customer saved there."""
    if gateway == "paypal":  # it makes no record at our request: a payer who saves something there has one
        token = house.remote.control("paypal", "save_token")
        link_gateway_customer(customer, token["customer"]["id"], account="paypal:test")
        return token["id"]
    record = record_of(house, customer, gateway)
    if gateway == "stripe":
        return v1.payment_methods.attach("pm_card_visa", {"customer": record}).id
    return house.remote.control("razorpay", "save_token", customer=record)["id"]


@pytest.mark.parametrize("gateway", sorted(TAKING))
def test_a_charge_whose_answer_is_lost_is_made_once(house, v1, gateway):
    customer = make_customer()
    invoice = str(make_invoice(customer, [600_00, 400_00], currency=CURRENCIES.get(gateway, "USD")))
    method = saved_method(house, v1, customer, gateway)
    house.remote.fail(operation=TAKING[gateway], kind="timeout_after")

    request_charge(ChargeWish(invoice=invoice, gateway=gateway, payment_method=method, requested_by="office"))
    house.until(lambda: house.open_minor(invoice) == 0)
    house.rest()

    assert house.remote.hits()[f"{TAKING[gateway]} timeout_after"] == 1
    assert house.taken(invoice) == [(gateway, 1000_00)]
    assert rows("SELECT status FROM checkouts WHERE invoice_id = %s", invoice) == [("completed",)]
