"""What a signature proves, said again without the receiver's code: that a key of ours signed these bytes."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence

Proof = tuple[str, bytes]
"""(key_id, sha256 of the body)."""
Headers = Sequence[tuple[bytes, bytes]]

BEFORE_S, AFTER_S = 300, 60
"""How far Stripe's time of signing may lie before and after now."""


def proofs(gateway: str, keys: Mapping[str, bytes], headers: Headers, body: bytes, now_s: int) -> set[Proof]:
    """Every key that any of the headers proves to have signed this body; more generous than a verifier."""
    digest = hashlib.sha256(body).digest()
    tell = {"stripe": _is_stripes, "razorpay": _is_razorpays}[gateway]
    return {(key_id, digest) for key_id, key in keys.items() if tell(key, headers, body, now_s)}


def _is_stripes(key: bytes, headers: Headers, body: bytes, now_s: int) -> bool:
    for value in _values(headers, b"stripe-signature"):
        parts = value.split(b",")
        claimed = {part[3:] for part in parts if part.startswith(b"v1=")}
        for time in {part[2:] for part in parts if part.startswith(b"t=")}:
            right = hmac.new(key, time + b"." + body, hashlib.sha256).hexdigest().encode()
            if right in claimed and time.isdigit() and now_s - BEFORE_S <= int(time) <= now_s + AFTER_S:
                return True
    return False


def _is_razorpays(key: bytes, headers: Headers, body: bytes, now_s: int) -> bool:
    right = hmac.new(key, body, hashlib.sha256).hexdigest().encode()
    return right in _values(headers, b"x-razorpay-signature")


def _values(headers: Headers, name: bytes) -> Iterable[bytes]:
    return [value for each, value in headers if each == name]
