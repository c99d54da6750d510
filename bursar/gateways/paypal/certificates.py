"""PayPal's certificates, kept by address. An unknown one is fetched in the background, never waited for.

The receiver answers 503 meanwhile, and PayPal delivers again: 25 times over three days. One address serves
for months, so that happens once per process and certificate.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog

from bursar.errors import Refused
from bursar.gateways.paypal.downloads import download, download_issuer
from bursar.gateways.paypal.trust import SigningKey, Trust, pinned, public_roots
from bursar.gateways.protocol import CertificateAway, SignatureMismatch

log = structlog.get_logger(__name__)

KEPT_MAX = 16
"""Certificates; PayPal uses one per environment and a second while it changes."""
FETCHES_AT_ONCE = 2
"""A forger can invent addresses at PayPal's host: this is how hard we can be made to knock there."""
FAILURE_KEPT_S = 60
"""Seconds in which a failed address is not asked again."""
FAILURES_MAX = 256
"""Failed addresses remembered; beyond, the oldest is forgotten."""
SANDBOX_URL = "https://api.sandbox.paypal.com/v1/notifications/certs/BURSAR-SANDBOX"
"""The address that `bursar trigger` names; PayPal has nothing there."""
SANDBOX_FILE = "paypal-sandbox.pem"
"""In BURSAR_VAR: the certificate that `bursar trigger` signs with."""

Job = Callable[[], None]
_Value = TypeVar("_Value")


class _Failure(NamedTuple):
    until_s: int
    reason: str
    final: bool
    """Whether it is no certificate of PayPal's, rather than out of reach."""


class Certificates:
    """A CertificateSource for one process; `find` never blocks."""

    def __init__(
        self,
        fetch: Callable[[str], bytes],
        trust: Callable[[bytes, int], SigningKey],
        start: Callable[[Job], None],
    ) -> None:
        self._fetch = fetch
        self._trust = trust
        self._start = start
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, SigningKey] = OrderedDict()
        self._failures: OrderedDict[str, _Failure] = OrderedDict()
        self._fetching: set[str] = set()

    def keep(self, url: str, key: SigningKey) -> None:
        """Know the certificate of an address."""
        with self._lock:
            _put(self._kept, url, key, KEPT_MAX)

    def find(self, url: str, now_s: int) -> SigningKey:
        """The certificate of this address, if it is known and valid now; otherwise begins to fetch it.

        Raises CertificateAway, or SignatureMismatch when it is none of PayPal's.
        """
        with self._lock:
            key = self._kept.get(url)
            if key is not None and key.valid_from_s <= now_s <= key.valid_until_s:
                return key
            self._kept.pop(url, None)
            failure = self._failures.get(url)
            if failure is not None and now_s < failure.until_s:
                raise SignatureMismatch(failure.reason) if failure.final else CertificateAway(failure.reason)
            begin = url not in self._fetching and len(self._fetching) < FETCHES_AT_ONCE
            if begin:
                self._fetching.add(url)
        if begin:
            self._start(lambda: self._learn(url, now_s))
        raise CertificateAway("PayPal's certificate is being fetched; deliver again after Retry-After")

    def _learn(self, url: str, now_s: int) -> None:
        """Fetch and judge; whatever goes wrong is remembered, and told to the next delivery."""
        failure = None
        try:
            self.keep(url, self._trust(self._fetch(url), now_s))
        except Refused as error:
            failure = _Failure(now_s + FAILURE_KEPT_S, str(error), final=True)
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to
            reason = str(error) if isinstance(error, CertificateAway) else type(error).__name__
            failure = _Failure(now_s + FAILURE_KEPT_S, reason, final=False)
        with self._lock:
            self._fetching.discard(url)
            if failure is not None:
                _put(self._failures, url, failure, FAILURES_MAX)
        if failure is not None:
            log.warning("paypal.certificate", reason=failure.reason, final=failure.final)


def certificates_of(mode: str, var: Path) -> Certificates:
    """Certificates from PayPal's own hosts that a public CA vouches for, fetched by a thread each.

    In test mode also the one in `var`, if `bursar up` left one there; never in live mode.
    """
    certificates = Certificates(download, Trust(public_roots(), download_issuer), _in_background)
    sandbox = var / SANDBOX_FILE
    if mode == "test" and sandbox.exists():
        certificates.keep(SANDBOX_URL, pinned(sandbox.read_bytes()))
    return certificates


def _in_background(job: Job) -> None:
    """A daemon: a fetch that hangs must not keep the receiver from ending."""
    threading.Thread(target=job, name="paypal-certificate", daemon=True).start()


def _put(kept: OrderedDict[str, _Value], url: str, value: _Value, most: int) -> None:
    kept.pop(url, None)
    kept[url] = value
    if len(kept) > most:
        kept.popitem(last=False)
