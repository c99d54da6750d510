"""What a delivery is answered, as a value: whoever carries it knows how to write it. Decides nothing."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from webhook_receiver.heads import Whole

Headers = Sequence[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """One response."""

    status: int
    headers: Headers
    body: bytes
    close: bool = False
    """Whether the connection is of no more use."""


Answered = Callable[[Answer], None]
Deliver = Callable[[str | None, Whole, Answered], None]
"""Takes in a request that is here as a whole, from this peer; answers it once."""

_BODY = b'{"received": true}'
RECEIVED = Answer(
    200, ((b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))), _BODY
)
