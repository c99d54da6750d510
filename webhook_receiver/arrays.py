"""Values as PostgreSQL's binary arrays: a driver that must find each value's type costs ten times as much."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any

Kind = tuple[int, Callable[[Any], bytes]]
"""A type's number in `pg_type`, and how PostgreSQL writes a value of it."""

_HEAD = Struct("!iiIii").pack
"""Dimensions, whether NULLs may come, the elements' type, how many there are, the first index."""
_LENGTH = Struct("!i").pack
_NULL = _LENGTH(-1)
_INTEGER = Struct("!q").pack
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _time(moment: datetime) -> bytes:
    return _INTEGER((moment - _EPOCH) // _MICROSECOND)


UUIDS: Kind = 2950, lambda value: value.bytes
TEXTS: Kind = 25, str.encode
BOOLS: Kind = 16, lambda value: b"\1" if value else b"\0"
TIMES: Kind = 1184, _time
BYTES: Kind = 17, bytes


def binary_array(kind: Kind, values: Sequence[Any]) -> bytes:
    """One array. Raises UnicodeError for text that is none."""
    number, write = kind
    parts = [_HEAD(1, 1, number, len(values), 1)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            written = write(value)
            parts += _LENGTH(len(written)), written
    return b"".join(parts)
