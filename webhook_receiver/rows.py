"""A row of the inbox, and how many of them become the parameters of one statement. No connection."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID


class Row(NamedTuple):
    """One verified event; the fields are the columns, in this order."""

    id: UUID
    gateway_account: str
    dedupe_key: str
    gateway_event_id: str
    type: str
    object_id: str | None
    api_version: str | None
    livemode: bool | None
    occurred_at: datetime | None
    body: bytes
    key_id: str


_HEAD = Struct("!iiIii").pack
"""Of a binary array: dimensions, whether it may hold NULL, the elements' type, how many, the first index."""
_LENGTH = Struct("!i").pack
_NULL = _LENGTH(-1)
_INTEGER = Struct("!q").pack
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _time(moment: datetime) -> bytes:
    return _INTEGER((moment - _POSTGRES_EPOCH) // _MICROSECOND)


_Kind = tuple[int, Callable[[Any], bytes]]
"""A type's number in `pg_type`, and how PostgreSQL writes a value of it."""

_UUID: _Kind = 2950, lambda value: value.bytes
_TEXT: _Kind = 25, str.encode
_BOOL: _Kind = 16, lambda value: b"\1" if value else b"\0"
_TIMESTAMPTZ: _Kind = 1184, _time
_BYTEA: _Kind = 17, bytes
_COLUMNS = _UUID, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _BOOL, _TIMESTAMPTZ, _BYTEA, _TEXT


def binary_columns(rows: Sequence[Row]) -> list[bytes]:
    """One binary array per column. Raises UnicodeError for what no database can hold.

    Written out because a driver that has to find each value's type costs ten times as much.
    """
    return [
        _array(kind, write, values)
        for (kind, write), values in zip(_COLUMNS, zip(*rows, strict=True), strict=True)
    ]


def _array(kind: int, write: Callable[[Any], bytes], values: Sequence[Any]) -> bytes:
    parts = [_HEAD(1, 1, kind, len(values), 1)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            written = write(value)
            parts += _LENGTH(len(written)), written
    return b"".join(parts)
