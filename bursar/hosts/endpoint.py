"""A host's HTTP endpoint: one signed POST per notice, as https://www.standardwebhooks.com describes it."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx
import orjson
from standardwebhooks.webhooks import Webhook

from bursar.errors import Misconfigured, Transient
from bursar.hosts.notice import Notice

CONNECT_LIMIT_S = 3.0
ANSWER_LIMIT_S = 10.0
"""Seconds for each part of an answer; a host that has more to do should queue it, as we do."""
SECRET_BYTES_MIN = 24
"""As the specification asks (24 to 64)."""
SECRETS_MAX = 2
"""The one in use and, while it is changed, the one before it: each signs, and the host accepts either."""
_PREFIX = "whsec_"


class HostAway(Transient):
    """The host did not say that it has the notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a host listens, and what it knows us by."""

    url: str
    signers: Sequence[Webhook]

    def tell(self, notice: Notice, now: datetime) -> None:
        """Post one notice. Raises HostAway for anything but a 2xx: redirects are not followed.

        `now`, aware, is signed: a host refuses what is older than five minutes.
        """
        body = orjson.dumps(notice.record()).decode()
        name = str(notice.id)
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(name, now, body) for signer in self.signers),
        }
        limits = httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S)
        try:
            with httpx.stream(
                "POST", self.url, content=body, headers=headers, timeout=limits, follow_redirects=False
            ) as answer:
                status = answer.status_code  # whatever it says beyond that is not read
        except httpx.HTTPError as error:
            raise HostAway(f"the host did not answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise HostAway(f"the host answered {status}")


def endpoint(url: str, secrets: str, *, live: bool) -> Endpoint:
    """The endpoint of these settings. Raises Misconfigured, which quotes neither."""
    where = urlsplit(url)
    if where.scheme not in {"http", "https"} or not where.hostname:
        raise Misconfigured("BURSAR_HOST_URL must be a whole URL: https://school.example/bursar")
    if live and where.scheme != "https":
        raise Misconfigured("BURSAR_HOST_URL must begin with https:// when BURSAR_MODE is live")
    parts = [part.strip() for part in secrets.split(",")]
    if len(parts) > SECRETS_MAX:
        raise Misconfigured(f"BURSAR_HOST_SECRET takes at most {SECRETS_MAX} secrets, the new one first")
    return Endpoint(url=url, signers=[Webhook(_checked(part)) for part in parts])


def _checked(secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(_PREFIX) or len(key) < SECRET_BYTES_MIN:
        raise Misconfigured(
            f"BURSAR_HOST_SECRET must be {_PREFIX} and at least {SECRET_BYTES_MIN} random bytes in base64: "
            f"echo {_PREFIX}$(openssl rand -base64 32)"
        )
    return secret
