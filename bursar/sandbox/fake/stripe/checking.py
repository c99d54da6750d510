"""Every request, checked against Stripe's own types: the SDK carries its OpenAPI spec as TypedDicts.

The SDK writes an enumeration as `Literal[...] | str`, open for words of tomorrow. Stripe's servers refuse
them today, and so does this.
"""

import sys
from decimal import Decimal, InvalidOperation
from functools import cache
from types import SimpleNamespace, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import stripe.params
import stripe.params.checkout

from bursar.errors import invariant
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.stripe.forms import Tree

_OPTIONS = frozenset(stripe.RequestOptions.__annotations__)
"""Keys of the SDK's own, like `idempotency_key`: never sent as parameters."""
INTEGER_DIGITS_MAX = 18
"""Digits. Stripe's integers have 64 bits."""


def check(params: str, tree: Tree) -> dict[str, Any]:
    """The tree as typed values. `params` names Stripe's TypedDict: `RefundCreateParams`.

    Raises StripeError as Stripe answers: unknown, missing, or of the wrong type.
    """
    area, _, name = params.rpartition(".")
    types: Any = getattr(stripe.params, area) if area else stripe.params
    checked = _fields(getattr(types, name), tree, "")
    invariant(isinstance(checked, dict), "parameters are an object")
    return checked


@cache
def _hints(typed: type) -> dict[str, Any]:
    """The fields of a TypedDict with their forward references resolved where they were written."""
    own = {name: hint for name, hint in typed.__annotations__.items() if name not in _OPTIONS}
    stand_in: Any = SimpleNamespace(__annotations__=own)
    return get_type_hints(stand_in, globalns=vars(sys.modules[typed.__module__]))


def _fields(typed: type, tree: object, path: str) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise StripeError("Invalid object", param=path)
    hints = _hints(typed)
    for name in tree:
        if name not in hints:
            here = _join(path, name)
            raise StripeError(f"Received unknown parameter: {here}", code="parameter_unknown", param=here)
    required: frozenset[str] = getattr(typed, "__required_keys__", frozenset())
    for name in sorted(required & set(hints)):
        if name not in tree:
            here = _join(path, name)
            raise StripeError(f"Missing required param: {here}.", code="parameter_missing", param=here)
    return {name: _value(hints[name], value, _join(path, name)) for name, value in tree.items()}


def _value(hint: Any, value: object, path: str) -> Any:
    options = _options(hint)
    words = [word for option in options if get_origin(option) is Literal for word in get_args(option)]
    if value in words:
        return value
    if isinstance(value, dict):
        return _nested(options, value, path)
    return _single(options, words, str(value), path)


def _single(options: list[Any], words: list[Any], text: str, path: str) -> Any:
    if int in options or float in options or Decimal in options:
        return _number(options, text, path)
    if bool in options:
        if text not in ("true", "false"):
            raise StripeError(f"Invalid boolean: {text}", param=path)
        return text == "true"
    if any(words):
        known = ", ".join(str(word) for word in words if word)
        raise StripeError(f"Invalid {path}: must be one of {known}", param=path)
    if str not in options:
        raise StripeError("Invalid array" if _lists(options) else "Invalid object", param=path)
    if not text:
        raise StripeError(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{path}' cannot be unset.",
            code="parameter_invalid_empty",
            param=path,
        )
    return text


def _options(hint: Any) -> list[Any]:
    """The members of a union, flat; one member where it is none."""
    if get_origin(hint) in (Union, UnionType):
        return [member for option in get_args(hint) for member in _options(option)]
    return [hint]


def _lists(options: list[Any]) -> list[Any]:
    return [option for option in options if get_origin(option) is list]


def _nested(options: list[Any], tree: Tree, path: str) -> Any:
    for option in options:
        if get_origin(option) is list:
            (member,) = get_args(option)
            return [_value(member, value, f"{path}[{n}]") for n, value in enumerate(_members(tree, path))]
        if get_origin(option) is dict:
            return {
                name: _value(str, value, _join(path, name)) if value else "" for name, value in tree.items()
            }
        if isinstance(option, type) and hasattr(option, "__total__"):
            return _fields(option, tree, path)
    raise StripeError(f"Invalid {path}: a single value is expected", param=path)


def _members(tree: Tree, path: str) -> list[Any]:
    if set(tree) != {str(n) for n in range(len(tree))}:
        raise StripeError("Invalid array", param=path)
    return [tree[str(n)] for n in range(len(tree))]


def _number(options: list[Any], text: str, path: str) -> Any:
    if int in options and text.removeprefix("-").isdecimal() and len(text) <= INTEGER_DIGITS_MAX:
        return int(text)
    if float in options or Decimal in options:
        try:
            return Decimal(text)
        except InvalidOperation:
            raise StripeError(f"Invalid decimal: {text}", param=path) from None
    raise StripeError(f"Invalid integer: {text}", code="parameter_invalid_integer", param=path)


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
