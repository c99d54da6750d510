"""Whoever waits for a page hears when it is open, and looks for himself when nobody said so."""

import threading

import pytest

from bursar.errors import Transient
from models.queries.checkouts import CheckoutUnknown
from models.session import transaction
from tasks import awaiting
from tasks.awaiting import NotDecided, await_checkout
from tasks.checkouts import Wish, request_checkout
from tasks.payments import create_checkout
from tests.support.factories import execute, make_customer, make_invoice
from tests.support.toy.api import away

PLENTY_S = 30.0


@pytest.fixture
def checkout_id(toy, configure):
    configure(BURSAR_RETURN_URL="https://school.example/paid")
    return request_checkout(Wish(invoice=str(make_invoice(make_customer()))))


def in_the_background(work):
    worker = threading.Thread(target=work)
    worker.start()
    return worker


def test_what_is_decided_already_is_not_waited_for(checkout_id):
    create_checkout()

    assert await_checkout(checkout_id, 0).status == "open"


def test_a_page_that_opens_meanwhile_is_heard_of(checkout_id, monkeypatch):
    monkeypatch.setattr(awaiting, "LOOK_S", PLENTY_S)
    looked = threading.Event()
    get = awaiting._get
    monkeypatch.setattr(awaiting, "_get", lambda each: (get(each), looked.set())[0])

    def open_it():
        looked.wait(PLENTY_S)
        create_checkout()

    worker = in_the_background(open_it)
    found = await_checkout(checkout_id, PLENTY_S)
    worker.join()

    assert (found.status, found.url) == ("open", "https://toy.example/pay/1")


def test_a_page_of_which_nobody_said_that_it_is_open_is_found_by_looking(checkout_id, monkeypatch):
    monkeypatch.setattr(awaiting, "LOOK_S", 0.01)
    opened = "UPDATE checkouts SET status = 'open', external_id = 'toy_page_1', url = 'https://toy.example'"

    worker = in_the_background(lambda: execute(opened))
    found = await_checkout(checkout_id, PLENTY_S)
    worker.join()

    assert found.status == "open"


def test_a_page_that_fails_is_decided_too(toy, checkout_id):
    toy.before = [away()] * 3
    create_checkout()

    assert await_checkout(checkout_id, 0).failure == "unreachable: nobody there"


def test_who_waited_long_enough_is_told_where_to_look_later(checkout_id):
    with pytest.raises(NotDecided, match=f"payments status {checkout_id}"):
        await_checkout(checkout_id, 0)
    assert issubclass(NotDecided, Transient)


def test_a_checkout_that_does_not_exist_is_refused(database_url):
    with pytest.raises(CheckoutUnknown):
        await_checkout("00000000-0000-7000-8000-000000000000", 1)


def test_who_waits_holds_no_transaction_and_gives_its_connection_back(checkout_id):
    create_checkout()
    for _ in range(20):
        await_checkout(checkout_id, 0)

    with transaction() as session:
        assert session.connection().engine.pool.checkedout() == 1
