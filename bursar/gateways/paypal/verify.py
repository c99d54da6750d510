"""Whether PayPal signed this delivery. Never fetches: an unknown certificate is asked for and raised about.

RSA-SHA256 over `transmission id|transmission time|webhook id|CRC32 of the body`
(developer.paypal.com/api/rest/webhooks/rest). The CRC32 does not bind the body: see facts.py.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bursar.gateways.protocol import Secret, SignatureMalformed, SignatureMismatch

ID_HEADER = "paypal-transmission-id"
TIME_HEADER = "paypal-transmission-time"
SIGNATURE_HEADER = "paypal-transmission-sig"
CERTIFICATE_HEADER = "paypal-cert-url"
ALGORITHM_HEADER = "paypal-auth-algo"

AGE_S_MAX = 3 * 86_400 + 6 * 3_600
"""Seconds, inclusive. PayPal delivers 25 times over three days, and each retry bears the id and time of the
first: an event record in public shows one transmission of 1 November still being answered on the 3rd
(nopcommerce.com, topic 92555). Six hours more, because the schedule is not published."""
AHEAD_S_MAX = 300
"""Seconds, inclusive, that PayPal's clock may be before ours."""
SIGNATURE_LENGTH_MAX = 1024
"""Characters of base64: an RSA key of 4096 bits makes 684."""

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)
_ALGORITHM = "SHA256withRSA"
_CERTIFICATE_URL = re.compile(
    r"https://(api(?:-m)?(?:\.sandbox)?\.paypal\.com)/v1/notifications/certs/[A-Za-z0-9_-]{1,128}"
)
HOSTS = {
    "live": frozenset({"api.paypal.com", "api-m.paypal.com"}),
    "test": frozenset({"api.sandbox.paypal.com", "api-m.sandbox.paypal.com"}),
}
"""By mode, who may hold the certificate: a sandbox has real signatures, but no real money."""


class Certificate(Protocol):
    """A key that is known to be PayPal's."""

    def made(self, signature: bytes, message: bytes) -> bool:
        """Whether it made this signature (RSA PKCS1v15, SHA-256)."""
        ...


class CertificateSource(Protocol):
    """Where keys come from. Must answer at once: it is asked on the receiver's event loop."""

    def find(self, url: str, now_s: int) -> Certificate:
        """The trusted certificate at this address.

        Raises CertificateAway while it is being fetched, SignatureMismatch when it is none of PayPal's.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Transmission:
    """The headers of one delivery."""

    id: str
    time: str
    signature: bytes
    certificate_url: str


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secrets: Sequence[Secret],
    now_s: int,
    certificates: CertificateSource,
    hosts: frozenset[str],
) -> str:
    """Return the key_id of the webhook id this was sent to.

    Raises SignatureMalformed, SignatureMismatch or CertificateAway only. The age is judged before anything
    is fetched, so that old noise costs nothing.
    """
    transmission = _transmission(headers, hosts)
    _refuse_outside_window(transmission.time, now_s)
    certificate = certificates.find(transmission.certificate_url, now_s)
    for secret in secrets:
        message = signed_message(transmission.id, transmission.time, secret.value, body)
        if certificate.made(transmission.signature, message):
            return secret.key_id
    raise SignatureMismatch("PayPal did not sign this for any active PAYPAL_WEBHOOK_ID")


def signed_message(transmission_id: str, time: str, webhook_id: bytes, body: bytes) -> bytes:
    """What PayPal signs; the time exactly as its header writes it."""
    return b"|".join((transmission_id.encode(), time.encode(), webhook_id, b"%d" % zlib.crc32(body)))


def _transmission(headers: Mapping[str, str], hosts: frozenset[str]) -> _Transmission:
    if headers.get(ALGORITHM_HEADER) != _ALGORITHM:
        raise SignatureMalformed(f"{ALGORITHM_HEADER} must be {_ALGORITHM}")
    return _Transmission(
        id=_matched(_ID, headers, ID_HEADER, "1..64 letters, digits and -"),
        time=_matched(_TIME, headers, TIME_HEADER, "a time such as 2026-11-01T10:00:00Z"),
        signature=_signature(headers.get(SIGNATURE_HEADER)),
        certificate_url=_certificate_url(headers.get(CERTIFICATE_HEADER), hosts),
    )


def _matched(pattern: re.Pattern[str], headers: Mapping[str, str], name: str, form: str) -> str:
    value = headers.get(name)
    if not value or not pattern.fullmatch(value):
        raise SignatureMalformed(f"{name} must be {form}")
    return value


def _signature(text: str | None) -> bytes:
    if text and len(text) <= SIGNATURE_LENGTH_MAX:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise SignatureMalformed(f"{SIGNATURE_HEADER} must be base64, {SIGNATURE_LENGTH_MAX} characters at most")


def _certificate_url(url: str | None, hosts: frozenset[str]) -> str:
    """Only PayPal's own store of certificates in our mode: the header is the sender's word."""
    match = _CERTIFICATE_URL.fullmatch(url) if url else None
    if match is None or match[1] not in hosts:
        raise SignatureMalformed(
            f"{CERTIFICATE_HEADER} must be https://{'|'.join(sorted(hosts))}/v1/notifications/certs/... "
            "(operator: sandbox events need BURSAR_MODE=test, live ones BURSAR_MODE=live)"
        )
    assert url is not None
    return url


def _refuse_outside_window(time: str, now_s: int) -> None:
    try:
        age_s = now_s - int(datetime.fromisoformat(time).timestamp())
    except (ValueError, OverflowError):
        raise SignatureMalformed(f"{TIME_HEADER} must be a time such as 2026-11-01T10:00:00Z") from None
    if not -AHEAD_S_MAX <= age_s <= AGE_S_MAX:
        raise SignatureMismatch(
            f"sent {age_s} s ago, outside -{AHEAD_S_MAX}..{AGE_S_MAX}: a replay, or a clock is wrong"
        )
