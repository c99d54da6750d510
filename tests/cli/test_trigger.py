"""Samples are signed and posted like a gateway's events; refusals say why and nothing reaches live books."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bursar.cli import running
from bursar.cli.exits import ExitCode
from bursar.gateways.paypal.certificates import certificates_of
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.protocol import Gateway, Secret
from bursar.gateways.registry import GATEWAYS
from bursar.sandbox.paypal_certificates import keep_identity
from bursar.sandbox.samples import SAMPLES
from bursar.settings import load

STRIPE_SECRET = "whsec_of_the_cli_tests"
RAZORPAY_SECRET = "secret_of_the_cli_tests"
WEBHOOK_ID = "WEBHOOK0OF0THE0CLI"
SECRETS = {"stripe": STRIPE_SECRET, "razorpay": RAZORPAY_SECRET, "paypal": WEBHOOK_ID}


@dataclass
class Receiver:
    """A receiver that verifies signatures and answers as it is told."""

    status: int = 200
    port: int = 0
    paypal: Gateway = field(default_factory=PayPal)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        gateway = path.rpartition("/")[2]
        secret = SECRETS[gateway].encode()
        now_s = int(time.time())
        verifier = self.paypal if gateway == "paypal" else GATEWAYS[gateway]
        verifier.verify(body, headers, [Secret(value=secret, key_id="x")], now_s)
        self.raw.append(body)
        self.bodies.append(json.loads(body))


@pytest.fixture(scope="module")
def paypal_folder(tmp_path_factory):
    """Where `bursar up` would have left a certificate of our own; one key for all, they are slow to make."""
    folder = tmp_path_factory.mktemp("var")
    keep_identity(folder)
    return folder


@pytest.fixture
def receiver(variables, paypal_folder) -> Iterator[Receiver]:
    taken = Receiver(paypal=PayPal(certificates_of("test", paypal_folder)))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(taken.status)
            self.end_headers()
            self.wfile.write(b'{"error": {"message": "because"}}')

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        taken.port = server.server_port
        variables(
            BURSAR_PORT=str(taken.port),
            STRIPE_WEBHOOK_SECRET=STRIPE_SECRET,
            RAZORPAY_WEBHOOK_SECRET=RAZORPAY_SECRET,
            PAYPAL_WEBHOOK_ID=WEBHOOK_ID,
            BURSAR_VAR=str(paypal_folder),
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield taken
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_sample_is_posted_with_a_genuine_signature(bursar, receiver, name):
    answer = bursar("trigger", name)

    assert answer.code == 0
    assert answer.out.startswith(f"200 {name} p")
    assert len(receiver.bodies) == 1


def test_options_become_the_payment_and_its_metadata(bursar, receiver):
    words = ["--amount", 6100000, "--currency", "inr", "--payment", "pay_x", "--invoice", "INV/1"]
    bursar("trigger", "razorpay:payment.captured", *words, "--student", "s-1", "--track", "t")

    payment = receiver.bodies[0]["payload"]["payment"]["entity"]
    assert (payment["id"], payment["amount"], payment["currency"]) == ("pay_x", 6100000, "INR")
    assert payment["notes"] == {"invoice": "INV/1", "student": "s-1", "track": "t"}


def test_count_posts_as_many_payments(bursar, receiver):
    answer = bursar("trigger", "stripe:payment_intent.succeeded", "--count", 3, "--json")

    assert len({each["payment"] for each in answer.jsonl}) == 3
    assert [each["status"] for each in answer.jsonl] == [200, 200, 200]
    assert len({body["id"] for body in receiver.bodies}) == 3


def test_count_of_one_payment_posts_duplicates(bursar, receiver):
    bursar("trigger", "stripe:charge.succeeded", "--count", 3, "--payment", "pi_x")

    assert len(receiver.raw) == 3
    assert len(set(receiver.raw)) == 1


def test_an_unknown_sample_is_a_usage_error_that_lists_all(bursar):
    answer = bursar("trigger", "stripe:nonsense")

    assert answer.code == ExitCode.USAGE
    assert all(name in answer.err for name in SAMPLES)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--amount", "0"], ExitCode.USAGE),
        (["--amount", "4.99"], ExitCode.USAGE),
        (["--currency", "Rs"], ExitCode.REFUSED),
    ],
)
def test_amounts_and_currencies_that_do_not_exist_are_not_posted(bursar, receiver, words, code):
    assert bursar("trigger", "stripe:charge.succeeded", *words).code == code
    assert receiver.raw == []


@pytest.mark.parametrize(("status", "code"), [(400, ExitCode.REFUSED), (503, ExitCode.TRANSIENT)])
def test_the_receivers_no_is_told_with_its_reason(bursar, receiver, status, code):
    receiver.status = status

    answer = bursar("trigger", "stripe:charge.succeeded")

    assert answer.code == code
    assert f"answered {status}" in answer.err
    assert "because" in answer.err


def test_no_receiver_is_transient_and_names_the_cure(bursar, variables):
    variables(BURSAR_PORT="1", STRIPE_WEBHOOK_SECRET=STRIPE_SECRET)

    answer = bursar("trigger", "stripe:charge.succeeded")

    assert answer.code == ExitCode.TRANSIENT
    assert "bursar up" in answer.err


def test_without_a_secret_the_variable_is_named(bursar):
    answer = bursar("trigger", "razorpay:order.paid")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "RAZORPAY_WEBHOOK_SECRET" in answer.err


def test_without_a_certificate_of_our_own_paypals_samples_are_not_signed(bursar, variables, tmp_path):
    variables(PAYPAL_WEBHOOK_ID=WEBHOOK_ID, BURSAR_VAR=str(tmp_path))

    answer = bursar("trigger", "paypal:PAYMENT.CAPTURE.COMPLETED")

    assert answer.code == ExitCode.MISCONFIGURED
    assert "run `bursar up`" in answer.err


def test_live_books_get_no_samples(bursar, receiver, variables):
    variables(BURSAR_MODE="live")

    assert bursar("trigger", "stripe:charge.succeeded").code == ExitCode.REFUSED
    assert receiver.raw == []


def test_the_address_of_a_running_house_wins_over_the_configured_port(bursar, receiver, variables, tmp_path):
    variables(BURSAR_PORT="1", BURSAR_VAR=str(tmp_path))
    house = running.Running(pid=1, receiver_url=f"http://127.0.0.1:{receiver.port}", flower_url="")

    with running.only_one(load().var):
        running.announce(load().var, house)

        assert bursar("trigger", "stripe:charge.succeeded").code == 0
