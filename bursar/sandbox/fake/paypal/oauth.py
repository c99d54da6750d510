"""PayPal's access tokens: fetched with the pair of an app, good for nine hours."""

import base64
import binascii
from collections.abc import Callable

import orjson

from bursar.sandbox.fake.paypal.errors import invalid_token
from bursar.sandbox.fake.vendor import Answer, Call

PATH = "/v1/oauth2/token"
OPERATION = "oauth2.token"
LIVES_S = 32_400
"""Seconds, as PayPal says with every token."""
_CLIENT = "A"
"""What the ids of PayPal's apps begin with."""


class Tokens:
    """The tokens that were given out."""

    def __init__(self, now_s: Callable[[], int], stem: str) -> None:
        self._now_s = now_s
        self._stem = stem
        self._ends_s: dict[str, int] = {}

    @property
    def issued(self) -> int:
        """How many there were."""
        return len(self._ends_s)

    def issue(self, call: Call) -> Answer:
        """A token for any secret of an app whose id begins as PayPal's do."""
        scheme, _, told = call.headers.get("authorization", "").partition(" ")
        try:
            client_id, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id, secret = "", ""
        if scheme != "Basic" or not client_id.startswith(_CLIENT) or not secret:
            return invalid_token("invalid_client")
        token = f"{self._stem}.{self.issued}"
        self._ends_s[token] = self._now_s() + LIVES_S
        body = {"scope": "", "access_token": token, "token_type": "Bearer", "expires_in": LIVES_S}
        return Answer(status=200, body=orjson.dumps(body), kept=False)

    def know(self, call: Call) -> bool:
        """Whether a request bears one that still lives."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and self._now_s() < self._ends_s.get(token, 0)

    def revoke(self) -> None:
        """End them all."""
        self._ends_s = dict.fromkeys(self._ends_s, 0)
