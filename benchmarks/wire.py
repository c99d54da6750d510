"""What clients of gateways send from this process: how often a page is asked for, how long answers take."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import httpx
import requests

_PAGES = ("/v1/checkout/sessions", "/v1/payment_links", "/payment_links", "/v2/checkout/orders")
"""Where gateways make pages: the last parts of the addresses."""


class Wire:
    """Counts since it was last read."""

    def __init__(self) -> None:
        self.pages = 0
        """Requests for a page, answered or not."""
        self.seconds = 0.0
        """Of waiting for answers, whatever was asked."""

    def read(self) -> tuple[int, float]:
        """Both counts, and begin anew."""
        counted = self.pages, self.seconds
        self.pages, self.seconds = 0, 0.0
        return counted

    def sent(self, method: str | None, url: str, began: float) -> None:
        """One more."""
        self.seconds += time.perf_counter() - began
        self.pages += method == "POST" and url.partition("?")[0].endswith(_PAGES)


@contextmanager
def tapped() -> Iterator[Wire]:
    """Listen to both libraries that our clients use: below them is the network."""
    wire = Wire()
    adapter, transport = requests.adapters.HTTPAdapter, httpx.HTTPTransport
    with (
        patch.object(adapter, "send", _timed(wire, adapter.send)),
        patch.object(transport, "handle_request", _timed(wire, transport.handle_request)),
    ):
        yield wire


def _timed(wire: Wire, send: Callable[..., Any]) -> Callable[..., Any]:
    def timed(self: Any, request: Any, *args: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return send(self, request, *args, **options)
        finally:
            wire.sent(request.method, str(request.url), began)

    return timed
