"""Reads a request's body within limits of size and time. Never decompresses."""

import asyncio
from collections.abc import Mapping

from starlette.types import Receive

from webhook_receiver.refusals import Reason, Refusal

BODY_BYTES_MAX = 256 * 1024
"""Twenty times the largest event a gateway is known to send; small enough to hold a thousand at once."""
BODY_LIMIT_S = 10.0
"""Seconds for the whole body: gateways send it in one packet, a slow-loris sends a byte a second."""


async def read_body(receive: Receive, headers: Mapping[str, str], limit_s: float) -> bytes:
    """The whole body. Raises Refusal as soon as it is known to be too large, too slow or compressed."""
    _check_announcement(headers)
    try:
        async with asyncio.timeout(limit_s):
            return await _read(receive)
    except TimeoutError:
        raise Refusal(
            Reason.TOO_SLOW, f"the body did not arrive within {limit_s:g} s; send it again"
        ) from None


def _check_announcement(headers: Mapping[str, str]) -> None:
    """Refuse by the headers alone what need not be read."""
    if "content-encoding" in headers:
        raise Refusal(Reason.ENCODED, "Content-Encoding is set; send the body as it was signed, uncompressed")
    try:
        announced = int(headers.get("content-length", "0"))
    except ValueError:
        raise Refusal(Reason.BAD_LENGTH, "Content-Length is not a number; send its length in bytes") from None
    if announced > BODY_BYTES_MAX:
        raise _too_large()


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(
                Reason.INCOMPLETE, "the connection closed before the body was complete; send it again"
            )
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise _too_large()
        if not message.get("more_body", False):
            return b"".join(chunks) + chunk if chunks else chunk
        if chunk:
            chunks.append(chunk)


def _too_large() -> Refusal:
    return Refusal(
        Reason.TOO_LARGE, f"the body is larger than {BODY_BYTES_MAX} bytes; no gateway sends such events"
    )
