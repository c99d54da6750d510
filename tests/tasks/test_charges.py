"""Charges while the payer is away: one in flight per invoice, declined with the reason, credited once."""

import threading

import pytest
from psycopg.types.json import Jsonb

from bursar.gateways.api.failures import Failure, FailureCode, GatewayRefused
from bursar.gateways.api.requests import Charge, ExpireCheckout
from bursar.ids import new_id
from bursar.rules.states import PaymentStatus
from tasks.charges import ChargeInFlight, ChargeWish, NoWayToPay, charge_here, request_charge
from tasks.checkouts import NothingToPay, Wish, open_checkout
from tasks.payments import charge, reconcile
from tests.support.factories import execute, link_gateway_customer, make_customer, make_invoice, rows, value
from tests.support.toy.api import away, lost
from tests.support.toy.told import toy_event
from tests.tasks.steps import broken, hurry, tell, twice, work_off


@pytest.fixture
def payer(toy):
    customer = make_customer()
    link_gateway_customer(customer, "toy_cus_1", account="toy:test")
    save_method("pm_1")
    return customer


@pytest.fixture
def invoice(payer):
    return str(make_invoice(payer, [600_00, 400_00]))


def save_method(method, *, payer="toy_cus_1", status="attached", at="2026-11-01"):
    keep_object("payment_method", method, status, {"gateway_customer": payer}, at)


def prefer(method):
    keep_object("customer", "toy_cus_1", "active", {"default_method": method}, None)


def keep_object(kind, external_id, status, data, at):
    """What the gateway last said of it."""
    columns = "id, gateway_account, kind, external_id, status, data, occurred_at, rank, event_key"
    statement = f"INSERT INTO gateway_objects ({columns}) VALUES (%s, 'toy:test', %s, %s, %s, %s, %s, 0, 'k')"
    execute(statement, new_id(), kind, external_id, status, Jsonb(data), at)


def wish(invoice, **more):
    return ChargeWish(invoice=invoice, requested_by="desk", **more)


def checkouts():
    return rows("SELECT kind, status FROM checkouts ORDER BY created_at")


def charged(toy):
    return [request for _, request in toy.sent if isinstance(request, Charge)]


def test_a_charge_is_recorded_then_made_and_pays_the_invoice_once(toy, payer, invoice):
    checkout_id = request_charge(wish(invoice))
    assert rows("SELECT id, kind, status FROM checkouts") == [(checkout_id, "charge", "creating")]

    twice(charge)
    tell()
    tell(toy_event("payment.succeeded", payment="toy_pay_1", amount=1000_00), gateway="toy")
    work_off()

    [request] = charged(toy)
    assert (request.charge, request.customer, request.payment_method) == (
        str(checkout_id),
        "toy_cus_1",
        "pm_1",
    )
    assert rows("SELECT status, external_id FROM checkouts") == [("completed", "toy_pay_1")]
    assert value("SELECT paid_minor FROM invoices") == 1000_00
    assert value("SELECT count(*) FROM payments") == 1
    assert broken() == []


def test_a_decline_is_on_the_row_with_its_codes(toy, invoice):
    toy.before = [
        GatewayRefused(
            Failure(
                code=FailureCode.DECLINED,
                message="no",
                decline_code="stolen_card",
                advice_code="do_not_try_again",
                object_id="toy_pay_9",
            )
        )
    ]

    found = charge_here(wish(invoice))

    assert (found.status, found.decline_code, found.advice_code) == (
        "failed",
        "stolen_card",
        "do_not_try_again",
    )
    assert found.failure == "declined (stolen_card): no"
    assert found.external_id == "toy_pay_9"
    assert value("SELECT paid_minor FROM invoices") == 0


def test_the_same_wish_while_a_charge_is_in_flight_is_the_same_charge(toy, invoice):
    first = request_charge(wish(invoice))

    assert request_charge(wish(invoice)) == first
    with pytest.raises(ChargeInFlight, match=str(first)):
        request_charge(wish(invoice, amount_minor=1_00))
    charge()
    assert len(charged(toy)) == 1


def test_two_who_wish_at_once_make_one_charge(toy, invoice):
    made = []
    workers = [threading.Thread(target=lambda: made.append(request_charge(wish(invoice)))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    charge()

    assert len(set(made)) == 1
    assert len(made) == 3
    assert len(charged(toy)) == 1


def test_a_charge_of_unknown_outcome_stays_in_flight_until_it_is_known(toy, invoice):
    toy.after = [lost()]
    first = charge_here(wish(invoice))
    assert first.status == "creating"
    assert request_charge(wish(invoice)) == first.id

    hurry("gateway_calls")
    charge()

    assert checkouts() == [("charge", "completed")]
    assert len(charged(toy)) == 1


def test_a_gateway_that_is_away_is_asked_again_under_the_same_key(toy, invoice):
    toy.before = [away(), away()]
    request_charge(wish(invoice))

    for _ in range(3):
        charge()
        hurry("gateway_calls")

    assert len({key for key, _ in toy.sent}) == 1
    assert checkouts() == [("charge", "completed")]


def test_a_message_that_is_lost_is_no_loss(toy, invoice):
    request_charge(wish(invoice))

    reconcile()

    assert checkouts() == [("charge", "completed")]


@pytest.mark.parametrize(
    ("ended", "status", "failure"),
    [
        (PaymentStatus.SUCCEEDED, "completed", None),
        (PaymentStatus.FAILED, "failed", "the payment is failed"),
        (PaymentStatus.CANCELED, "failed", "the payment is canceled"),
    ],
)
def test_what_a_bank_decides_days_later_ends_the_charge(toy, invoice, ended, status, failure):
    toy.charging = [PaymentStatus.PROCESSING]
    assert charge_here(wish(invoice)).status == "open"
    tell()
    assert request_charge(wish(invoice)) == value("SELECT id FROM checkouts")

    event = toy_event(
        f"payment.{ended}", payment="toy_pay_1", amount=1000_00, attempt="ch_1", decline_code="no_funds"
    )
    tell(event, gateway="toy")
    twice(reconcile)

    code = "no_funds" if ended is PaymentStatus.FAILED else None
    assert rows("SELECT status, failure, decline_code FROM checkouts") == [(status, failure, code)]


def test_an_invoice_whose_charge_failed_later_can_be_charged_again_at_once(toy, invoice):
    toy.charging = [PaymentStatus.PROCESSING]
    first = charge_here(wish(invoice))
    tell()
    tell(toy_event("payment.failed", payment="toy_pay_1", amount=1000_00), gateway="toy")

    second = charge_here(wish(invoice))

    assert second.id != first.id
    assert checkouts() == [("charge", "failed"), ("charge", "completed")]


def test_a_webhook_that_was_faster_than_the_answer_ends_the_charge_too(toy, invoice):
    toy.charging = [PaymentStatus.PROCESSING]
    request_charge(wish(invoice))
    tell(toy_event("payment.succeeded", payment="toy_pay_1", amount=1000_00, invoice=invoice), gateway="toy")

    charge()
    reconcile()

    assert checkouts() == [("charge", "completed")]
    assert value("SELECT paid_minor FROM invoices") == 1000_00


def test_open_pages_are_closed_before_money_is_taken(toy, invoice, configure):
    configure(BURSAR_RETURN_URL="https://school.example/paid")
    page = open_checkout(Wish(invoice=invoice, amount_minor=1_00))

    request_charge(wish(invoice))
    reconcile()

    assert checkouts() == [("page", "expired"), ("charge", "completed")]
    assert [each.checkout for _, each in toy.sent if isinstance(each, ExpireCheckout)] == [page.external_id]


# -- with what


def test_the_customers_own_choice_is_charged_before_the_newest(toy, payer, invoice):
    save_method("pm_newest", at="2026-11-20")
    prefer("pm_1")

    charge_here(wish(invoice))

    assert [request.payment_method for request in charged(toy)] == ["pm_1"]


def test_the_newest_is_charged_where_no_choice_is_known(toy, payer, invoice):
    save_method("pm_newest", at="2026-11-20")

    charge_here(wish(invoice))

    assert [request.payment_method for request in charged(toy)] == ["pm_newest"]


def test_who_charges_here_makes_no_call_of_others(toy, payer, invoice):
    other = request_charge(wish(str(make_invoice(payer))))

    charge_here(wish(invoice))

    assert [request.purpose.invoice for request in charged(toy)] == [invoice]
    assert rows("SELECT status FROM checkouts WHERE id = %s", other) == [("creating",)]


def test_a_named_way_is_charged(toy, payer, invoice):
    save_method("pm_newest", at="2026-11-20")

    charge_here(wish(invoice, payment_method="pm_1", amount_minor=1_00))
    charge_here(wish(invoice, payment_method="pm_untold", gateway="toy", amount_minor=1_00))

    assert [request.payment_method for request in charged(toy)] == ["pm_1", "pm_untold"]


@pytest.mark.parametrize(
    "more", [{"payment_method": "pm_of_another"}, {"gateway": "nobody"}, {"gateway": "stripe"}]
)
def test_without_a_way_to_pay_nothing_is_recorded_and_the_cure_is_named(toy, invoice, more):
    save_method("pm_of_another", payer="toy_cus_2")

    with pytest.raises(NoWayToPay, match="bursar checkout INV"):
        request_charge(wish(invoice, **more))
    assert checkouts() == []


def test_a_way_that_was_taken_away_is_not_charged(toy):
    customer = make_customer()
    link_gateway_customer(customer, "toy_cus_1", account="toy:test")
    save_method("pm_gone", status="detached")

    with pytest.raises(NoWayToPay, match="no saved payment method at toy"):
        request_charge(wish(str(make_invoice(customer))))


def test_what_is_not_open_is_not_charged(toy, invoice):
    with pytest.raises(NothingToPay, match=r"1,000\.00"):
        request_charge(wish(invoice, amount_minor=1000_01))
    assert checkouts() == []
