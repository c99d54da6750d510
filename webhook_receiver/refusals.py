"""Every way to say no: one reason, one status, one JSON form. A refusal never repeats what it was sent."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import orjson

RETRY_AFTER_S = 5
"""Longer than one statement timeout, shorter than any gateway's own pause before it delivers again."""


class Reason(StrEnum):
    """Why a delivery was refused: the `code` of the answer and the `reason` of the counter."""

    UNKNOWN_GATEWAY = "unknown_gateway"
    NOT_CONFIGURED = "not_configured"
    NOT_FOUND = "not_found"
    ADDRESS = "address_not_allowed"
    METHOD = "method_not_allowed"
    TOO_SLOW = "body_too_slow"
    TOO_LARGE = "body_too_large"
    ENCODED = "content_encoding"
    INCOMPLETE = "body_incomplete"
    BAD_LENGTH = "content_length"
    SIGNATURE_MALFORMED = "signature_malformed"
    SIGNATURE_MISMATCH = "signature_mismatch"
    TOO_MANY_FAILURES = "too_many_failures"
    NOT_JSON = "not_json"
    UNREADABLE = "unreadable"
    UNSTORABLE = "unstorable"
    OVERLOADED = "overloaded"
    DATABASE_AWAY = "database_away"
    CERTIFICATE_AWAY = "certificate_away"
    INTERNAL = "internal"


STATUSES: Mapping[Reason, int] = MappingProxyType(
    {
        Reason.UNKNOWN_GATEWAY: 404,
        Reason.NOT_CONFIGURED: 404,
        Reason.NOT_FOUND: 404,
        Reason.ADDRESS: 403,
        Reason.METHOD: 405,
        Reason.TOO_SLOW: 408,
        Reason.TOO_LARGE: 413,
        Reason.ENCODED: 415,
        Reason.INCOMPLETE: 400,
        Reason.BAD_LENGTH: 400,
        Reason.SIGNATURE_MALFORMED: 400,
        Reason.SIGNATURE_MISMATCH: 400,
        Reason.TOO_MANY_FAILURES: 429,
        Reason.NOT_JSON: 400,
        Reason.UNREADABLE: 400,
        Reason.UNSTORABLE: 400,
        Reason.OVERLOADED: 503,
        Reason.DATABASE_AWAY: 503,
        Reason.CERTIFICATE_AWAY: 503,
        # Ours, not the sender's: asked to come again like the three above, and logged as an error.
        Reason.INTERNAL: 503,
    }
)


class Refusal(Exception):
    """A delivery that is not taken in."""

    def __init__(self, reason: Reason, message: str, *, retry_after_s: int | None = None) -> None:
        self.reason = reason
        self.message = message
        self._retry_after_s = retry_after_s
        super().__init__(message)

    @property
    def status(self) -> int:
        """The HTTP status of this reason."""
        return STATUSES[self.reason]

    def body(self) -> bytes:
        """The JSON answer."""
        return orjson.dumps({"error": {"code": self.reason.value, "message": self.message}})

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The answer's own headers."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self.body()))]
        if self.status == STATUSES[Reason.OVERLOADED]:
            headers.append((b"retry-after", b"%d" % RETRY_AFTER_S))
        elif self._retry_after_s is not None:
            headers.append((b"retry-after", b"%d" % self._retry_after_s))
        return headers
