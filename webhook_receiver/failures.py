"""How many wrong signatures one address may send before nobody listens. Never asked about a right one."""

import math
from collections import OrderedDict
from ipaddress import IPv6Address
from typing import NamedTuple

from bursar.networks import Address

WINDOW_S = 60.0
"""The setting counts per minute, and a minute's worth may come at once."""
ADDRESSES_MAX = 4_096
"""Addresses remembered, half a megabyte; beyond, the one that was quiet longest starts afresh."""
_ROUNDING_S = 1e-6
_SUBSCRIBER_BITS = 64
"""What one IPv6 subscriber is given: whoever has one address has all of its /64."""


class Excess(NamedTuple):
    """A failure beyond the limit."""

    retry_after_s: int
    first: bool
    """Whether this is the one worth a line in the log."""


class _Bucket(NamedTuple):
    full_again_at: float
    told: bool
    """Whether the log knows; until the bucket is full again it need not hear it twice."""


class FailureLimit:
    """A token bucket for each address; bounded, and empty while nobody fails."""

    def __init__(self, per_min: int, *, addresses_max: int = ADDRESSES_MAX) -> None:
        self._interval_s = WINDOW_S / per_min
        self._addresses_max = addresses_max
        self._buckets: OrderedDict[tuple[int, int], _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def failed(self, address: Address | None, now_s: float) -> Excess | None:
        """Count one wrong signature; what is beyond the limit is told from what is within."""
        key = _key(address)
        bucket = self._buckets.pop(key, _Bucket(now_s, told=False))
        told = bucket.told and bucket.full_again_at > now_s
        full_again_at = max(bucket.full_again_at, now_s) + self._interval_s
        wait_s = full_again_at - now_s - WINDOW_S
        excess = Excess(math.ceil(wait_s), first=not told) if wait_s > _ROUNDING_S else None
        if excess:  # what is refused costs no token: the pause does not grow with the noise
            full_again_at, told = bucket.full_again_at, True
        self._buckets[key] = _Bucket(full_again_at, told)
        if len(self._buckets) > self._addresses_max:
            self._buckets.popitem(last=False)
        return excess


def _key(address: Address | None) -> tuple[int, int]:
    """All who cannot be told apart share a bucket."""
    if address is None:
        return 0, 0
    shift = _SUBSCRIBER_BITS if isinstance(address, IPv6Address) else 0
    return address.version, int(address) >> shift
