"""One connection to one PayPal account: a token, pooled sockets, timeouts. Nothing is ever sent twice.

There is an SDK, but it knows neither subscriptions nor reports nor events; all of it is JSON over HTTP.
"""

import re
import time
from functools import cached_property
from typing import Any

import httpx

from bursar.gateways import strictjson
from bursar.gateways.api.protocol import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, Credentials
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.things import Thing

HOSTS = {False: "https://api-m.sandbox.paypal.com", True: "https://api-m.paypal.com"}
"""By whether real money moves (developer.paypal.com/api/rest/requests)."""
KEY_HEADER = "PayPal-Request-Id"
TOKEN_PATH = "/v1/oauth2/token"  # noqa: S105  an address
RENEWED_BEFORE_S = 300.0
"""Seconds before a token's end at which a new one is fetched; it lives for nine hours."""
ANSWER_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of one answer; the longest, a page of 500 transactions, has about one million."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EMPTY = b"{}"


class Client:
    """One account at PayPal. Connects at the first call, so that it may be made before a fork."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self.live = credentials.live
        self._token = ""
        self._renewed_at_s = 0.0
        """By the monotonic clock."""

    def get(self, path: str, **query: str | int) -> Thing:
        """Ask for something. Raises GatewayAway, GatewayRefused or Misconfigured."""
        return self._call("GET", path, write=False, params=query)

    def find(self, path: str) -> Thing | None:
        """One object; None when there is none at this address."""
        try:
            return self.get(path)
        except failures.ReadRefused as error:
            if not failures.is_not_found(error):
                raise
            return None

    def post(self, path: str, body: Thing, key: str | None = None) -> Thing:
        """Ask for an effect; empty for an answer without a body. `key` where PayPal keeps it."""
        headers = {"Prefer": "return=representation"} | ({KEY_HEADER: key} if key else {})
        return self._call("POST", path, write=True, headers=headers, json=body)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    @cached_property
    def _http(self) -> httpx.Client:
        base_url = self._credentials.base_url
        return httpx.Client(
            base_url=base_url or HOSTS[self.live],
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            follow_redirects=False,
            trust_env=base_url is None,  # a gateway on this machine is behind no proxy
        )

    def _call(self, method: str, path: str, *, write: bool, **options: Any) -> Thing:
        """A token may end before its time: 401 means not acted on, so it is tried again with a new one."""
        status, headers, body = self._authorized(method, path, write=write, **options)
        if status == httpx.codes.UNAUTHORIZED:
            self._token = ""
            status, headers, body = self._authorized(method, path, write=write, **options)
        if not 200 <= status < 300:
            raise failures.of_answer(status, headers, body, write=write)
        return _object(body or _EMPTY, write=write)

    def _authorized(
        self, method: str, path: str, *, write: bool, headers: dict[str, str] | None = None, **options: Any
    ) -> tuple[int, httpx.Headers, bytes]:
        known = {**(headers or {}), "Authorization": f"Bearer {self._valid_token()}"}
        return self._send(method, path, write=write, headers=known, **options)

    def _valid_token(self) -> str:
        """Fetching one acts on nothing, so a failure never leaves an outcome unknown."""
        if self._token and time.monotonic() < self._renewed_at_s:
            return self._token
        asked_at_s = time.monotonic()
        pair = (self._credentials.key_id or "", self._credentials.secret)
        form = {"grant_type": "client_credentials"}
        status, headers, body = self._send("POST", TOKEN_PATH, write=False, auth=pair, data=form)
        if status != httpx.codes.OK:
            raise failures.of_answer(status, headers, body, write=False)
        told = _object(body, write=False)
        token, lives_s = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise failures.garbled("has no access_token", write=False)
        self._token = token
        self._renewed_at_s = asked_at_s + (lives_s if type(lives_s) is int else 0) - RENEWED_BEFORE_S
        return token

    def _send(
        self, method: str, path: str, *, write: bool, **options: Any
    ) -> tuple[int, httpx.Headers, bytes]:
        """Send once. Raises what `calls.failures` makes of a connection without an answer."""
        try:
            with self._http_stream(method, path, **options) as answer:
                return answer.status_code, answer.headers, _limited(answer, write=write)
        except httpx.HTTPError as error:
            raise failures.of_exception(error, write=write) from None

    def _http_stream(self, method: str, path: str, **options: Any) -> Any:
        auth = options.pop("auth", None)
        return self._http.stream(method, path, auth=httpx.BasicAuth(*auth) if auth else None, **options)


def path_id(value: str, field: str) -> str:
    """An id that is safe in a URL. Raises GatewayRefused naming the field."""
    if not _ID.fullmatch(value):
        raise failures.refused(f"{field} must be an id of PayPal's: 1 to 64 letters, digits, - and _")
    return value


def _limited(answer: httpx.Response, *, write: bool) -> bytes:
    chunks: list[bytes] = []
    size = 0
    for chunk in answer.iter_bytes():
        size += len(chunk)
        if size > ANSWER_BYTES_MAX:
            raise failures.garbled(f"is longer than {ANSWER_BYTES_MAX} bytes", write=write)
        chunks.append(chunk)
    return b"".join(chunks)


def _object(body: bytes, *, write: bool) -> Thing:
    """As strictly as a webhook: what is found enters the same inbox."""
    try:
        return strictjson.loads(body)
    except strictjson.NotJson as reason:
        raise failures.garbled(f"is no JSON object: {reason}", write=write) from None
