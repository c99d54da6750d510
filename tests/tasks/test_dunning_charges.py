"""Cards are charged again within the law, and mails go out where they may not be."""

import pytest

from bursar.gateways.api.failures import Failure, FailureCode, GatewayRefused
from bursar.gateways.api.requests import Charge, ExpireCheckout
from bursar.rules.states import PaymentStatus
from tasks.checkouts import Wish, open_checkout
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.support.toy.api import away
from tests.tasks.dunning_days import cases, mails, run, save_card, steps, use_policy, waits
from tests.tasks.steps import broken

SENT = ("sent", "done")


@pytest.fixture(autouse=True)
def ladder(toy, configure, tmp_path):
    use_policy(
        configure,
        tmp_path,
        (0, "remind", "due"),
        (3, "retry_charge", "overdue"),
        (7, "retry_charge", "overdue"),
        (10, "final_notice", "final_notice"),
    )


@pytest.fixture
def customer():
    return make_customer()


@pytest.fixture
def invoice(customer):
    """Of 10 dollars: what India demands does not hold."""
    return make_invoice(customer, [10_00], currency="USD")


def charged(toy):
    return [request for _, request in toy.sent if isinstance(request, Charge)]


def decline(**said):
    return GatewayRefused(Failure(code=FailureCode.DECLINED, message="no", object_id="toy_pay_9", **said))


def test_a_saved_card_is_charged_and_the_case_is_over(toy, customer, invoice):
    save_card(customer)
    for n in (0, 3, 4):
        run(n)

    [request] = charged(toy)
    assert (request.amount_minor, request.payment_method) == (10_00, "pm_1")
    assert steps() == [(0, "remind"), (1, "retry_charge")]
    assert cases() == [("recovered",)]
    assert rows("SELECT kind, status, requested_by FROM checkouts") == [("charge", "completed", "dunning")]
    assert broken() == []


def test_open_pages_are_closed_before_a_card_is_charged(toy, customer, invoice, configure):
    configure(BURSAR_RETURN_URL="https://school.example/paid")
    save_card(customer)
    run(0)
    page = open_checkout(Wish(invoice=str(invoice)))

    run(3)

    assert [each.checkout for _, each in toy.sent if isinstance(each, ExpireCheckout)] == [page.external_id]
    assert len(charged(toy)) == 1


@pytest.mark.parametrize(
    "said",
    [{"advice_code": "do_not_try_again"}, {"decline_code": "stolen_card"}, {"network_code": "R1"}],
)
def test_a_card_that_was_refused_for_good_is_never_charged_again(toy, customer, invoice, said):
    save_card(customer)
    toy.before = [decline(**said)]
    for n in range(12):
        run(n)

    assert len(charged(toy)) == 1
    assert steps() == [(0, "remind"), (1, "retry_charge"), (2, "remind"), (3, "final_notice")]
    assert [kind for kind, *_ in mails()] == ["dunning.due", "dunning.overdue", "dunning.final_notice"]


def test_a_decline_is_told_once_with_its_reason_and_the_next_try(toy, customer, invoice, var):
    save_card(customer)
    toy.before = [decline(decline_code="insufficient_funds")]
    run(0)
    run(3)
    run(3, "11:00")
    run(3, "12:00")

    assert [kind for (kind,) in rows("SELECT kind FROM emails WHERE kind = 'payment.retry_failed'")] == [
        "payment.retry_failed"
    ]
    said = value("SELECT said FROM emails WHERE kind = 'payment.retry_failed'")
    assert (said["method"], said["next_attempt_on"]) == ("Visa •••• 4242", "2026-12-08")
    assert said["reason"] == "Your bank refused the payment and gave no reason."  # of codes nobody knows
    assert value("SELECT send_state FROM emails WHERE kind = 'payment.retry_failed'") == "sent"


def test_the_same_card_of_another_pupil_is_not_charged_either(toy, customer, invoice):
    save_card(customer, fingerprint="fp")
    sister = make_customer()
    save_card(sister, "pm_2", payer="toy_cus_2", fingerprint="fp")
    toy.before = [decline(decline_code="lost_card")]
    run(0)
    run(3)
    make_invoice(sister, [10_00], currency="USD")
    for n in range(4, 12):
        run(n)

    assert [request.payment_method for request in charged(toy)] == ["pm_1"]


def test_without_a_card_a_mail_is_sent_instead(toy, invoice):
    for n in (0, 3):
        run(n)

    assert steps() == [(0, "remind"), (1, "remind")]
    assert charged(toy) == []
    assert [kind for kind, *_ in mails()] == ["dunning.due", "dunning.overdue"]


def test_india_is_told_a_day_before_and_the_same_amount_is_charged(toy, customer):
    save_card(customer)
    make_invoice(customer, [900_00])
    run(0)
    run(3)
    assert mails()[-1] == ("charge.announced", *SENT)
    assert charged(toy) == []

    run(4, "09:30")
    assert charged(toy) == []
    assert waits() == ["the notice of the charge is not a day old"]
    run(4, "10:30")

    assert [request.amount_minor for request in charged(toy)] == [900_00]
    assert steps() == [(0, "remind"), (1, "debit_notice"), (1, "retry_charge")]


def test_above_the_limit_of_an_e_mandate_a_link_is_sent(toy, customer):
    save_card(customer)
    make_invoice(customer, [15_000_01])
    for n in (0, 3):
        run(n)

    assert charged(toy) == []
    assert steps() == [(0, "remind"), (1, "remind")]


def test_a_new_card_is_charged_at_once_and_counts_as_no_step(toy, customer, invoice):
    save_card(customer)
    toy.before = [decline(decline_code="expired_card")]
    run(0)
    run(3)
    assert cases() == [("open",)]

    save_card(customer, "pm_new", link=False, at="2027-01-01")
    run(4, "03:00")

    assert [request.payment_method for request in charged(toy)] == ["pm_1", "pm_new"]
    assert steps()[-1] == (None, "retry_charge")
    run(5)
    assert cases() == [("recovered",)]


def test_a_charge_that_has_not_ended_stops_everything(toy, customer, invoice):
    save_card(customer)
    toy.charging = [PaymentStatus.PROCESSING]
    run(0)
    run(3)
    run(7)

    assert steps() == [(0, "remind"), (1, "retry_charge")]
    assert waits() == ["a charge has not ended yet"]


def test_a_gateway_that_was_away_is_no_attempt(toy, customer, invoice):
    save_card(customer)
    run(0)
    toy.before = [away()] * 3
    run(3)

    assert value("SELECT count(*) FROM checkouts WHERE status = 'creating'") == 1
    run(4)
    assert len({key for key, _ in toy.sent}) == 1
