"""Tries that fail again and again are put before a person; suspects are held until somebody has looked."""

from datetime import timedelta

import pytest

from bursar.clock import utc_now
from bursar.ids import first_id_at
from bursar.sandbox.samples import stripe_event
from models.queries.customers import CustomerUnknown
from models.queries.fraud import CustomerHeld
from tasks.charges import ChargeWish, request_charge
from tasks.checkouts import Wish, request_checkout
from tasks.holds import find_suspects, hold, release
from tests.support.factories import execute, link_gateway_customer, make_customer, make_invoice, rows, value
from tests.tasks.steps import open_breaks, paid, tell, twice

NOBODY = "00000000-0000-7000-8000-000000000000"


def failing(customer, tries: int, start: int = 0) -> None:
    """Tries of a customer that banks declined, a payment each."""
    invoice = make_invoice(customer)
    for n in range(start, start + tries):
        about = {"invoice": str(invoice)}
        named = {"payment": f"pi_{customer.external_ref}_{n}", "amount_minor": 1_00, "currency": "INR"}
        tell(stripe_event("charge.failed", decline_code="card_declined", metadata=about, **named))


def subjects() -> list[object]:
    return [subject for (subject,) in rows("SELECT subject FROM breaks WHERE resolved_at IS NULL ORDER BY 1")]


def is_held(customer) -> bool:
    return bool(value("SELECT held_at IS NOT NULL FROM customers WHERE id = %s", customer.id))


@pytest.mark.parametrize(("tries", "found"), [(4, False), (5, True)])
def test_a_customer_whose_tries_fail_too_often_is_put_before_a_person_once(tries, found):
    customer = make_customer()
    failing(customer, tries)

    twice(find_suspects)

    assert subjects() == ([f"customer:{customer.id}"] if found else [])
    assert not is_held(customer)


def test_what_failed_before_the_window_does_not_count():
    customer = make_customer()
    failing(customer, 5)
    old = first_id_at(utc_now() - timedelta(hours=25)).int
    for n, (row_id,) in enumerate(rows("SELECT id FROM payment_attempts")):
        execute("UPDATE payment_attempts SET id = %s::uuid WHERE id = %s", f"{old + n:032x}", row_id)

    find_suspects()

    assert open_breaks() == []


def test_payments_that_succeed_are_no_signal():
    customer = make_customer()
    for n in range(6):
        tell(paid(payment=f"pi_{n}", invoice=make_invoice(customer)))

    find_suspects()

    assert open_breaks() == []


def test_one_card_that_fails_for_several_customers_is_one_warning():
    for n in range(2):
        customer = make_customer()
        link_gateway_customer(customer, f"cus_{n}")
        execute(
            """INSERT INTO gateway_objects (id, gateway_account, kind, external_id, status, data, rank,
                 event_key)
               VALUES (gen_random_uuid(), 'stripe:test', 'payment_method', %s, 'attached',
                 jsonb_build_object('fingerprint', 'fp_1', 'gateway_customer', %s::text), 1, '')""",
            f"pm_{n}",
            f"cus_{n}",
        )
        failing(customer, 3)

    twice(find_suspects)

    assert subjects() == ["card:stripe:test/fp_1"]
    assert "for 2 customers" in str(value("SELECT detail FROM breaks"))


def test_with_the_setting_suspects_are_held_and_get_no_page_and_no_charge(toy, configure):
    configure(BURSAR_FRAUD_HOLD="true", BURSAR_RETURN_URL="https://school.example/paid")
    customer = make_customer()
    failing(customer, 5)
    invoice = str(make_invoice(customer))

    twice(find_suspects)

    assert is_held(customer)
    with pytest.raises(CustomerHeld, match="5 tries failed"):
        request_checkout(Wish(invoice=invoice))
    with pytest.raises(CustomerHeld, match="bursar customers release"):
        request_charge(ChargeWish(invoice=invoice, requested_by="test"))
    assert value("SELECT count(*) FROM checkouts") == 0
    assert rows("SELECT action, actor FROM audit_log WHERE subject_id = %s", customer.id) == [
        ("customer.held", "bursar")
    ]


def test_an_early_warning_of_the_network_holds_the_payer(configure):
    configure(BURSAR_FRAUD_HOLD="true")
    customer = make_customer()
    tell(paid(payment="pi_1", invoice=make_invoice(customer)))
    tell(stripe_event("radar.early_fraud_warning.created", payment="pi_1"))
    assert open_breaks() == ["fraud_warning"]

    twice(find_suspects)

    assert is_held(customer)


def test_who_is_released_pays_again_and_is_not_held_for_the_same_tries(toy, configure):
    configure(BURSAR_FRAUD_HOLD="true", BURSAR_RETURN_URL="https://school.example/paid")
    customer = make_customer()
    failing(customer, 5)
    find_suspects()

    assert release(customer.id, by="desk", reason="a family with one card")
    twice(find_suspects)

    assert not is_held(customer)
    assert open_breaks() == []
    assert request_checkout(Wish(invoice=str(make_invoice(customer))))
    assert not release(customer.id, by="desk", reason="again")


def test_a_hold_is_noted_once_with_who_and_why():
    customer = make_customer()

    assert hold(customer.id, by="desk", reason="odd addresses")
    twice(lambda: hold(customer.id, by="desk", reason="odd addresses"))

    assert rows("SELECT actor, action, detail ->> 'reason' FROM audit_log") == [
        ("desk", "customer.held", "odd addresses")
    ]


def test_nobody_can_be_held_who_is_not_there():
    with pytest.raises(CustomerUnknown):
        hold(NOBODY, by="desk", reason="x")
    with pytest.raises(CustomerUnknown):
        release(NOBODY, by="desk", reason="x")
