import signal
import subprocess
import sys

import httpx
import orjson
import pytest
import stripe

from bursar import settings
from bursar.sandbox.fake.__main__ import EXIT_MISCONFIGURED, EXIT_NOT_LISTENING, main
from bursar.sandbox.fake.server import FakeServer
from tests.sandbox.fake.conftest import Stage
from tests.sandbox.fake.receiving import receiving
from tests.sandbox.fake.stripe.asking import payment, session


def _started(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bursar.sandbox.fake", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _urls(process: subprocess.Popen[bytes]) -> dict[str, str]:
    word, _, told = process.stdout.readline().partition(b" ")
    assert word == b"ready"
    return orjson.loads(told)


def _ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=20)
    return process.returncode, err


def test_a_process_of_its_own_says_ready_plays_delivers_and_ends_on_a_signal():
    with receiving() as receiver:
        process = _started("--webhooks", receiver.url)
        urls = _urls(process)
        client = stripe.StripeClient("sk_test_any", base_addresses={"api": urls["stripe"]})
        made = client.v1.customers.create({"email": "a@example.com"})
        receiver.wait_for("customer.created")
        ended = _ended(process)

    assert receiver.types() == ["customer.created"]
    assert receiver.deliveries[0].told["data"]["object"]["id"] == made.id
    assert ended == (0, b"")


def test_two_servers_never_give_the_same_id():
    first, second = _started(), _started()
    made = [
        stripe.StripeClient("sk_test_any", base_addresses={"api": _urls(one)["stripe"]})
        .v1.customers.create({})
        .id
        for one in (first, second)
    ]
    _ended(first)
    _ended(second)

    assert made[0] != made[1]


def test_a_taken_port_is_said_and_ends_it(stage, capsys):
    port = httpx.URL(stage.gateways.url).port

    assert main(["--port", str(port)]) == EXIT_NOT_LISTENING

    assert str(port) in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["--lost=1.5", "--duplicated=-0.1", "--delay-s-max=-1", "--reordered=x"])
def test_an_option_outside_its_range_is_refused_by_name(wrong, capsys):
    with pytest.raises(SystemExit) as refused:
        main([wrong])

    assert refused.value.code == EXIT_MISCONFIGURED
    assert wrong.partition("=")[0] in capsys.readouterr().err


def test_a_setting_that_is_wrong_is_said_and_ends_it(monkeypatch, capsys):
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "short")
    settings.load.cache_clear()

    assert main([]) == EXIT_MISCONFIGURED

    assert "STRIPE_WEBHOOK_SECRET" in capsys.readouterr().err


def test_a_courier_delivers_by_itself(stage, receiver):
    with FakeServer(stage.gateways, courier=True):
        staged = Stage(stage.gateways, stage.client().v1)
        payment(staged)
        receiver.wait_for(*staged.types())

    assert sorted(receiver.types()) == sorted(staged.types())


def test_the_hosted_page_is_at_the_address_the_session_names(stage):
    assert session(stage).url.startswith(stage.gateways.url)
