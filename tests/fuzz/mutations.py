"""Ways to spoil bytes, documents and headers. Each takes a Random, so that a seed tells the whole story."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

Json = Any
"""What a JSON parser gives; mutated documents are of no type at all."""

NESTED_MAX = 20_000
TEXTS = (
    *(
        "",
        "0",
        "-1",
        "1e3",
        "100.1",
        "1_000",
        "١٢",
        "NaN",
        "null",
        "true",
        " ",
        "INR",
        "inr",
        "JPY",
        "KWD",
        "XXX",
    ),
    *(
        "\x00",
        "a\x00b",
        "\ud800",
        "\udfff\ud800",
        "\ufeff",
        "‮evil",
        "é" * 300,
        "a" * 256,
        "a" * 6_000,
        "\x1b[31m",
    ),
    *(
        "'; DROP TABLE gateway_events; --",
        "=cmd()",
        "../../etc/passwd",
        "<img src=x>",
        "a@example.org\r\nBcc: b@x",
    ),
    *(
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "pi_1",
        "cus_1",
        "evt_1",
    ),
)
NUMBERS = (
    *(
        0,
        1,
        -1,
        2**31,
        2**53 + 1,
        2**63 - 1,
        2**63,
        2**64 - 1,
        2**64,
        -(2**63),
        -(2**63) - 1,
        10**30,
        10**400,
    ),
    *(-0.0, 0.1, 1.5, 1e308, 5e-324, float("nan"), float("inf"), float("-inf")),
)
OTHERS = (None, True, False, [], {}, [[]], [None], [{}], {"id": None}, {"": ""}, {"id": {}}, {"data": []})

RAW_VALUES = (
    *(
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e400",
        b"9" * 5_000,
        b"-" + b"9" * 25,
        b"01",
        b"1.",
        b".5",
        b"0x10",
    ),
    *(
        b'"\\u0000"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'"\x01"',
    ),
    *(
        b"'a'",
        b"undefined",
        b"[1,]",
        b'{"a":1,}',
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b"/**/1",
        b'"\\x41"',
    ),
)
"""What a JSON writer would not write."""


def flip_bits(body: bytes, random: Random) -> bytes:
    """One to eight bits the other way round."""
    changed = bytearray(body)
    for _ in range(random.randint(1, 8) if changed else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def truncate(body: bytes, random: Random) -> bytes:
    """The beginning or the end of it."""
    cut = random.randrange(len(body) + 1)
    return body[:cut] if random.random() < 0.7 else body[cut:]


def repeat(body: bytes, random: Random) -> bytes:
    """A piece of it twice, or all of it."""
    start, end = sorted(random.randrange(len(body) + 1) for _ in range(2))
    return body[:end] + body[start:] if random.random() < 0.8 else body + body


def insert(body: bytes, random: Random) -> bytes:
    """Something foreign in the middle of it."""
    at = random.randrange(len(body) + 1)
    foreign = random.choice(
        [b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b'"', b"}", b"{", b"\\", b"\r\n", b"\xf0\x9f"]
    )
    return (
        body[:at]
        + (foreign if random.random() < 0.8 else random.randbytes(random.randint(1, 40)))
        + body[at:]
    )


def nest(body: bytes, random: Random) -> bytes:
    """Deeper than a recursive reader survives, around it or in its place."""
    depth = random.choice([64, 65, 1_024, 1_025, NESTED_MAX])
    opening, closing = random.choice([(b"[", b"]"), (b'{"a":', b"}")])
    inner = body if random.random() < 0.5 else b"1"
    return b'{"id":"evt_1","type":"a","event":"a","x":' + opening * depth + inner + closing * depth + b"}"


def foreign_value(body: bytes, random: Random) -> bytes:
    """One value replaced by what a JSON writer would not write."""
    colons = [n for n, byte in enumerate(body) if byte == 0x3A]
    if not colons:
        return body + random.choice(RAW_VALUES)
    at = random.choice(colons) + 1
    end = min((n for n in (body.find(b",", at), body.find(b"}", at)) if n >= 0), default=len(body))
    return body[:at] + random.choice(RAW_VALUES) + body[end:]


def second_key(body: bytes, random: Random) -> bytes:
    """A key that is there already, once more."""
    key = random.choice([b"id", b"type", b"event", b"data", b"payload", b"amount", b"livemode"])
    return b'{"' + key + b'":"evt_other",' + body.lstrip()[1:]


def append(body: bytes, random: Random) -> bytes:
    """A little more than was signed."""
    return body + random.choice([b" ", b"\n", b" \t\r\n", b"\x00", b"}", b"{}", b"null", body])


BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(
        flip_bits,
        flip_bits,
        append,
        truncate,
        repeat,
        insert,
        insert,
        nest,
        foreign_value,
        foreign_value,
        second_key,
    ),
)


def spoil_bytes(body: bytes, random: Random) -> bytes:
    """One of them."""
    return random.choice(BYTES)(body, random)


def splice(one: bytes, other: bytes, random: Random) -> bytes:
    """The head of one body on the tail of another."""
    return one[: random.randrange(len(one) + 1)] + other[random.randrange(len(other) + 1) :]


def spoil_document(document: Json, donor: Json, random: Random) -> Json:
    """One to four places of a document changed; some get a piece of another document."""
    for _ in range(random.choice([1, 1, 2, 4])):
        holder, key = _place(document, random)
        if holder is None:
            return _value(random)
        _change(holder, key, donor, random)
    return document


def dump(document: Json, random: Random) -> bytes:
    """As some JSON writer would write it, strict or not."""
    separators = random.choice([(",", ":"), (", ", ": ")])
    indent = random.choice([None, None, 2])
    ascii_only = random.random() < 0.5
    text = json.dumps(
        document, ensure_ascii=ascii_only, separators=None if indent else separators, indent=indent
    )
    return text.encode("utf-8", "surrogatepass")


def _place(document: Json, random: Random) -> tuple[Json, Json]:
    """Some container in the document and a key of it; deep places are as likely as shallow ones."""
    places = [
        (container, key)
        for container in _containers(document)
        for key in (list(container) if isinstance(container, dict) else range(len(container)))
    ]
    return random.choice(places) if places else (None, None)


def _containers(document: Json) -> list[Json]:
    found: list[Json] = [document] if isinstance(document, dict | list) else []
    for container in found:  # grows while we walk: level by level, never recursively
        children = container.values() if isinstance(container, dict) else container
        found += [child for child in children if isinstance(child, dict | list)]
    return found


def _change(holder: Json, key: Json, donor: Json, random: Random) -> None:
    what = random.random()
    if what < 0.45:
        holder[key] = _value(random)
    elif what < 0.6:
        del holder[key]
    elif what < 0.7 and isinstance(holder, dict):
        holder[random.choice(TEXTS)] = holder.pop(key)
    elif what < 0.85:
        giver, given = _place(donor, random)
        holder[key] = _value(random) if giver is None else json.loads(json.dumps(giver[given]))
    else:
        holder[key] = random.choice(
            [[holder[key]], {"entity": holder[key]}, {"object": holder[key]}, str(holder[key])]
        )


def _value(random: Random) -> Json:
    made = random.choice(random.choice([TEXTS, NUMBERS, OTHERS]))
    return json.loads(json.dumps(made)) if isinstance(made, dict | list) else made


def spoil_signature(signature: bytes, random: Random) -> bytes:
    """A header that was right, or nearly."""
    return random.choice(
        [
            lambda: flip_bits(signature, random),
            lambda: truncate(signature, random),
            lambda: insert(signature, random),
            lambda: signature.upper(),
            lambda: signature + b",v1=" + b"0" * 64,
            lambda: b",".join(
                [signature] + [b"v1=" + b"%064x" % n for n in range(random.choice([9, 10, 3_000]))]
            ),
            lambda: signature.replace(
                b"t=", b"t=" + random.choice([b"0", b"-", b"+", b" ", b"\xb2", b"9" * 20])
            ),
            lambda: signature.replace(b"v1=", random.choice([b"v0=", b"v2=", b"v1==", b"V1=", b"v1=\xe9"])),
            lambda: b"t=1,t=2," + signature,
            lambda: random.randbytes(random.choice([0, 1, 64, 3_000])),
            lambda: b"",
        ]
    )()
