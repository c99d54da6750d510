import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.gateways import strictjson
from bursar.gateways.strictjson import DEPTH_MAX, NotJson

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
)
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner), max_leaves=12)
_DOCUMENTS = st.dictionaries(_TEXT, _VALUES)


def _nested(levels: int, opening: bytes = b'{"a":', closing: bytes = b"}") -> bytes:
    """An object with this many levels, counting itself."""
    return b'{"a":' + opening * (levels - 2) + b"{}" + closing * (levels - 2) + b"}"


def _indented(body: bytes) -> bytes:
    """As Stripe sends it."""
    return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)


@given(_DOCUMENTS, st.sampled_from([None, 2, 4, "\t"]), st.booleans())
def test_any_spelling_of_an_object_is_read_as_the_same_object(document, indent, ascii_only):
    body = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()

    assert strictjson.loads(body) == json.loads(body)


@given(_DOCUMENTS)
def test_the_spellings_of_both_gateways_are_read_back(document):
    assert strictjson.loads(orjson.dumps(document)) == document
    assert strictjson.loads(orjson.dumps(document, option=orjson.OPT_INDENT_2)) == document


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_arbitrary_bytes_are_read_as_json_reads_them_or_refused(body):
    try:
        document = strictjson.loads(body)
    except NotJson:
        return
    assert document == json.loads(body)


@given(_DOCUMENTS, st.data())
def test_a_damaged_body_is_read_as_json_reads_it_or_refused(document, data):
    body = bytearray(orjson.dumps(document))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = strictjson.loads(bytes(body))
    except NotJson:
        return
    assert read == json.loads(bytes(body))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" ", id="a blank"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"text"', id="a string"),
        pytest.param(b"12", id="a number"),
        pytest.param(b'{"a":1}{"b":2}', id="two documents"),
        pytest.param(b'{"a":1,}', id="a trailing comma"),
        pytest.param(b"{'a':1}", id="single quotes"),
        pytest.param(b'{"a":1}\x00', id="a NUL after the document"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', id="a byte order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"a":"\xff"}', id="invalid UTF-8"),
        pytest.param(b'{"a":"\xc0\x80"}', id="an overlong NUL"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', id="an encoded surrogate"),
        pytest.param(b'{"a":NaN}', id="NaN"),
        pytest.param(b'{"a":Infinity}', id="Infinity"),
        pytest.param(b'{"a":-Infinity}', id="minus Infinity"),
        pytest.param(b'{"a":1e400}', id="a float beyond range"),
        pytest.param(b'{"a":"\x00"}', id="a raw NUL"),
        pytest.param(b'{"a":"\\u0000"}', id="an escaped NUL in a value"),
        pytest.param(b'{"a\\u0000":1}', id="an escaped NUL in a key"),
        pytest.param(b'{"a":[{"b":"x\\u0000"}]}', id="an escaped NUL deep inside"),
        pytest.param(b'{"a":"\\ud800"}', id="a lone leading surrogate"),
        pytest.param(b'{"a":"\\udc00"}', id="a lone trailing surrogate"),
        pytest.param(b'{"\\ud800":1}', id="a lone surrogate in a key"),
        pytest.param(b'{"a":1,"a":1}', id="a duplicate key"),
        pytest.param(b'{"a":1,"b":{"c":1,"c":2}}', id="a duplicate key inside"),
        pytest.param(b'{"a":[{"c":1,"c":2}]}', id="a duplicate key in a list"),
        pytest.param(b'{"a":1,"\\u0061":2}', id="a duplicate key, escaped"),
        pytest.param(b'{"a":1, "a" :2}', id="a duplicate key with blanks"),
        pytest.param(b'{\n  "a": 1,\n  "a": 1\n}', id="a duplicate key, indented"),
        pytest.param(b'{"a":18446744073709551616}', id="2^64"),
        pytest.param(b'{"a":-9223372036854775809}', id="below -2^63"),
        pytest.param(b'{"a":123456789012345678901234567890}', id="thirty digits"),
        pytest.param(b'{"a":' + b"9" * 200_000 + b"}", id="200,000 digits"),
        pytest.param(_nested(DEPTH_MAX + 1), id="one level too deep"),
        pytest.param(_nested(DEPTH_MAX + 1, b"[", b"]"), id="one level too deep in lists"),
        pytest.param(_indented(_nested(DEPTH_MAX + 1)), id="one level too deep, indented"),
        pytest.param(
            _indented(_nested(DEPTH_MAX + 1, b"[", b"]")), id="one level too deep in lists, indented"
        ),
        pytest.param(b"{\n" + _nested(300)[1:], id="deeper than orjson writes, behind a line break"),
        pytest.param(_nested(300), id="deeper than orjson writes"),
        pytest.param(_nested(900), id="as deep as Python recurses"),
        pytest.param(_nested(200_000), id="200,000 levels of objects"),
        pytest.param(_nested(200_000, b"[", b"]"), id="200,000 levels of lists"),
        pytest.param(b'{"a":' * 200_000, id="200,000 levels, unfinished"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(body):
    with pytest.raises(NotJson):
        strictjson.loads(body)


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"{}", {}),
        (b' {"a":1}\r\n', {"a": 1}),
        (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":"\\/path"}', {"a": "/path"}),
        (b'{"a":18446744073709551615,"b":-9223372036854775808}', {"a": 2**64 - 1, "b": -(2**63)}),
        (b'{"a":{"a":1},"b":{"a":1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        (b'{"a":"{{{{[[[["}', {"a": "{{{{[[[["}),
    ],
)
def test_unusual_but_unambiguous_spellings_are_read(body, document):
    assert strictjson.loads(body) == document


def test_exactly_the_deepest_allowed_nesting_is_read():
    assert strictjson.loads(_nested(DEPTH_MAX))
    assert strictjson.loads(_nested(DEPTH_MAX, b"[", b"]"))
    assert strictjson.loads(_indented(_nested(DEPTH_MAX)))
    assert strictjson.loads(_indented(_nested(DEPTH_MAX).replace(b"{}", b'{"a":1}')))


def test_many_brackets_side_by_side_are_not_deep():
    body = orjson.dumps({"rows": [{"cells": []} for _ in range(1000)]})

    assert len(strictjson.loads(body)["rows"]) == 1000


def test_brackets_in_text_are_not_deep():
    body = orjson.dumps({"note": "[" * 1000, "more": ["{" * 1000]})

    assert strictjson.loads(body)["note"] == "[" * 1000


@pytest.mark.parametrize(
    "body", [b'{"secret":1,"secret":2}', b'{"secret":NaN}', b'{"secret":"\\u0000"}', b'["secret"]']
)
def test_the_reason_quotes_nothing_of_the_body(body):
    with pytest.raises(NotJson) as refused:
        strictjson.loads(body)

    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
