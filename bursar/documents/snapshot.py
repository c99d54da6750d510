"""How the content of a paper is frozen: as canonical JSON that comes back as the very same value.

It knows dataclasses, not papers. A field that holds its default is not written: a paper can learn to say
more without changing a byte, or the hash, of those that were issued before.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

from bursar.errors import Broken


class SnapshotUnreadable(Broken):
    """A stored snapshot is not the JSON that this version of Bursar writes."""


class Snapshot:
    """A frozen dataclass that is stored as JSON; it holds text, whole numbers, dates and values of these."""

    __slots__ = ()
    SCHEMA: ClassVar[str]
    """Written into the stored bytes, so that a later layout can tell old snapshots from new ones."""

    def to_json(self) -> bytes:
        """Write the canonical bytes: sorted keys, no spaces, ASCII only. Equal snapshots give equal bytes."""
        record = _plain(self) | {"schema": self.SCHEMA}
        return json.dumps(record, sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what to_json wrote. Raises SnapshotUnreadable for a missing, unknown or mistyped field."""
        try:
            record = json.loads(data)
            if record.pop("schema") != cls.SCHEMA:
                raise SnapshotUnreadable(f"expected a snapshot of schema {cls.SCHEMA}")
            value: Self = _read_dataclass(cls, record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SnapshotUnreadable(f"the stored snapshot is unreadable: {type(error).__name__}") from error
        return value

    def sha256(self) -> str:
        """Hash the canonical bytes: the fingerprint that the books keep beside the document."""
        return hashlib.sha256(self.to_json()).hexdigest()


def schema_of(data: bytes) -> str:
    """Tell which schema stored bytes claim. Raises SnapshotUnreadable when they are no snapshot at all."""
    try:
        schema = json.loads(data)["schema"]
    except (ValueError, TypeError, KeyError) as error:
        raise SnapshotUnreadable(f"the stored snapshot is unreadable: {type(error).__name__}") from error
    if not isinstance(schema, str):
        raise SnapshotUnreadable("the stored snapshot names no schema")
    return schema


@cache
def _defaults(shape: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(shape))


@cache
def _types(shape: Any) -> dict[str, Any]:
    hints = get_type_hints(shape)
    return {field.name: hints[field.name] for field in fields(shape)}


def _plain(value: Any) -> Any:
    """Turn a value into what JSON knows."""
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    said = ((name, getattr(value, name), default) for name, default in _defaults(value.__class__))
    return {name: _plain(each) for name, each, default in said if default is MISSING or each != default}


def _read_dataclass(shape: Any, record: dict[str, Any]) -> Any:
    types, defaults = _types(shape), dict(_defaults(shape))
    missing = {name for name in types.keys() - record.keys() if defaults[name] is MISSING}
    wrong = missing | (record.keys() - types.keys())
    if wrong:
        raise SnapshotUnreadable(f"fields differ from {shape.__name__}: {sorted(wrong)}")
    return shape(**{name: _read(types[name], each, shape, name) for name, each in record.items()})


def _read(wanted: Any, value: Any, shape: type[Any], name: str) -> Any:
    """Read one value as its type wants it; JSON may hold 1.0 or true where an int is meant."""
    if isinstance(wanted, UnionType):
        if value is None and NoneType in get_args(wanted):
            return None
        (wanted,) = (each for each in get_args(wanted) if each is not NoneType)
    if get_origin(wanted) is tuple:
        _expect(list, value, shape, name)
        return tuple(_read(get_args(wanted)[0], each, shape, name) for each in value)
    if is_dataclass(wanted):
        _expect(dict, value, shape, name)
        return _read_dataclass(wanted, value)
    if wanted in _FROM_TEXT or issubclass(wanted, StrEnum):
        _expect(str, value, shape, name)
        return _FROM_TEXT.get(wanted, wanted)(value)
    _expect(wanted, value, shape, name)
    return value


_FROM_TEXT: dict[type[Any], Callable[[str], Any]] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


def _expect(wanted: type[Any], value: Any, shape: type[Any], name: str) -> None:
    if type(value) is not wanted:
        raise SnapshotUnreadable(f"{shape.__name__}.{name} is of type {type(value).__name__}")
