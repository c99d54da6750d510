"""Whether Stripe signed these bytes, recently. Own code: the SDK decodes first and can raise anything."""

import hmac
from collections.abc import Mapping, Sequence

from bursar.gateways.protocol import Secret, SignatureMalformed, SignatureMismatch

SIGNATURE_HEADER = "stripe-signature"
HEADER_LENGTH_MAX = 2048
"""Bytes. Ten signatures take 700; without a limit each delivery could make us compare thousands."""
SIGNATURES_MAX = 10
"""Stripe sends one signature per active endpoint secret, two while a secret is rolled."""
AGE_S_MAX = 300
"""Seconds, inclusive. Stripe signs each retry anew, so five minutes only has to cover the network."""
AHEAD_S_MAX = 60
"""Seconds, inclusive, that Stripe's clock may be before ours. The SDK sets no limit: a leak would last."""
_TIMESTAMP_DIGITS_MAX = 12


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now_s: int) -> str:
    """Return the key_id of the secret that signed. Raises SignatureMalformed or SignatureMismatch only."""
    timestamp, signatures = _parsed(headers.get(SIGNATURE_HEADER))
    message = timestamp + b"." + body
    for secret in secrets:
        if not secret.value.strip():
            continue  # anybody can sign with an empty key
        expected = hmac.digest(secret.value, message, "sha256").hex().encode()
        for signature in signatures:
            if hmac.compare_digest(expected, signature):
                _refuse_outside_window(int(timestamp), now_s)
                return secret.key_id
    raise SignatureMismatch("no active secret made this signature")


def _parsed(header: str | None) -> tuple[bytes, list[bytes]]:
    """The one timestamp and the v1 signatures of `t=1700000000,v1=ab12,v1=cd34,v0=...`."""
    if not header or len(header) > HEADER_LENGTH_MAX or not header.isascii():
        raise SignatureMalformed(f"{SIGNATURE_HEADER} is missing, too long or not ASCII")
    timestamps: list[str] = []
    signatures: list[bytes] = []
    for part in header.split(","):
        key, equals, value = part.partition("=")
        if not equals:
            raise SignatureMalformed(f"{SIGNATURE_HEADER} is not a list of key=value")
        if key == "t":
            timestamps.append(value)
        elif key == "v1":
            signatures.append(value.encode())
    if len(timestamps) != 1 or not _is_unix_time(timestamps[0]):
        raise SignatureMalformed(f"{SIGNATURE_HEADER} needs exactly one t, in seconds")
    if not 0 < len(signatures) <= SIGNATURES_MAX:
        raise SignatureMalformed(f"{SIGNATURE_HEADER} needs 1..{SIGNATURES_MAX} v1 signatures")
    return timestamps[0].encode(), signatures


def _is_unix_time(text: str) -> bool:
    return 0 < len(text) <= _TIMESTAMP_DIGITS_MAX and text.isdigit() and text[0] != "0"


def _refuse_outside_window(timestamp: int, now_s: int) -> None:
    """After the signature, so that the message is about a true delivery (or our clock), not about noise."""
    age_s = now_s - timestamp
    if not -AHEAD_S_MAX <= age_s <= AGE_S_MAX:
        raise SignatureMismatch(
            f"signed {age_s} s ago, outside -{AHEAD_S_MAX}..{AGE_S_MAX}: a replay, or a clock is wrong"
        )
