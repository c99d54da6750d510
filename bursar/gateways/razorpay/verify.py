"""Whether Razorpay signed these bytes. There is no timestamp: de-duplication is the only replay defence."""

import hmac
import re
from collections.abc import Mapping, Sequence

from bursar.gateways.protocol import Secret, SignatureMalformed, SignatureMismatch

SIGNATURE_HEADER = "x-razorpay-signature"
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret]) -> str:
    """Return the key_id of the secret that signed. Raises SignatureMalformed or SignatureMismatch only."""
    header = headers.get(SIGNATURE_HEADER)
    if not header or not _HEX_SHA256.fullmatch(header):
        raise SignatureMalformed(f"{SIGNATURE_HEADER} must be 64 lower-case hex digits")
    signature = header.encode()
    for secret in secrets:
        if not secret.value.strip():
            continue  # anybody can sign with an empty key; the vendor's SDK accepts that
        expected = hmac.digest(secret.value, body, "sha256").hex().encode()
        if hmac.compare_digest(expected, signature):
            return secret.key_id
    raise SignatureMismatch("no active secret made this signature")
