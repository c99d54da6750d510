"""Events of the toy gateway."""

import itertools

import orjson

_numbers = itertools.count(1)


def toy_event(event_type: str, **said: object) -> bytes:
    """What the toy posts; amounts in rupees unless said otherwise."""
    return orjson.dumps(
        {"id": f"toy_evt_{next(_numbers)}", "type": event_type, "at": 1, "currency": "INR", **said}
    )
