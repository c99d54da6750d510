"""Who reads an entry of the inbox: the gateway it came from, or ourselves for what was entered at a desk."""

from typing import Protocol

from bursar.gateways.manual.reader import Manual
from bursar.gateways.protocol import Document, Reading
from bursar.gateways.registry import GATEWAYS


class Reader(Protocol):
    """Turns a stored entry into facts."""

    name: str

    def read(self, event_type: str, document: Document) -> Reading:
        """By shape, for any version that wrote it. Raises Unreadable."""
        ...


MANUAL = Manual()
OPERATOR = "operator"
"""The source of rulings, in the inbox of whichever account they speak of."""


def reader_of(account: str, source: str = "webhook") -> Reader:
    """The reader of `<gateway>:<mode>`; of what an operator ruled about it, ourselves.

    Raises KeyError for a gateway there is not.
    """
    gateway = account.partition(":")[0]
    return MANUAL if gateway == Manual.name or source == OPERATOR else GATEWAYS[gateway]


def reader_names() -> list[str]:
    """Every name an account may begin with."""
    return [*GATEWAYS, Manual.name]
