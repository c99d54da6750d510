"""Row ids: UUIDv7, made by the application so that a batch can be written without round trips."""

import hashlib
import os
import time
from datetime import datetime
from uuid import UUID


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, 12 of their fraction, 62 random.

    The fraction (section 6.2, method 3) keeps the ids of one process in the order they were made, to 0.25 µs.
    """
    unix_ms, below_ms = divmod(time.time_ns(), 1_000_000)
    fraction = (below_ms << 12) // 1_000_000
    random_bits = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=(unix_ms << 80) | ((0x7000 | fraction) << 64) | (0b10 << 62) | random_bits)


def first_id_at(moment: datetime) -> UUID:
    """The smallest id that can be made from a moment on: a span of time is a span of ids."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def lock_key(name: str) -> int:
    """The signed 64-bit advisory-lock key of a name: equal names always meet on one lock."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
