"""What every gateway must be able to do with a webhook: prove it, name it, read it. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from bursar.errors import Refused, Transient
from bursar.rules.facts import Fact

Document = dict[str, Any]
"""A decoded JSON object. `Any` because a vendor wrote it: facts.py of each gateway turns it into ours."""


class SignatureMismatch(Refused):
    """The body was not signed with any of our secrets, or its timestamp is outside the window."""


class SignatureMalformed(Refused):
    """The signature header is missing or not of the vendor's form."""


class CertificateAway(Transient):
    """What would prove the signature is not at hand yet; the gateway shall deliver again."""


class Unreadable(Refused):
    """A signed event whose body lacks what its type promises; it becomes a dead letter with this reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One active webhook secret. `key_id` is a fingerprint that may be stored and logged."""

    value: bytes
    key_id: str


class Envelope(NamedTuple):
    """What the inbox needs to know of an event without understanding it."""

    dedupe_key: str
    """Signed identity: Stripe's event id; sha256 of the body for Razorpay, whose id header is not signed."""
    gateway_event_id: str
    """What operators will search for; informative only."""
    type: str
    object_id: str | None
    api_version: str | None
    livemode: bool | None
    """None where the vendor does not say."""
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """An event that changes nothing here: recorded and counted."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsFetch:
    """An event that only names an object (a thin event): it waits until the object itself is fetched."""

    object_id: str
    kind: str | None = None
    """The vendor's word for what it is: what the fetch will be told."""


Reading = tuple[Fact, ...] | Ignored | NeedsFetch


class Gateway(Protocol):
    """One vendor, inbound."""

    name: str

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now_s: int) -> str:
        """Return the key_id of the secret that signed this body.

        Header names are lower-case. Raises SignatureMalformed or SignatureMismatch, and CertificateAway
        where a signature is proven by a certificate.
        """
        ...

    def envelope(self, document: Document, body: bytes, headers: Mapping[str, str]) -> Envelope:
        """Name a verified event. Raises Unreadable when it has no type or no id."""
        ...

    def read(self, event_type: str, document: Document) -> Reading:
        """Turn a stored event into facts, by shape and for any API version. Raises Unreadable."""
        ...
