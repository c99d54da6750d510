"""The requests that gateways send, read at once; whatever is unusual is left to the general parser.

Two parsers are one too many where they disagree: then a proxy, or the other one, sees another request. So
this one takes only what can be read in one way, and reads it as the general one would
(tests/webhook_receiver/test_heads.py).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from webhook_receiver.body import BODY_BYTES_MAX

WHOLE_BYTES_MAX = BODY_BYTES_MAX
"""What a socket hands over at once, at most; such a body is within its limit too."""
NAMES_MAX = 256
"""Header names remembered: those of all gateways and proxies, and room for what else is sent."""
_UNUSUAL = frozenset({"content-encoding", "expect", "proxy-connection", "transfer-encoding", "upgrade"})
"""They say that the body, or the connection, is not what it seems."""


class Whole(NamedTuple):
    """A POST that is here from its first byte to its last, and nothing behind it."""

    target: str
    """As it was sent: a target that is none is one that nobody serves."""
    headers: Mapping[str, str]
    """Names in lower case; none came twice."""
    body: bytes


def find_whole(data: bytes) -> Whole | None:
    """The one ordinary HTTP/1.1 POST that these bytes are, on a connection that stays open; or None."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end or not head.isascii() or len(data) > WHOLE_BYTES_MAX:
        return None
    first, *lines = head.decode("ascii").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.partition(" ")
    if method != "POST" or version != "HTTP/1.1" or not "".join(lines).isprintable():
        return None
    headers = _find_headers(lines)
    if (
        headers is None
        or headers.get("content-length") != str(len(body))
        or headers.get("connection", "keep-alive").lower() != "keep-alive"
        or not _UNUSUAL.isdisjoint(headers)
    ):
        return None
    return Whole(target, headers, body)


def _find_headers(lines: list[str]) -> dict[str, str] | None:
    """By name; None when a name is not letters, digits and dashes, or comes twice."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        known = _known_name(name)
        if not colon or known is None:
            return None
        headers[known] = value.lstrip(" ")
    return headers if len(headers) == len(lines) else None


@lru_cache(maxsize=NAMES_MAX)
def _known_name(name: str) -> str | None:
    """In lower case; gateways send the same ten over and over."""
    return name.lower() if name.replace("-", "").isalnum() else None
