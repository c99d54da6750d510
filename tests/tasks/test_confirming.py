"""Intents collected from here: once, asked for when the answer is lost, with the reason when declined."""

import pytest

from bursar.gateways.api.requests import ConfirmIntent
from bursar.rules.states import CheckoutKind
from tasks.checkouts import Wish, open_checkout
from tasks.payments import confirm
from tasks.proofs import NotConfirmable, request_confirmation
from tests.support.factories import make_customer, make_invoice, rows, value
from tests.support.toy.api import lost, refused
from tests.tasks.steps import hurry, tell, twice


@pytest.fixture
def intent(toy, configure):
    configure(BURSAR_RETURN_URL="https://school.example/paid")
    invoice = str(make_invoice(make_customer()))
    return open_checkout(Wish(invoice=invoice, kind=CheckoutKind.INTENT))


def test_an_intent_is_collected_once(toy, intent):
    request_confirmation(intent.id, "pm_1")
    assert request_confirmation(intent.id, "pm_1") is None

    twice(confirm)
    tell()

    [request] = [each for _, each in toy.sent if isinstance(each, ConfirmIntent)]
    assert (request.payment, request.payment_method) == (intent.external_id, "pm_1")
    assert rows("SELECT status FROM checkouts") == [("completed",)]
    assert value("SELECT count(*) FROM payments") == 1


def test_an_intent_whose_answer_was_lost_is_asked_for(toy, intent):
    toy.after = [lost()]
    request_confirmation(intent.id, "pm_1")

    confirm()
    hurry("gateway_calls")
    confirm()

    assert rows("SELECT status FROM checkouts") == [("completed",)]
    assert len([each for _, each in toy.sent if isinstance(each, ConfirmIntent)]) == 1


def test_an_intent_that_is_declined_says_why(toy, intent):
    request_confirmation(intent.id, "pm_1")
    toy.before = [refused(decline_code="no_funds", advice_code="try_again_later")]

    confirm()

    assert rows("SELECT status, decline_code, advice_code FROM checkouts") == [
        ("failed", "no_funds", "try_again_later")
    ]


def test_only_an_open_intent_is_collected(toy, intent):
    page = open_checkout(Wish(invoice=intent.number, amount_minor=1_00))

    with pytest.raises(NotConfirmable, match="kind page"):
        request_confirmation(page.id, "pm_1")
