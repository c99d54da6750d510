"""Stripe behind the Api protocol: a table of which function does what is asked. Knows no SDK."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self, TypeVar

from bursar.clock import utc_now
from bursar.errors import Misconfigured
from bursar.gateways.api.failures import MESSAGE_LENGTH_MAX, Failure, FailureCode, GatewayRefused
from bursar.gateways.api.protocol import Credentials, Window
from bursar.gateways.api.requests import (
    CancelSubscription,
    Capture,
    ChangeSubscription,
    Charge,
    ConfirmIntent,
    CreateCheckout,
    CreateCustomer,
    CreateIntent,
    CreateSubscription,
    ExpireCheckout,
    Fetch,
    PauseSubscription,
    Refund,
    Request,
    ResumeSubscription,
)
from bursar.gateways.api.results import ChangePreview, Found, PaymentMethod, Result, SettledLine
from bursar.gateways.protocol import Unreadable
from bursar.gateways.stripe.calls import checkouts, customers, intents, refunds, subscriptions
from bursar.gateways.stripe.calls.answers import read_page
from bursar.gateways.stripe.calls.asking import Call, ask
from bursar.gateways.stripe.calls.client import Connection
from bursar.gateways.stripe.fetch import changes, objects, payment_methods, previews, settlements

_R = TypeVar("_R", bound=Result)
_KEY = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]+")
"""Secret and restricted keys. Strict, for what stands in the key also stands in errors about headers."""

_CALLS: dict[type[Request[Any]], Call] = {
    CreateCustomer: Call(customers.create, customers.find),
    CreateCheckout: Call(checkouts.create, checkouts.find),
    ExpireCheckout: Call(checkouts.expire, checkouts.find_expired),
    CreateIntent: Call(intents.create, intents.find),
    ConfirmIntent: Call(intents.confirm, intents.find_confirmed),
    Charge: Call(intents.charge, intents.find),
    Capture: Call(intents.capture, intents.find_captured),
    Refund: Call(refunds.create, refunds.find),
    CreateSubscription: Call(subscriptions.create, subscriptions.find),
    ChangeSubscription: Call(subscriptions.change, subscriptions.find_changed),
    PauseSubscription: Call(subscriptions.pause, subscriptions.find_paused),
    ResumeSubscription: Call(subscriptions.resume, subscriptions.find_paused),
    CancelSubscription: Call(subscriptions.cancel, subscriptions.find_canceled, subscriptions.cancels_by_key),
    Fetch: Call(objects.answer_fetch, objects.answer_fetch),
}
"""How each request is sent, and how its effect is found again."""


class StripeApi:
    """Stripe, outbound: one account and process."""

    name = "stripe"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, credentials: Credentials) -> Self:
        """Ready to call; nothing is sent yet. Raises Misconfigured for a key of the other mode."""
        _check(credentials)
        return cls(Connection(credentials))

    def perform(self, request: Request[_R], key: str) -> _R:
        """Ask for it, once."""
        with _in_our_words():
            done: _R = _CALLS[type(request)].send(self._connection.client, request, key)
        return done

    def ask(self, request: Request[_R], key: str, sent_at: datetime) -> _R | None:
        """What became of it."""
        call = _CALLS[type(request)]
        with _in_our_words():
            return ask(self._connection.client, call, request, key, sent_at, utc_now())

    def fetch(self, kind: str, object_id: str) -> Found:
        """One object as it is now."""
        return objects.fetch(self._connection.client, kind, object_id)

    def list_changes(self, window: Window) -> Iterator[Found]:
        """Events, oldest first."""
        with _in_our_words():
            yield from changes.list_changes(self._connection.client, window)

    def list_payment_methods(self, customer: str) -> Sequence[PaymentMethod]:
        """What a customer saved."""
        with _in_our_words():
            return payment_methods.list_payment_methods(self._connection.client, customer)

    def preview_change(self, change: ChangeSubscription) -> ChangePreview:
        """What a change of plan would cost."""
        with _in_our_words():
            return previews.preview_change(self._connection.client, change)

    def list_settled(self, window: Window) -> Iterator[SettledLine]:
        """What reached the bank."""
        with _in_our_words():
            yield from settlements.list_settled(self._connection.client, window)

    def ping(self) -> None:
        """Ask for one event: the permission that reconciliation needs anyway."""
        client = self._connection.client
        read_page(lambda: client.v1.events.list({"limit": 1}))

    def close(self) -> None:
        """Give the connections back."""
        self._connection.close()


@contextmanager
def _in_our_words() -> Iterator[None]:
    """An object that our readers refuse stays refused however often it is asked for."""
    try:
        yield
    except Unreadable as unreadable:
        message = f"Stripe answered what Bursar cannot read: {unreadable}"[:MESSAGE_LENGTH_MAX]
        raise GatewayRefused(Failure(code=FailureCode.INVALID, message=message)) from None


def _check(credentials: Credentials) -> None:
    """Refuse at the start what would move real money in a test, or none when it should."""
    wanted = "live" if credentials.live else "test"
    key = _KEY.fullmatch(credentials.secret)
    if key is None:
        raise Misconfigured(
            f"STRIPE_SECRET_KEY is not a secret key: copy the one that begins with sk_{wanted}_ or "
            f"rk_{wanted}_ from the dashboard (Developers, API keys)"
        )
    if key[1] != wanted:
        raise Misconfigured(
            f"STRIPE_SECRET_KEY is a key for {key[1]} mode, but the account is {credentials.account}: "
            f"set BURSAR_MODE={key[1]}, or copy the key that begins with sk_{wanted}_"
        )
    if credentials.base_url and credentials.live:
        raise Misconfigured("another server than Stripe's is for BURSAR_MODE=test only: it would get the key")
