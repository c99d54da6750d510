"""Signing samples and posting them to the receiver that runs here; refuses to touch live books."""

import secrets
import time
from types import TracebackType
from typing import Any, Self

import httpx

from bursar.cli import running
from bursar.errors import Misconfigured, Refused, Transient
from bursar.sandbox.samples import SAMPLES
from bursar.sandbox.signers import sign_paypal, sign_razorpay, sign_stripe
from bursar.settings import Settings
from webhook_receiver.accounts import secret_variable

ANSWER_LIMIT_S = 15.0
"""Seconds; the receiver stores or refuses within its own ten."""
_PREFIXES = {"stripe": "pi_", "razorpay": "pay_", "paypal": "pp-"}


class LiveBooks(Refused):
    """Samples are not posted to live books: run this with BURSAR_MODE=test."""


class SampleRefused(Refused):
    """The receiver refused the sample."""


class ReceiverAway(Transient):
    """No receiver answers."""


class Samples:
    """One kind of sample event and the connection it goes out on."""

    def __init__(self, settings: Settings, event: str, story: dict[str, Any]) -> None:
        if settings.mode == "live":
            raise LiveBooks
        self._build = SAMPLES[event]
        self._gateway = event.partition(":")[0]
        self._now_s = int(time.time())
        self._story = {**story, "created": self._now_s}
        self._secret = _secret(settings, self._gateway)
        self._var = settings.var
        self._run = secrets.token_hex(5)
        here = running.find(settings.var)
        self._base_url = here.receiver_url if here else f"http://{settings.host}:{settings.port}"
        # A proxy of the environment has no business between us and our own receiver.
        self._client = httpx.Client(base_url=self._base_url, timeout=ANSWER_LIMIT_S, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def fresh_payment(self, n: int) -> str:
        """A payment id nobody has used."""
        return f"{_PREFIXES[self._gateway]}sample{self._run}{n:04d}"

    def post(self, payment: str) -> int:
        """Post the event about this payment. Raises SampleRefused or ReceiverAway."""
        body = self._build(**self._story, payment=payment)
        try:
            answer = self._client.post(f"/webhooks/{self._gateway}", content=body, headers=self._signed(body))
        except httpx.TransportError as error:
            raise ReceiverAway(
                f"no receiver answers at {self._base_url} ({type(error).__name__}): start one with "
                "`bursar up`, or set BURSAR_HOST and BURSAR_PORT to where yours listens"
            ) from None
        if answer.status_code >= 500:
            raise ReceiverAway(f"the receiver answered {answer.status_code}: {answer.text.strip()}")
        if answer.status_code != 200:
            raise SampleRefused(f"the receiver answered {answer.status_code}: {answer.text.strip()}")
        return answer.status_code

    def _signed(self, body: bytes) -> dict[str, str]:
        if self._gateway == "stripe":
            return sign_stripe(body, self._secret, int(time.time()))
        if self._gateway == "razorpay":
            return sign_razorpay(body, self._secret)
        from bursar.sandbox.paypal_certificates import read_identity  # loads a library only PayPal needs

        return sign_paypal(body, self._secret, int(time.time()), read_identity(self._var))


def _secret(settings: Settings, gateway: str) -> bytes:
    """The configured secret, else the one `bursar up` generated."""
    configured = settings.webhook_secrets(gateway)
    if configured:
        return configured[0]
    generated = running.read_secrets(settings.var).get(gateway)
    if generated:
        return generated.encode()
    raise Misconfigured(
        f"{secret_variable(gateway)} is not set: set it to the receiver's secret, "
        "or run `bursar up`, which makes one where none is configured"
    )
