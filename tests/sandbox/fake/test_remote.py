"""The fake gateways of another process are told what to do as those of this one."""

import shlex

import pytest

from bursar.errors import Refused
from bursar.sandbox.fake.__main__ import _parsed
from bursar.sandbox.fake.process import FakeProcess
from bursar.sandbox.fake.remote import Remote
from bursar.sandbox.fake.vendor import Choice
from bursar.sandbox.fake.webhooks import Plan
from tests.sandbox.fake.stripe.asking import payment, session


@pytest.fixture
def remote(stage):
    with Remote(stage.gateways.url) as remote:
        yield remote


def test_a_payer_pays_once_and_lands_at_the_shop(stage, remote):
    opened = session(stage)

    assert remote.choose(opened.url, Choice.DECLINE) == opened.url
    assert remote.choose(opened.url, Choice.PAY) == f"https://school.example/paid?s={opened.id}"
    with pytest.raises(Refused, match="409"):
        remote.choose(opened.url, Choice.PAY)


def test_money_is_moved_and_read_in_the_book(stage, remote):
    paid = payment(stage)

    remote.control("stripe", "refund", payment=paid.id, amount=1_000)

    assert [(row["kind"], row["payment"], row["amount_minor"]) for row in remote.book()] == [
        ("charge", paid.id, 5_000),
        ("refund", paid.id, 1_000),
    ]
    assert "payment_intent.succeeded" in [event["type"] for event in remote.events()]


def test_faults_are_scripted_counted_and_ended(stage, remote):
    remote.fail(operation="stripe.payment_intents.create", kind="decline", times=None)
    with pytest.raises(Exception, match="declined"):
        payment(stage)
    remote.fail_no_more()
    payment(stage)

    assert remote.hits() == {"stripe.payment_intents.create decline": 1}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda remote: remote.control("stripe", "vanish"), "no such control"),
        (lambda remote: remote.fail(operation="stripe.*", kind="gone"), "kind"),
        (lambda remote: remote.advance(-1), "time does not go back"),
        (lambda remote: remote.redeliver("evt_nobody"), "no event evt_nobody"),
    ],
    ids=["control", "fault", "clock", "event"],
)
def test_a_refusal_says_why(remote, wrong, said):
    with pytest.raises(Refused, match=said):
        wrong(remote)


def test_a_server_that_is_not_there_does_not_answer(remote):
    assert remote.answers()
    with Remote("http://127.0.0.1:1") as nobody:
        assert not nobody.answers()


def test_the_line_of_a_procfile_says_all_of_the_plan():
    plan = Plan(seed=3, duplicated=0.1, reordered=0.2, lost=0.05, delay_s_max=0.5)
    line = FakeProcess(port=81, receiver_url="http://127.0.0.1:82", plan=plan).line

    asked = vars(_parsed(shlex.split(line)[3:]))

    assert asked == {
        "port": 81,
        "webhooks": "http://127.0.0.1:82/webhooks",
        "seed": 3,
        "duplicated": 0.1,
        "reordered": 0.2,
        "lost": 0.05,
        "delay_s_max": 0.5,
    }


def test_who_has_no_shop_lands_on_a_page(stage, http):
    page = http.get(FakeProcess(port=81, receiver_url="").return_url.removeprefix("http://127.0.0.1:81"))

    assert page.status_code == 200
    assert "You are back" in page.text
