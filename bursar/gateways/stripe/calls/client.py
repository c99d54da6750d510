"""One connection to one Stripe account, made when it is first used."""

import logging

import requests
import stripe

from bursar.gateways.api.protocol import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, Credentials

API_VERSION = "2026-10-28.endive"
"""What we send and read. A newer SDK must not change it under us: readers and requests are tested with it."""
NETWORK_RETRIES = 0
"""The row of the call is what retries. The SDK would sleep in a worker, hide how often it sent, and repeat
a 500 that Stripe only replays."""
REDIRECTS = 0
"""Stripe's API redirects nobody: whoever does stands between, and would be handed our request."""


class Connection:
    """The client of one account and process; use it from one thread."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._session: requests.Session | None = None
        self._client: stripe.StripeClient | None = None

    @property
    def client(self) -> stripe.StripeClient:
        """Made at the first call, which is after the fork: children must not share a socket."""
        if self._client is None:
            _keep_quiet()
            self._session = _session(self._credentials)
            self._client = _client(self._credentials, self._session)
        return self._client

    def close(self) -> None:
        """Give the sockets back. The next call opens new ones."""
        if self._session is not None:
            self._session.close()
        self._session = self._client = None


def _session(credentials: Credentials) -> requests.Session:
    """Keeps connections alive between calls; never sends anything twice."""
    session = requests.Session()
    session.max_redirects = REDIRECTS
    # A fake gateway stands on this machine: a company's proxy would look for it elsewhere.
    session.trust_env = credentials.base_url is None
    return session


def _client(credentials: Credentials, session: requests.Session) -> stripe.StripeClient:
    base_url = credentials.base_url
    return stripe.StripeClient(
        credentials.secret,
        stripe_version=API_VERSION,
        max_network_retries=NETWORK_RETRIES,
        base_addresses={"api": base_url.rstrip("/")} if base_url else None,
        http_client=stripe.RequestsClient(timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S), session=session),
    )


def _keep_quiet() -> None:
    """No telemetry to Stripe, and no names and addresses into our log: at INFO and below it has bodies."""
    stripe.enable_telemetry = False
    logging.getLogger("stripe").setLevel(logging.WARNING)
