"""Payers at played gateways, from the page to the books: webhooks come twice and out of order."""

import pytest

from bursar.sandbox.fake.vendor import Choice
from tests.journeys.played import CURRENCIES, at_home, played_house
from tests.support.factories import rows, value

pytestmark = pytest.mark.journey

PAYMENTS = "SELECT gateway_payment_id, status FROM payments WHERE invoice_id = %s"
every_gateway = pytest.mark.parametrize("gateway", sorted(CURRENCIES))


@pytest.fixture(scope="module")
def _house(tmp_path_factory):
    with played_house(tmp_path_factory.mktemp("paying") / "var") as house:
        yield house


@pytest.fixture
def house(_house, monkeypatch):
    """The house of this module, in which after every story our books are the gateways' book."""
    with at_home(_house, monkeypatch) as house:
        yield house
        house.remote.fail_no_more()
        house.rest()
        house.agree()


@every_gateway
def test_a_page_is_paid_in_full(house, gateway):
    invoice = house.bill(gateway)
    page = house.open(invoice)

    house.choose(page, Choice.PAY)
    house.rest()

    assert page.gateway_account == f"{gateway}:test"
    assert house.open_minor(invoice) == 0
    assert house.taken(invoice) == [(gateway, 1000_00)]
    assert value("SELECT status FROM checkouts WHERE id = %s", page.id) == "completed"


@every_gateway
def test_a_part_is_paid_and_then_the_rest(house, gateway):
    invoice = house.bill(gateway)

    house.choose(house.open(invoice, 250_00), Choice.PAY)
    house.rest()
    left_minor = house.open_minor(invoice)
    house.choose(house.open(invoice), Choice.PAY)
    house.rest()

    assert left_minor == 750_00
    assert house.open_minor(invoice) == 0
    assert sorted(house.taken(invoice)) == [(gateway, 250_00), (gateway, 750_00)]


@every_gateway
def test_a_declined_payer_pays_on_the_same_page(house, gateway):
    invoice = house.bill(gateway)
    page = house.open(invoice)

    assert house.choose(page, Choice.DECLINE) == page.url
    house.rest()
    declined_minor = house.open_minor(invoice)
    house.choose(page, Choice.PAY)
    house.rest()

    assert declined_minor == 1000_00
    assert house.open_minor(invoice) == 0
    assert house.taken(invoice) == [(gateway, 1000_00)]


def test_a_payment_that_failed_at_razorpay_is_authorised_after_all(house):
    invoice = house.bill("razorpay")
    page = house.open(invoice)
    house.choose(page, Choice.DECLINE)
    house.rest()
    [[payment, status]] = rows(
        "SELECT gateway_payment_id, status FROM payments WHERE invoice_id = %s", invoice
    )

    house.remote.control("razorpay", "authorize_late", payment=payment)
    house.rest()

    assert status == "failed"
    assert house.open_minor(invoice) == 0


@pytest.mark.parametrize(("ok", "left_minor"), [(True, 0), (False, 1000_00)], ids=["arrives", "bounces"])
def test_a_transfer_at_stripe_is_money_once_it_arrives(house, ok, left_minor):
    invoice = house.bill("stripe")
    house.choose(house.open(invoice), Choice.PAY_LATER)
    house.rest()
    [[payment, status]] = rows(
        "SELECT gateway_payment_id, status FROM payments WHERE invoice_id = %s", invoice
    )
    promised_minor = house.open_minor(invoice)

    house.remote.control("stripe", "settle", payment=payment, ok=ok)
    house.rest()

    assert (status, promised_minor) == ("processing", 1000_00)
    assert house.open_minor(invoice) == left_minor


@every_gateway
def test_a_refund_from_here_gives_a_part_back(house, gateway):
    invoice, payment = house.pay(gateway)

    request = house.give_back(payment, 150_00)
    house.rest()

    assert rows("SELECT amount_minor, status FROM refunds WHERE payment_id = %s", payment) == [
        (150_00, "succeeded")
    ]
    assert value("SELECT gateway_refund_id FROM refund_requests WHERE id = %s", request) is not None
    assert value("SELECT refunded_minor FROM invoices WHERE id = %s", invoice) == 150_00


@every_gateway
def test_a_refund_from_the_gateways_own_site_is_booked_like_one_from_here(house, gateway):
    _, payment = house.pay(gateway)

    house.remote.control(gateway, "refund", payment=house.gateway_id(payment), amount=150_00)
    house.rest()

    assert rows("SELECT amount_minor, status FROM refunds WHERE payment_id = %s", payment) == [
        (150_00, "succeeded")
    ]


@every_gateway
@pytest.mark.parametrize(("won", "lost_minor"), [(True, 0), (False, 1000_00)], ids=["won", "lost"])
def test_a_disputed_payment_is_kept_or_taken(house, gateway, won, lost_minor):
    _, payment = house.pay(gateway)

    dispute = house.remote.control(gateway, "open_dispute", payment=house.gateway_id(payment))
    house.rest()
    house.remote.control(gateway, "close_dispute", dispute=dispute["id"], won=won)
    house.rest()

    assert value("SELECT lost_minor FROM payments WHERE id = %s", payment) == lost_minor


@every_gateway
def test_a_refund_whose_answer_is_lost_is_made_once(house, gateway):
    _, payment = house.pay(gateway)
    house.remote.fail(operation=f"{gateway}.refunds.create", kind="timeout_after")

    house.give_back(payment)
    house.rest()

    assert house.remote.hits()[f"{gateway}.refunds.create timeout_after"] >= 1
    assert rows("SELECT amount_minor, status FROM refunds WHERE payment_id = %s", payment) == [
        (1000_00, "succeeded")
    ]


@pytest.mark.parametrize("gateway", ["razorpay", "stripe"])
def test_a_page_whose_answer_is_lost_is_found_and_paid_on(house, gateway):
    invoice = house.bill(gateway)
    house.remote.fail(operation=f"{gateway}.*.create", kind="timeout_after")

    page = house.open(invoice)
    house.choose(page, Choice.PAY)
    house.rest()

    assert (page.gateway_account, page.fallback_from) == (f"{gateway}:test", None)
    assert house.taken(invoice) == [(gateway, 1000_00)]


def test_a_silent_gateway_is_left_for_the_next_and_its_page_is_closed(house):
    invoice = house.bill("razorpay")
    house.remote.fail(operation="razorpay.payment_links.create", kind="timeout_after")
    house.remote.fail(operation="razorpay.payment_links.list", kind="timeout_before")

    page = house.open(invoice)
    house.choose(page, Choice.PAY)
    house.rest()

    assert (page.gateway_account, page.fallback_from) == ("stripe:test", "razorpay:test")
    assert house.open_minor(invoice) == 0
    assert house.taken(invoice) == [("stripe", 1000_00)]


def test_who_pays_on_two_pages_has_the_second_payment_as_credit(house):
    invoice = house.bill("razorpay")
    first, second = house.open(invoice), house.open(invoice, gateway="stripe")

    house.choose(first, Choice.PAY)
    house.choose(second, Choice.PAY)
    house.rest()

    assert house.open_minor(invoice) == 0
    assert sorted(house.taken(invoice)) == [("razorpay", 1000_00), ("stripe", 1000_00)]
    credit = "SELECT sum(credit_minor) FROM payments p JOIN invoices i USING (customer_id) WHERE i.id = %s"
    assert value(credit, invoice) == 1000_00
