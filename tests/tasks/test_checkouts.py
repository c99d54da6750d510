"""Pages that can pay an invoice: asked for once, opened once, given to another gateway when one is silent."""

import pytest

from bursar.errors import Misconfigured
from bursar.gateways.api.requests import CreateCheckout, ExpireCheckout
from bursar.gateways.health.buckets import RateLimited
from bursar.rules.routing import NoGateway
from bursar.rules.states import CheckoutKind
from models.queries.payable import InvoiceUnknown
from tasks.checkouts import NothingToPay, Wish, open_checkout, request_checkout
from tasks.payments import create_checkout, reconcile
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.tasks.steps import twice


@pytest.fixture(autouse=True)
def return_url(configure):
    configure(BURSAR_RETURN_URL="https://school.example/paid", BURSAR_MODE="test")


def closed(api):
    """The pages a gateway was asked to close."""
    return [request.checkout for _, request in api.sent if isinstance(request, ExpireCheckout)]


@pytest.fixture
def invoice():
    return str(make_invoice(make_customer(), [600_00, 400_00]))


def test_a_page_is_opened_for_all_that_is_open(toy, invoice):
    checkout = open_checkout(Wish(invoice=invoice))

    [(_, request)] = toy.sent
    assert isinstance(request, CreateCheckout)
    assert (request.amount_minor, request.currency, request.checkout) == (1000_00, "INR", str(checkout.id))
    assert request.purpose.invoice == invoice
    assert (checkout.status, checkout.url) == ("open", "https://toy.example/pay/1")
    assert checkout.expires_at == request.expires_at


def test_a_page_is_opened_by_a_worker_for_a_host_that_waits(toy, invoice):
    checkout_id = request_checkout(Wish(invoice=invoice, amount_minor=250_00))
    assert value("SELECT status FROM checkouts WHERE id = %s", checkout_id) == "creating"

    twice(create_checkout)

    assert rows("SELECT status, amount_minor, external_id FROM checkouts") == [("open", 250_00, "toy_page_1")]
    assert len(toy.sent) == 1


def test_the_same_wish_within_five_minutes_is_the_same_page(toy, invoice):
    first = open_checkout(Wish(invoice=invoice))
    again = open_checkout(Wish(invoice=invoice))
    other = open_checkout(Wish(invoice=invoice, amount_minor=1_00))

    assert first.id == again.id != other.id
    assert len(toy.sent) == 2


def test_a_wish_for_one_gateway_is_not_answered_with_the_page_of_another(toy, second_toy, invoice):
    first = open_checkout(Wish(invoice=invoice))
    other = open_checkout(Wish(invoice=invoice, gateway="yoyo"))

    assert (first.gateway_account, other.gateway_account) == ("toy:test", "yoyo:test")
    assert open_checkout(Wish(invoice=invoice, gateway="yoyo")).id == other.id


def test_a_gateway_that_cannot_be_asked_is_refused_before_anything_is_recorded(toy, invoice):
    with pytest.raises(NoGateway, match="nobody cannot take INR"):
        open_checkout(Wish(invoice=invoice, gateway="nobody"))
    assert value("SELECT count(*) FROM checkouts") == 0


def test_a_later_wish_closes_the_page_before(toy, invoice):
    first = open_checkout(Wish(invoice=invoice))
    execute("UPDATE checkouts SET created_at = now() - interval '6 minutes'")

    second = open_checkout(Wish(invoice=invoice))
    reconcile()

    assert second.id != first.id
    assert rows("SELECT status FROM checkouts ORDER BY created_at") == [("expired",), ("open",)]
    assert closed(toy) == [first.external_id]


@pytest.mark.parametrize(
    ("amount_minor", "said"),
    [(1000_01, "1,000.00"), (0, "more than 0"), (-5, "more than 0")],
)
def test_an_amount_that_is_not_open_is_refused_with_what_is(toy, invoice, amount_minor, said):
    with pytest.raises(NothingToPay, match=said):
        open_checkout(Wish(invoice=invoice, amount_minor=amount_minor))


def test_a_draft_or_unknown_invoice_cannot_be_paid(toy):
    draft = make_invoice(make_customer(), issued=False)

    with pytest.raises(NothingToPay, match="draft"):
        open_checkout(Wish(invoice=str(draft)))
    with pytest.raises(InvoiceUnknown, match="INV-0"):
        open_checkout(Wish(invoice="INV-0"))


def test_without_a_return_url_nothing_is_recorded_and_the_variable_is_named(
    toy, invoice, monkeypatch, configure
):
    monkeypatch.delenv("BURSAR_RETURN_URL")
    configure()

    with pytest.raises(Misconfigured, match="BURSAR_RETURN_URL"):
        open_checkout(Wish(invoice=invoice))
    assert value("SELECT count(*) FROM checkouts") == 0


def test_a_payment_on_the_hosts_own_page_gets_its_secret(toy, invoice):
    checkout = open_checkout(Wish(invoice=invoice, kind=CheckoutKind.INTENT))

    assert (checkout.status, checkout.client_secret, checkout.url) == ("open", "secret", None)


@pytest.mark.parametrize("kind", [CheckoutKind.PAGE, CheckoutKind.INTENT])
def test_a_customer_who_asks_too_often_is_refused_before_anything_is_recorded(
    toy, invoice, kind, slow_customers
):
    open_checkout(Wish(invoice=invoice, kind=kind))

    with pytest.raises(RateLimited, match="this customer asks too often: wait"):
        request_checkout(Wish(invoice=invoice, kind=kind, amount_minor=1_00))

    assert value("SELECT count(*) FROM checkouts") == 1
    assert open_checkout(Wish(invoice=str(make_invoice(make_customer())))).status == "open"
