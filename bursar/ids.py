"""Row ids: UUIDv7, made by the application so that a batch can be written without round trips."""

import hashlib
import os
import time
from uuid import UUID


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    unix_ms = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big")
    high = (unix_ms << 16) | 0x7000 | (random_bits >> 68)
    low = (0b10 << 62) | (random_bits & 0x3FFF_FFFF_FFFF_FFFF)
    return UUID(int=(high << 64) | low)


def lock_key(name: str) -> int:
    """The signed 64-bit advisory-lock key of a name: equal names always meet on one lock."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
