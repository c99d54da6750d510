"""Stripe's form encoding: `items[0][price]=p` is `{"items": {"0": {"price": "p"}}}` until it is checked.

Whether a level is a list or a dictionary only its type says: metadata may have the key `0`.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

from bursar.sandbox.fake.stripe.errors import StripeError

PAIRS_MAX = 5_000
"""Parameters of one request; a hundred line items with all of theirs are fewer."""
DEPTH_MAX = 8
"""Levels of nesting; Stripe's deepest parameter has six."""
_KEY = re.compile(r"[^\[\]]+|\[[^\[\]]*\]")

Tree = dict[str, Any]
"""Strings and further trees."""


def decode(text: str) -> Tree:
    """A query string or a form body as a tree. Raises StripeError for what is not of this form."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=PAIRS_MAX)
    except ValueError:
        raise StripeError("Invalid request: the parameters are not form-encoded.") from None
    tree: Tree = {}
    for name, value in pairs:
        _put(tree, _steps(name), value, name)
    return tree


def _steps(name: str) -> list[str]:
    parts = _KEY.findall(name)
    if "".join(parts) != name or not 0 < len(parts) <= DEPTH_MAX or parts[0].startswith("["):
        raise StripeError(f"Invalid parameter name: {name}", param=name)
    return [part.strip("[]") for part in parts]


def _put(tree: Tree, steps: list[str], value: str, name: str) -> None:
    for step in steps[:-1]:
        tree = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise StripeError(f"Invalid parameters: {name} is given both a value and parts.", param=name)
    last = steps[-1] or str(len(tree))
    if last in tree:
        raise StripeError(f"Invalid parameters: {name} is given more than once.", param=name)
    tree[last] = value
