"""What a request of Razorpay's may and must bring: names, types, limits. Everything else is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from bursar.rules.money import AMOUNT_MINOR_MAX
from bursar.sandbox.fake.razorpay.errors import RazorpayError

NOTES_MAX = 15
NOTE_LENGTH_MAX = 256
"""Characters; "maximum 15 key-value pairs, 256 characters each" (razorpay.com/docs/api/orders/create)."""
AMOUNT_MIN = {"INR": 100}
"""Minor units; one rupee."""
COUNT = 10
COUNT_MAX = 100
_WHOLE = re.compile(r"[0-9]{1,12}")

Params = dict[str, Any]
Kinds = Mapping[str, type | tuple[type, ...]]
BOOLEAN = (bool, int, str)
"""Razorpay takes true, 1 and "1"."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The parameters of one operation."""

    required: Kinds = field(default_factory=dict)
    optional: Kinds = field(default_factory=dict)
    page: bool = False
    """Whether it is a list, which takes `from`, `to`, `count` and `skip`."""
    count_max: int = COUNT_MAX


_PAGING: Kinds = {"from": int, "to": int, "count": int, "skip": int}


def of_body(shape: Shape, body: bytes) -> Params:
    """The JSON of a request that changes something. Raises RazorpayError naming the field."""
    try:
        told = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise RazorpayError("The request body is not valid JSON") from None
    if not isinstance(told, dict):
        raise RazorpayError("The request body must be an object")
    return _checked(shape, told)


def of_query(shape: Shape, query: str) -> Params:
    """The query of a request that only asks; whole numbers become numbers. Raises RazorpayError."""
    told = dict(parse_qsl(query, keep_blank_values=True))
    kinds = {**shape.required, **shape.optional, **(_PAGING if shape.page else {})}
    read = {name: _number(name, text) if kinds.get(name) is int else text for name, text in told.items()}
    params = _checked(shape, read)
    if shape.page:
        _check_page(params, shape.count_max)
    return params


def checked_money(params: Params) -> tuple[int, str]:
    """`amount` and `currency` of a request. Raises RazorpayError."""
    amount, currency = params["amount"], params["currency"]
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise RazorpayError("Currency is not supported", field="currency")
    least = AMOUNT_MIN.get(currency, 1)
    if not least <= amount <= AMOUNT_MINOR_MAX:
        raise RazorpayError(f"Order amount less than minimum amount allowed: {least}", field="amount")
    return amount, currency


def checked_text(params: Params, name: str, length_max: int) -> str | None:
    """A text that is not too long. Raises RazorpayError."""
    text: str | None = params.get(name)
    if text is not None and len(text) > length_max:
        raise RazorpayError(f"The {name} may not be greater than {length_max} characters.", field=name)
    return text


def _number(name: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise RazorpayError(f"The {name} must be an integer.", field=name)
    return int(text)


def _checked(shape: Shape, told: Params) -> Params:
    kinds = {**shape.required, **shape.optional, **(_PAGING if shape.page else {})}
    for name in shape.required:
        if told.get(name) in (None, ""):
            raise RazorpayError(f"The {name} field is required.", field=name)
    for name, value in told.items():
        if name not in kinds:
            raise RazorpayError(f"{name} is/are not required and should not be sent", field=name)
        if not _is_a(value, kinds[name]):
            raise RazorpayError(f"The {name} is of the wrong type.", field=name)
    _check_notes(told.get("notes", {}))
    return told


def _is_a(value: object, kinds: type | tuple[type, ...]) -> bool:
    """True is no number where only numbers are taken."""
    among = kinds if isinstance(kinds, tuple) else (kinds,)
    return isinstance(value, among) and (type(value) is not bool or bool in among)


def _check_notes(notes: Mapping[str, object]) -> None:
    if len(notes) > NOTES_MAX:
        raise RazorpayError(f"Number of notes should not exceed {NOTES_MAX}", field="notes")
    for value in notes.values():
        if not isinstance(value, str) or len(value) > NOTE_LENGTH_MAX:
            raise RazorpayError(
                f"notes value cannot be more than {NOTE_LENGTH_MAX} characters", field="notes"
            )


def _check_page(params: Params, count_max: int) -> None:
    count = params.setdefault("count", min(COUNT, count_max))
    params.setdefault("skip", 0)
    if not 1 <= count <= count_max:
        raise RazorpayError(f"The count must be between 1 and {count_max}.", field="count")
