"""What this process spends on links: on calls of gateways and outside of them, and statements it sends."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

import httpx
import psycopg
import requests

from bursar.gateways.paypal.api import PayPalApi
from bursar.gateways.razorpay.api import RazorpayApi
from bursar.gateways.stripe.api import StripeApi

_PAGES = ("/v1/checkout/sessions", "/v1/payment_links", "/payment_links", "/v2/checkout/orders")
"""Where gateways make pages: the last parts of the addresses."""


@dataclass(slots=True)
class Spent:
    """Since the wire was last read; seconds."""

    pages: int = 0
    """Requests for a page, answered or not."""
    waiting_s: float = 0.0
    """For answers, whatever was asked: on the network and in the gateway."""
    calling_s: float = 0.0
    """In calls of gateways: the waiting, and what their libraries do before and after."""
    calling_cpu_s: float = 0.0
    statements: int = 0
    """Sent to the database, without BEGIN and COMMIT."""


class Wire:
    """What was spent since it was last read."""

    def __init__(self) -> None:
        self._spent = Spent()

    def read(self) -> Spent:
        """What was spent, and begin anew."""
        spent, self._spent = self._spent, Spent()
        return spent

    def sent(self, request: Any, began: float) -> None:
        """One more request was answered, or not."""
        self._spent.waiting_s += time.perf_counter() - began
        self._spent.pages += request.method == "POST" and str(request.url).partition("?")[0].endswith(_PAGES)

    def called(self, began: float, cpu_began: float) -> None:
        """A gateway was called."""
        self._spent.calling_s += time.perf_counter() - began
        self._spent.calling_cpu_s += time.process_time() - cpu_began

    def executed(self) -> None:
        """A statement is on its way."""
        self._spent.statements += 1


@contextmanager
def tapped() -> Iterator[Wire]:
    """Listen to our clients of gateways, to both libraries below them, and to the database's driver."""
    wire = Wire()
    with ExitStack() as stack:
        for place, name in ((requests.adapters.HTTPAdapter, "send"), (httpx.HTTPTransport, "handle_request")):
            stack.enter_context(patch.object(place, name, _timed(wire, getattr(place, name))))
        for api in (StripeApi, RazorpayApi, PayPalApi):
            for name in ("perform", "ask"):
                stack.enter_context(patch.object(api, name, _called(wire, getattr(api, name))))
        stack.enter_context(patch.object(psycopg.Cursor, "execute", _counted(wire, psycopg.Cursor.execute)))
        yield wire


def _timed(wire: Wire, send: Callable[..., Any]) -> Callable[..., Any]:
    def timed(self: Any, request: Any, *args: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return send(self, request, *args, **options)
        finally:
            wire.sent(request, began)

    return timed


def _called(wire: Wire, call: Callable[..., Any]) -> Callable[..., Any]:
    def called(self: Any, *args: Any) -> Any:
        over = partial(wire.called, time.perf_counter(), time.process_time())
        try:
            return call(self, *args)
        finally:
            over()

    return called


def _counted(wire: Wire, execute: Callable[..., Any]) -> Callable[..., Any]:
    def counted(self: Any, *args: Any, **options: Any) -> Any:
        wire.executed()
        return execute(self, *args, **options)

    return counted
