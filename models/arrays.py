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

Column = Callable[[Sequence[Any], str], list[bytes]]
"""The values of a column, each with its length in front; text in this encoding. A call per value would cost more."""

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
        head = _ARRAY.pack(1, 1, element_oid, len(self.values), 1)
        return head + b"".join(encode(self.values, encoding))


def type_names(statement: str) -> tuple[str, ...]:
    """The element types of the arrays a statement takes, in its order."""
    return tuple(re.findall(r"%s::(\w+)\[\]", statement))


def _texts(values: Sequence[str | None], encoding: str) -> list[bytes]:
    length = _LENGTH.pack
    return [_NULL if value is None else length(len(raw := value.encode(encoding))) + raw for value in values]


def _uuids(values: Sequence[UUID | None], encoding: str) -> list[bytes]:  # noqa: ARG001  # a Column's
    return [_NULL if value is None else _UUID_LENGTH + value.int.to_bytes(16, "big") for value in values]


def _timestamptzs(values: Sequence[datetime | None], encoding: str) -> list[bytes]:  # noqa: ARG001  # a Column's
    pack = _INT8.pack
    return [_NULL if value is None else pack(8, (value - _EPOCH) // _MICROSECOND) for value in values]


def _byteas(values: Sequence[bytes | None], encoding: str) -> list[bytes]:  # noqa: ARG001  # a Column's
    return [_NULL if value is None else _LENGTH.pack(len(value)) + value for value in values]


def _numbers(layout: struct.Struct) -> Column:
    pack, size = layout.pack, layout.size - _LENGTH.size

    def encode(values: Sequence[float | None], encoding: str) -> list[bytes]:  # noqa: ARG001  # a Column's
        return [_NULL if value is None else pack(size, value) for value in values]

    return encode


_ENCODERS: dict[str, Column] = {
    "text": _texts,
    "uuid": _uuids,
    "bytea": _byteas,
    "int2": _numbers(_INT2),
    "int4": _numbers(_INT4),
    "int8": _numbers(_INT8),
    "float8": _numbers(_FLOAT8),
    "timestamptz": _timestamptzs,
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
