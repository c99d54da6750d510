"""Which bytes count as JSON here: one object that every reader understands in the same way.

Knows nothing of gateways. A body that two parsers could read differently (duplicate keys, huge numbers, NUL)
is refused rather than guessed at, because what is stored is read again later, by other code.
"""

import json
from collections.abc import Iterable
from typing import Any

import orjson

from bursar.errors import Refused
from bursar.gateways.protocol import Document

DEPTH_MAX = 64
"""Levels of objects and arrays. Gateways use about ten; more is an attack on recursive readers."""
INTEGER_MIN, INTEGER_MAX = -(2**63), 2**64 - 1
"""What 64 bits can hold, signed or not: beyond it parsers silently change the number."""
INTEGER_DIGITS_MAX = 20
"""2^64 has twenty digits; longer literals are refused before they are converted (quadratic time)."""
_NUL_ESCAPE = b"\\u0000"
_DEEP_LINE = b"\n" + 2 * DEPTH_MAX * b" "
"""How a line begins that is deeper, indented by two. Looking for it costs a third of counting brackets."""


class NotJson(Refused):
    """The body is not a JSON object that can be read in one way only."""


def loads(body: bytes) -> Document:
    """Parse a JSON object. Raises NotJson with a reason that quotes nothing of the body.

    Fast path: a document that serialises back to the very same bytes, compact or indented by two as Stripe
    sends it, cannot have contained a duplicate key or a number that changed. Only other spellings pay for
    the slow check.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        # BOM, invalid UTF-8, lone surrogates, NaN, infinities, raw control characters, nesting above 1024.
        raise NotJson("not strict JSON in UTF-8") from None
    if type(document) is not dict:
        raise NotJson("the top level must be an object")
    if not _is_canonical(document, body):
        _refuse_depth(document)
        _refuse_ambiguity(body)
    if b"\\" in body and _NUL_ESCAPE in body:  # the first is one look for one byte, and usually enough
        _refuse_nul(document)
    return document


def _is_canonical(document: Document, body: bytes) -> bool:
    """Whether the body is shallow and spelt as the serialiser spells it: most bodies are."""
    if body[1:2] == b"\n":
        if _DEEP_LINE in body:
            return False
        option = orjson.OPT_INDENT_2
    else:
        # Every level opens a bracket, so few brackets prove that nothing is deep.
        if body.count(b"{") + body.count(b"[") > DEPTH_MAX:
            _refuse_depth(document)
        option = None
    try:
        return orjson.dumps(document, option=option) == body
    except orjson.JSONEncodeError:  # deeper than the serialiser goes
        return False


def _refuse_depth(document: Document) -> None:
    """Walk level by level, never recursively."""
    level: list[Any] = [document]
    for _ in range(DEPTH_MAX):
        level = [
            child
            for container in level
            for child in (container.values() if type(container) is dict else container)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise NotJson(f"nested deeper than {DEPTH_MAX} levels")


def _refuse_nul(document: Document) -> None:
    """PostgreSQL text cannot hold NUL. A raw one never parses; an escaped one may be in a key or a value."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if type(value) is str:
            if "\x00" in value:
                raise NotJson("a string contains NUL")
        elif type(value) is dict:
            waiting.extend(value)
            waiting.extend(value.values())
        elif type(value) is list:
            waiting.extend(value)


def _refuse_ambiguity(body: bytes) -> None:
    """Parse again with a parser that shows every key and every digit; depth is known to be harmless."""
    json.loads(
        body,
        object_pairs_hook=_object_without_duplicates,
        parse_int=_refuse_wide_integer,
    )


def _object_without_duplicates(pairs: Iterable[tuple[str, object]]) -> None:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise NotJson("an object has the same key twice")


def _refuse_wide_integer(digits: str) -> int:
    if len(digits) > INTEGER_DIGITS_MAX or not INTEGER_MIN <= int(digits) <= INTEGER_MAX:
        raise NotJson("an integer does not fit 64 bits")
    return 0
