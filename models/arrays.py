"""Columns of values as binary PostgreSQL arrays: a batch is thousands of values, and psycopg asks each its type.

An encoder is chosen once per statement, by the type the statement casts to. Knows no table.
"""

import re
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

Element = Callable[[Any], bytes]
"""One value that is not NULL, with its length in front."""

_ARRAY = struct.Struct("!iiIii")
"""Dimensions, flags, element type, length, first index."""
_LENGTH = struct.Struct("!i")
_INT2 = struct.Struct("!ih")
_INT4 = struct.Struct("!ii")
_INT8 = struct.Struct("!iq")
_FLOAT8 = struct.Struct("!id")
_NULL = _LENGTH.pack(-1)
_UUID_LENGTH = _LENGTH.pack(16)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Array:
    """One column of a statement: its type, and the values to be encoded when they are sent."""

    __slots__ = ("type_name", "values")

    def __init__(self, type_name: str, values: Sequence[Any]) -> None:
        self.type_name = type_name
        self.values = values

    def encoded(self, encoding: str) -> bytes:
        """As PostgreSQL reads arrays from the wire; `encoding` is the connection's."""
        element_oid, encode = _ELEMENTS[self.type_name]
        values = self.values
        if encode is _raw:
            values = [None if value is None else value.encode(encoding) for value in values]
        head = _ARRAY.pack(1, 1, element_oid, len(values), 1)
        return head + b"".join([_NULL if value is None else encode(value) for value in values])


def type_names(statement: str) -> tuple[str, ...]:
    """The element types of the arrays a statement takes, in its order."""
    return tuple(re.findall(r"%s::(\w+)\[\]", statement))


def _raw(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _uuid(value: UUID) -> bytes:
    return _UUID_LENGTH + value.bytes


def _int2(value: int) -> bytes:
    return _INT2.pack(2, value)


def _int4(value: int) -> bytes:
    return _INT4.pack(4, value)


def _int8(value: int) -> bytes:
    return _INT8.pack(8, value)


def _float8(value: float) -> bytes:
    return _FLOAT8.pack(8, value)


def _timestamptz(value: datetime) -> bytes:
    return _INT8.pack(8, (value - _EPOCH) // _MICROSECOND)


_ENCODERS: dict[str, Element] = {
    "text": _raw,
    "uuid": _uuid,
    "int2": _int2,
    "int4": _int4,
    "int8": _int8,
    "float8": _float8,
    "timestamptz": _timestamptz,
}
_ELEMENTS = {name: (psycopg.postgres.types[name].oid, encode) for name, encode in _ENCODERS.items()}
_ARRAY_OIDS = {name: psycopg.postgres.types[name].array_oid for name in _ELEMENTS}


class _ArrayDumper(Dumper):
    """Hands an Array to psycopg; its key is the element type, so that each type is planned as what it is."""

    format = Format.BINARY

    def __init__(self, cls: type, context: AdaptContext | None = None) -> None:
        super().__init__(cls, context)
        self._context = context
        self._encoding = self.connection.info.encoding if self.connection else "utf-8"

    def get_key(self, obj: Array, format: Any) -> Any:  # noqa: A002, ARG002  # psycopg's name
        return (Array, obj.type_name)

    def upgrade(self, obj: Array, format: Any) -> "_ArrayDumper":  # noqa: A002, ARG002  # psycopg's names
        dumper = _ArrayDumper(Array, self._context)
        dumper.oid = _ARRAY_OIDS[obj.type_name]
        return dumper

    def dump(self, obj: Array) -> bytes:
        return obj.encoded(self._encoding)


psycopg.adapters.register_dumper(Array, _ArrayDumper)
