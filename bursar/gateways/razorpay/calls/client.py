"""Razorpay's SDK with what it lacks: timeouts, failures that keep their status, and silence on stdout."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import razorpay
import requests

from bursar.clock import utc_now
from bursar.gateways import strictjson
from bursar.gateways.api.protocol import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, Credentials
from bursar.gateways.razorpay.calls import failures
from bursar.gateways.razorpay.entities import Entity

_ID = re.compile(r"[A-Za-z0-9_]{1,64}")


class CheckedSession(requests.Session):
    """Answers the SDK only with success; everything else is raised as a failure that says what to do.

    The SDK would drop status and code, print about the connection, and pass HTML on as a decoding error.
    It must not see any of that. Connections are pooled, and nothing is ever sent twice.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answered_at: datetime | None = None
        """By the gateway's clock, of the last answer."""

    def request(self, method: str, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send once. Raises what `calls.failures` makes of it."""
        write = method != "GET"
        options.update(timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S), allow_redirects=False)
        try:
            response = super().request(method, url, *args, **options)
        except requests.RequestException as error:
            raise failures.of_exception(error, write=write) from None
        self.answered_at = _date_of(response.headers)
        if not 200 <= response.status_code < 300:
            raise failures.of_answer(response.status_code, response.headers, response.content, write=write)
        if response.status_code != 204 and not _is_object(response.content):
            raise failures.garbled("is no JSON object that can be read in one way only", write=write)
        return response


class Client:
    """One account at Razorpay. Connects at the first call, so that it may be made before a fork."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self.live = credentials.live

    @cached_property
    def sdk(self) -> Any:
        """`razorpay.Client`, which has no types."""
        key_id, secret, base_url = (
            self._credentials.key_id,
            self._credentials.secret,
            self._credentials.base_url,
        )
        if base_url is None:
            return razorpay.Client(session=self._session, auth=(key_id, secret))
        self._session.trust_env = False  # a gateway on this machine is behind no proxy
        return razorpay.Client(session=self._session, auth=(key_id, secret), base_url=base_url.rstrip("/"))

    @cached_property
    def _session(self) -> CheckedSession:
        return CheckedSession()

    def call(self, what: Callable[..., Any], *args: Any, **options: Any) -> Entity:
        """What an SDK method answers. For 204 the SDK makes up the text `{}`: that is an empty object."""
        answer = what(*args, **options)
        return answer if isinstance(answer, dict) else {}

    def now(self) -> datetime:
        """When the last answer was made, by the gateway's clock; ours where it did not say."""
        return self._session.answered_at or utc_now()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()


def path_id(value: str, field: str) -> str:
    """An id that is safe in a URL: the SDK puts it there as it is. Raises GatewayRefused naming the field."""
    if not _ID.fullmatch(value):
        raise failures.refused(f"{field} must be an id of Razorpay's: 1 to 64 letters, digits and _")
    return value


def _date_of(headers: Mapping[str, str]) -> datetime | None:
    """The `Date` of an answer (RFC 9110 section 6.6.1)."""
    try:
        return parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


def _is_object(body: bytes) -> bool:
    """As strict as with webhooks: what is found here is stored and read again like one."""
    try:
        strictjson.loads(body)
    except strictjson.NotJson:
        return False
    return True
