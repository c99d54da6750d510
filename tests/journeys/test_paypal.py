"""Payers at a played PayPal, where a payer only agrees and we take the money; webhooks come in any order."""

import pytest

from bursar.sandbox.fake.vendor import Choice
from tests.journeys.played import at_home, played_house
from tests.support.factories import rows, value

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def _house(tmp_path_factory):
    with played_house(tmp_path_factory.mktemp("paypal") / "var") as house:
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
def invoice(house):
    """1,000 USD, which Stripe is asked for first: who wants PayPal says so."""
    return house.bill("stripe")


@pytest.fixture
def payment(house, invoice):
    """The payment of that invoice, which its payer made and we took."""
    house.choose(house.open(invoice, gateway="paypal"), Choice.PAY)
    house.rest()
    return house.payment(invoice)


def test_an_order_that_its_payer_approved_is_captured_once(house, invoice, payment):
    assert house.open_minor(invoice) == 0
    assert value("SELECT gateway_account FROM payments WHERE id = %s", payment) == "paypal:test"
    assert house.taken(invoice) == [("paypal", 1000_00)]


def test_a_part_is_paid_and_then_the_rest(house, invoice):
    house.choose(house.open(invoice, 250_00, gateway="paypal"), Choice.PAY)
    house.rest()
    left_minor = house.open_minor(invoice)
    house.choose(house.open(invoice, gateway="paypal"), Choice.PAY)
    house.rest()

    assert left_minor == 750_00
    assert house.open_minor(invoice) == 0
    assert sorted(house.taken(invoice)) == [("paypal", 250_00), ("paypal", 750_00)]


def test_a_declined_payer_approves_anew_on_the_same_page(house, invoice):
    page = house.open(invoice, gateway="paypal")

    house.choose(page, Choice.DECLINE)
    house.rest()
    declined_minor = house.open_minor(invoice)
    house.choose(page, Choice.PAY)
    house.rest()

    assert declined_minor == 1000_00
    assert house.open_minor(invoice) == 0
    assert house.taken(invoice) == [("paypal", 1000_00)]
    assert value("SELECT status FROM checkouts WHERE id = %s", page.id) == "completed"


def test_a_capture_whose_answer_is_lost_is_made_once(house, invoice):
    page = house.open(invoice, gateway="paypal")
    house.remote.fail(operation="paypal.orders.capture", kind="timeout_after")

    house.choose(page, Choice.PAY)
    house.until(lambda: house.open_minor(invoice) == 0)

    assert house.remote.hits()["paypal.orders.capture timeout_after"] == 1
    assert house.taken(invoice) == [("paypal", 1000_00)]


def test_a_payment_is_refunded_from_here_and_from_paypals_own_site(house, payment):
    house.give_back(payment, 150_00)
    house.rest()
    told = {"currency_code": "USD", "value": "50.00"}
    house.remote.control("paypal", "refund", payment=house.gateway_id(payment), amount=told)
    house.rest()

    assert rows("SELECT amount_minor, status FROM refunds WHERE payment_id = %s ORDER BY 1", payment) == [
        (50_00, "succeeded"),
        (150_00, "succeeded"),
    ]


@pytest.mark.parametrize(("won", "lost_minor"), [(True, 0), (False, 1000_00)], ids=["won", "lost"])
def test_a_disputed_payment_is_kept_or_taken(house, payment, won, lost_minor):
    dispute = house.remote.control("paypal", "open_dispute", payment=house.gateway_id(payment))
    house.rest()
    house.remote.control("paypal", "close_dispute", dispute=dispute["dispute_id"], won=won)
    house.rest()

    assert value("SELECT lost_minor FROM payments WHERE id = %s", payment) == lost_minor


def test_a_refund_whose_answer_is_lost_is_made_once(house, payment):
    house.remote.fail(operation="paypal.captures.refund", kind="timeout_after")

    house.give_back(payment)
    house.rest()

    assert house.remote.hits()["paypal.captures.refund timeout_after"] >= 1
    assert rows("SELECT amount_minor, status FROM refunds WHERE payment_id = %s", payment) == [
        (1000_00, "succeeded")
    ]


def test_who_also_pays_at_stripe_has_the_second_payment_as_credit(house, invoice):
    first, second = house.open(invoice, gateway="paypal"), house.open(invoice, gateway="stripe")

    house.choose(first, Choice.PAY)
    house.choose(second, Choice.PAY)
    house.rest()

    assert house.open_minor(invoice) == 0
    assert sorted(house.taken(invoice)) == [("paypal", 1000_00), ("stripe", 1000_00)]
