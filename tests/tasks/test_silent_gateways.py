"""Gateways that do not answer a wish for a page: asked once more, left for the next one, asked again."""

import pytest

from bursar.gateways.api.failures import FailureCode
from bursar.gateways.api.requests import CreateCheckout, ExpireCheckout
from models.queries import checkouts as rows_of_checkouts
from models.session import reading
from tasks import checkouts, routing
from tasks.checkouts import Wish, open_checkout, request_checkout
from tasks.payments import create_checkout, reconcile
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.support.toy.api import away, lost, refused
from tests.tasks.steps import hurry

WAIT_S = 600.0
ASKED = "SELECT gateway_account, outcome FROM gateway_calls WHERE operation = 'create_checkout' ORDER BY n"
STANDING = "SELECT status, gateway_account, fallback_from FROM checkouts"


@pytest.fixture(autouse=True)
def return_url(configure):
    configure(BURSAR_RETURN_URL="https://school.example/paid", BURSAR_MODE="test")


@pytest.fixture
def invoice():
    return str(make_invoice(make_customer(), [600_00, 400_00]))


@pytest.fixture
def no_time_passes(monkeypatch):
    """Backing off takes next to nothing."""
    monkeypatch.setattr(checkouts, "LOOK_S", 0.001)
    monkeypatch.setattr(routing, "wait_s", lambda *_: 0.001)


def pages(api):
    """The keys under which a gateway was asked for a page."""
    return [key for key, request in api.sent if isinstance(request, CreateCheckout)]


def test_a_gateway_that_does_not_answer_is_asked_again_at_once(toy, invoice):
    toy.before = [away(), away()]

    assert open_checkout(Wish(invoice=invoice)).status == "open"
    assert len({key for key, _ in toy.sent}) == 1
    assert len(toy.sent) == 3


def test_another_gateway_opens_the_page_when_the_first_stays_silent(toy, second_toy, invoice):
    toy.before = [away()] * 3

    checkout = open_checkout(Wish(invoice=invoice))
    reconcile()

    assert rows("SELECT status, gateway_account, fallback_from, external_id FROM checkouts") == [
        ("open", "yoyo:test", "toy:test", "yoyo_page_1")
    ]
    assert rows(ASKED) == [("toy:test", "given_up"), ("yoyo:test", "answered")]
    assert checkout.id == value("SELECT id FROM checkouts")


def test_a_page_that_opened_too_late_is_closed_again(toy, second_toy, invoice):
    toy.after, toy.when_asked = [lost()], [away()]

    open_checkout(Wish(invoice=invoice))
    reconcile()
    hurry("gateway_calls")
    reconcile()
    reconcile()

    assert rows("SELECT status, external_id FROM checkouts") == [("open", "yoyo_page_1")]
    assert [request.checkout for _, request in toy.sent if isinstance(request, ExpireCheckout)] == [
        "toy_page_1"
    ]


def test_a_page_that_no_gateway_opens_fails_with_the_reason(toy, invoice):
    toy.before = [away()] * 3

    checkout = open_checkout(Wish(invoice=invoice))

    assert (checkout.status, checkout.failure) == ("failed", "unreachable: nobody there")


def test_a_refusal_is_not_taken_to_the_next_gateway(toy, second_toy, invoice):
    toy.before = [refused(FailureCode.INVALID)]

    checkout = open_checkout(Wish(invoice=invoice))

    assert (checkout.status, checkout.failure) == ("failed", "invalid: no")
    assert second_toy.sent == []


def test_a_wish_after_a_failure_is_a_new_checkout(toy, invoice):
    toy.before = [refused(FailureCode.INVALID)]
    failed = open_checkout(Wish(invoice=invoice))

    opened = open_checkout(Wish(invoice=invoice))

    assert failed.id != opened.id
    assert opened.status == "open"


def test_who_waits_for_a_page_waits_for_no_call_of_others(toy, second_toy, invoice):
    request_checkout(Wish(invoice=str(make_invoice(make_customer(), [100_00]))))
    toy.before = [away()] * 3

    checkout = open_checkout(Wish(invoice=invoice))

    assert (checkout.gateway_account, checkout.fallback_from) == ("yoyo:test", "toy:test")
    assert rows("SELECT status FROM checkouts WHERE id <> %s", checkout.id) == [("creating",)]


# -- a lost answer


def test_a_lost_page_is_asked_for_at_once_and_is_the_one_that_opens(toy, second_toy, invoice):
    toy.after = [lost()]

    checkout = open_checkout(Wish(invoice=invoice))

    assert (checkout.status, checkout.external_id) == ("open", "toy_page_1")
    assert toy.asked == pages(toy)
    assert second_toy.sent == []


def test_a_page_that_was_certainly_not_made_is_asked_for_anew_under_another_key(toy, second_toy, invoice):
    toy.before = [lost()]

    assert open_checkout(Wish(invoice=invoice)).gateway_account == "toy:test"

    first, second = pages(toy)
    assert first != second
    assert second.startswith(first[:39])
    assert rows("SELECT key, outcome FROM gateway_calls WHERE operation = 'create_checkout'") == [
        (second, "answered")
    ]


def test_a_gateway_that_is_silent_about_its_page_as_well_is_left_for_the_next(toy, second_toy, invoice):
    toy.after, toy.when_asked = [lost()], [away()]

    open_checkout(Wish(invoice=invoice))

    assert rows(STANDING) == [("open", "yoyo:test", "toy:test")]
    assert rows(ASKED) == [("toy:test", "unknown"), ("yoyo:test", "answered")]


def test_who_has_waited_long_for_a_lost_page_is_sent_to_the_next_gateway(
    toy, second_toy, invoice, monkeypatch
):
    monkeypatch.setattr("tasks.calls.ASK_AT_ONCE_WITHIN_S", -1.0)
    toy.after = [lost()]

    open_checkout(Wish(invoice=invoice))

    assert rows(STANDING) == [("open", "yoyo:test", "toy:test")]
    assert toy.asked == []


# -- one gateway only


def test_a_page_of_one_gateway_only_is_opened_by_no_other(toy, second_toy, invoice):
    toy.before = [away()] * 3

    checkout = open_checkout(Wish(invoice=invoice, gateway="toy"))

    assert (checkout.status, checkout.gateway_account) == ("failed", "toy:test")
    assert checkout.failure == "unreachable: nobody there; only toy was to be asked"
    assert second_toy.sent == []


def test_a_lost_page_of_one_gateway_only_is_waited_for(toy, second_toy, invoice):
    toy.after, toy.when_asked = [lost()], [away()]

    checkout_id = open_checkout(Wish(invoice=invoice, gateway="toy")).id
    assert rows(STANDING) == [("creating", "toy:test", None)]
    hurry("gateway_calls")
    reconcile()

    with reading() as session:
        assert rows_of_checkouts.get(session, checkout_id).url == "https://toy.example/pay/1"
    assert second_toy.sent == []


def test_a_page_that_is_wished_for_again_at_one_gateway_only_stays_there(toy, second_toy, invoice):
    first = request_checkout(Wish(invoice=invoice))
    assert request_checkout(Wish(invoice=invoice, gateway="toy")) == first
    toy.before = [away()] * 3

    create_checkout()

    assert rows(STANDING) == [("failed", "toy:test", None)]


# -- nobody answers


def test_while_somebody_waits_every_gateway_is_asked_again(toy, second_toy, invoice):
    toy.before, second_toy.before = [away()] * 3, [away()] * 3
    request_checkout(Wish(invoice=invoice, wait_s=WAIT_S))

    create_checkout()
    assert rows(STANDING) == [("creating", "toy:test", "yoyo:test")]
    assert value("SELECT not_before > now() FROM gateway_calls WHERE state = 'pending' AND n = 3")
    hurry("gateway_calls")
    create_checkout()

    assert rows(STANDING) == [("open", "toy:test", "yoyo:test")]
    asked = (
        "SELECT gateway_account, outcome FROM gateway_calls WHERE operation = 'create_checkout' ORDER BY n"
    )
    assert rows(asked) == [
        ("toy:test", "given_up"),
        ("yoyo:test", "given_up"),
        ("toy:test", "answered"),
    ]


def test_the_only_gateway_is_asked_again_as_long_as_somebody_waits(toy, invoice):
    toy.before = [away()] * 3
    request_checkout(Wish(invoice=invoice, wait_s=WAIT_S, gateway="toy"))

    create_checkout()
    hurry("gateway_calls")
    create_checkout()

    assert rows(STANDING) == [("open", "toy:test", None)]


def test_who_waits_no_longer_is_told_that_nobody_answered(toy, second_toy, invoice):
    toy.before, second_toy.before = [away()] * 20, [away()] * 20
    request_checkout(Wish(invoice=invoice, wait_s=WAIT_S))
    create_checkout()
    execute("UPDATE checkouts SET wanted_until = now()")
    hurry("gateway_calls")

    create_checkout()

    assert value("SELECT failure FROM checkouts") == "unreachable: nobody there"
    assert (
        value("SELECT count(*) FROM gateway_calls WHERE operation = 'create_checkout' AND state <> 'done'")
        == 0
    )


def test_who_waits_here_makes_the_later_calls_himself(toy, second_toy, invoice, no_time_passes):
    toy.before, second_toy.before = [away()] * 6, [away()] * 6

    assert open_checkout(Wish(invoice=invoice, wait_s=WAIT_S)).status == "open"


def test_a_lost_page_of_the_last_gateway_is_asked_for_as_long_as_somebody_waits(
    toy, invoice, no_time_passes, monkeypatch
):
    monkeypatch.setattr("tasks.calls.wait_s", lambda *_: 0.001)
    toy.after, toy.when_asked = [lost()], [away()] * 3

    checkout = open_checkout(Wish(invoice=invoice, wait_s=WAIT_S))

    assert (checkout.status, checkout.external_id) == ("open", "toy_page_1")
    assert len(pages(toy)) == 1
