"""Records of customers at gateways: made once, reused; and the ways to pay that were saved there."""

import pytest

from bursar.gateways.api.failures import FailureCode
from bursar.gateways.api.requests import CreateCheckout, CreateCustomer
from bursar.gateways.api.results import PaymentMethod
from bursar.ids import new_id
from bursar.rules.states import CheckoutKind
from models.queries.customers import CustomerUnknown
from tasks.checkouts import Wish, open_checkout
from tasks.customers import list_methods, request_records, sync_customers
from tasks.payments import reconcile
from tests.support.factories import link_gateway_customer, make_customer, make_invoice, rows, value
from tests.support.toy.api import away, refused
from tests.tasks.steps import hurry, open_breaks, twice

VISA = PaymentMethod(payment_method="pm_1", kind="card", label="visa •••• 4242", expires="2028-04")


@pytest.fixture
def payer(toy):
    return make_customer("Ada Learner", email="ada@example.com")


@pytest.fixture
def return_url(configure):
    configure(BURSAR_RETURN_URL="https://school.example/paid")


def records():
    return rows("SELECT gateway_account, external_id FROM customer_gateway_refs ORDER BY 1")


def made(api):
    return [request for _, request in api.sent if isinstance(request, CreateCustomer)]


def test_a_customer_gets_one_record_at_every_gateway(toy, second_toy, payer):
    twice(lambda: sync_customers([payer.id]))

    assert records() == [("toy:test", "toy_cus_1"), ("yoyo:test", "toy_cus_1")]
    [request] = made(toy)
    assert (request.customer, request.name, request.email) == (
        payer.external_ref,
        "Ada Learner",
        "ada@example.com",
    )


def test_what_was_asked_for_by_an_operator_is_made_by_whatever_worker_is_woken(payer):
    [call_id] = request_records(payer.id, ["toy:test"])
    assert request_records(payer.id, ["toy:test"]) == []

    twice(sync_customers)

    assert records() == [("toy:test", "toy_cus_1")]
    assert value("SELECT id FROM gateway_calls") == call_id


def test_a_lost_message_is_no_loss_the_call_is_due_without_it(toy, payer):
    request_records(payer.id, ["toy:test"])

    reconcile()

    assert records() == [("toy:test", "toy_cus_1")]


def test_a_customer_with_a_record_is_never_given_another(toy, payer):
    link_gateway_customer(payer, "toy_cus_kept", account="toy:test")

    sync_customers([payer.id])

    assert request_records(payer.id, ["toy:test"]) == []
    assert (made(toy), records()) == ([], [("toy:test", "toy_cus_kept")])


def test_a_gateway_that_keeps_no_customers_is_asked_once_and_nobody_is_bothered(toy, payer):
    toy.before = [refused(FailureCode.UNSUPPORTED)]

    for _ in range(2):
        sync_customers([payer.id])

    assert (len(toy.sent), records(), open_breaks()) == (1, [], [])
    assert len(request_records(payer.id, ["toy:test"])) == 1  # a person may know better


def test_a_record_that_is_refused_for_another_reason_waits_for_a_person(toy, payer):
    toy.before = [refused(FailureCode.INVALID)]

    sync_customers([payer.id])

    assert open_breaks() == ["call_refused"]


def test_unknown_customers_are_nobody_in_a_message_and_an_error_at_the_desk(toy, payer):
    sync_customers([new_id()])

    assert toy.sent == []
    with pytest.raises(CustomerUnknown):
        request_records(new_id(), ["toy:test"])


@pytest.mark.parametrize("kind", [CheckoutKind.PAGE, CheckoutKind.INTENT])
def test_who_opens_a_page_has_a_record_for_the_next_one_and_waits_for_none(toy, payer, return_url, kind):
    invoice = str(make_invoice(payer, [600_00, 400_00]))

    open_checkout(Wish(invoice=invoice, amount_minor=1_00, kind=kind))
    assert made(toy) == []
    hurry("gateway_calls")
    reconcile()
    open_checkout(Wish(invoice=invoice, amount_minor=2_00, kind=kind))
    hurry("gateway_calls")
    reconcile()

    pages = [request for _, request in toy.sent if not isinstance(request, CreateCustomer)]
    assert [page.customer for page in pages] == [None, "toy_cus_2"]
    assert len(made(toy)) == 1


def test_a_page_of_a_gateway_that_keeps_no_customers_asks_it_no_second_time(toy, payer, return_url):
    invoice = str(make_invoice(payer, [600_00]))
    open_checkout(Wish(invoice=invoice, amount_minor=1_00))
    toy.before = [refused(FailureCode.UNSUPPORTED)]
    hurry("gateway_calls")
    reconcile()

    open_checkout(Wish(invoice=invoice, amount_minor=2_00))

    assert rows("SELECT count(*) FROM gateway_calls WHERE operation = 'create_customer'") == [(1,)]
    assert sum(isinstance(request, CreateCheckout) for _, request in toy.sent) == 2


# -- saved ways to pay


def test_what_is_saved_is_listed_of_every_gateway(toy, second_toy, payer):
    link_gateway_customer(payer, "toy_cus_1", account="toy:test")
    toy.saved["toy_cus_1"] = [VISA]

    saved = list_methods(payer.id)

    assert [(each.account, each.record, list(each.methods)) for each in saved] == [
        ("toy:test", "toy_cus_1", [VISA]),
        ("yoyo:test", None, []),
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [(away(), "unreachable: nobody there"), (refused(FailureCode.NOT_FOUND), "not_found: no")],
)
def test_a_gateway_that_does_not_tell_is_named_and_the_others_are_told(toy, second_toy, payer, error, said):
    for account in ("toy:test", "yoyo:test"):
        link_gateway_customer(payer, f"{account}_cus", account=account)
    second_toy.saved["yoyo:test_cus"] = [VISA]
    toy.when_read = [error]

    saved = list_methods(payer.id)

    assert [(each.account, each.problem, list(each.methods)) for each in saved] == [
        ("toy:test", said, []),
        ("yoyo:test", None, [VISA]),
    ]


def test_the_ways_to_pay_of_nobody_are_refused(toy):
    with pytest.raises(CustomerUnknown):
        list_methods(new_id())
