"""Requests and results as JSON: what stands in the row of a call is what was, or will be, sent."""

import hashlib
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from bursar.gateways.api.failures import Failure
from bursar.gateways.api.requests import REQUESTS, Request
from bursar.gateways.api.results import Result
from bursar.rules.calling import Operation

_Value = TypeVar("_Value")
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def freeze(value: Request[Any] | Result | Failure) -> dict[str, Any]:
    """As plain JSON values; `found` of a result stays out, for it goes to the inbox."""
    frozen: dict[str, Any] = _adapter(type(value)).dump_python(value, mode="json", exclude={"found"})
    return frozen


def thaw(operation: Operation, params: dict[str, Any]) -> Request[Result]:
    """The request that was frozen. Raises pydantic's ValidationError when the row was tampered with."""
    thawed: Request[Result] = _adapter(REQUESTS[operation]).validate_python(params)
    return thawed


def thaw_as(kind: type[_Value], frozen: dict[str, Any]) -> _Value:
    """A result or failure that was frozen."""
    thawed: _Value = _adapter(kind).validate_python(frozen)
    return thawed


def digest(params: dict[str, Any]) -> bytes:
    """Equal parameters have equal digests, whatever the order of their names: 32 bytes."""
    return hashlib.sha256(orjson.dumps(params, option=orjson.OPT_SORT_KEYS)).digest()


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Made once per type: building one costs a millisecond."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
