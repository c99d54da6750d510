"""PayPal behind the Api protocol: a table of which function does what is asked. Knows no HTTP.

A checkout is paid in two steps here: the payer approves the order, and we capture it. `approvals.py` makes
the Capture out of a fetched order; it is performed like any other request.
"""

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
from bursar.gateways.paypal.calls import charges, checkouts, customers, intents, refunds, subscriptions
from bursar.gateways.paypal.calls.asking import Call, ask, nowhere
from bursar.gateways.paypal.calls.client import Client
from bursar.gateways.paypal.fetch import changes, objects, payment_methods, plans, settlements
from bursar.gateways.protocol import Unreadable

_R = TypeVar("_R", bound=Result)

_CALLS: dict[type[Request[Any]], Call] = {
    CreateCustomer: Call(customers.create, nowhere, has_key=False),
    CreateCheckout: Call(checkouts.create, nowhere),
    ExpireCheckout: Call(checkouts.expire, checkouts.find_expired, has_key=False),
    CreateIntent: Call(intents.create, nowhere),
    ConfirmIntent: Call(intents.confirm, intents.find_confirmed),
    Charge: Call(charges.charge, charges.find),
    Capture: Call(intents.capture, intents.find_captured),
    Refund: Call(refunds.refund, refunds.find),
    CreateSubscription: Call(subscriptions.create, nowhere),
    ChangeSubscription: Call(subscriptions.change, subscriptions.find_changed, has_key=False),
    PauseSubscription: Call(subscriptions.pause, subscriptions.find_paused, has_key=False),
    ResumeSubscription: Call(subscriptions.resume, subscriptions.find_resumed, has_key=False),
    CancelSubscription: Call(subscriptions.cancel, subscriptions.find_canceled, has_key=False),
    Fetch: Call(objects.answer_fetch, objects.find_fetched, has_key=False),
}
"""How each request is sent, and how its effect is found again."""


class PayPalApi:
    """PayPal, outbound: one account and process."""

    name = "paypal"

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    def open(cls, credentials: Credentials) -> Self:
        """Ready to call; nothing is sent yet. Raises Misconfigured for credentials that cannot be right."""
        _check(credentials)
        return cls(Client(credentials))

    def perform(self, request: Request[_R], key: str) -> _R:
        """Ask for it, once."""
        with _in_our_words():
            done: _R = _CALLS[type(request)].send(self._client, request, key)
        return done

    def ask(self, request: Request[_R], key: str, sent_at: datetime) -> _R | None:
        """What became of it."""
        call = _CALLS[type(request)]
        with _in_our_words():
            return ask(self._client, call, request, key, sent_at, utc_now())

    def fetch(self, kind: str, object_id: str) -> Found:
        """One object as it is now."""
        return objects.fetch(self._client, kind, object_id)

    def list_changes(self, window: Window) -> Iterator[Found]:
        """The objects that events of this time name."""
        return changes.list_changes(self._client, window)

    def list_payment_methods(self, customer: str) -> Sequence[PaymentMethod]:
        """What a payer saved in PayPal's vault."""
        return payment_methods.list_payment_methods(self._client, customer)

    def preview_change(self, change: ChangeSubscription) -> ChangePreview:
        """What a change with the next cycle costs."""
        with _in_our_words():
            return plans.preview_change(self._client, change)

    def list_settled(self, window: Window) -> Iterator[SettledLine]:
        """Withdrawals."""
        with _in_our_words():
            yield from settlements.list_settled(self._client, window)

    def ping(self) -> None:
        """Ask for one event: that needs a token, and nothing else."""
        self._client.get(changes.PATH, page_size=1)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


@contextmanager
def _in_our_words() -> Iterator[None]:
    """An object that our readers refuse stays refused however often it is asked for."""
    try:
        yield
    except Unreadable as unreadable:
        message = f"PayPal answered what Bursar cannot read: {unreadable}"[:MESSAGE_LENGTH_MAX]
        raise GatewayRefused(Failure(code=FailureCode.INVALID, message=message)) from None


def _check(credentials: Credentials) -> None:
    """The mode does not show in a client id: the host decides, and sandbox credentials open no live one."""
    if not (credentials.key_id or "").strip() or not credentials.secret.strip():
        raise Misconfigured("PayPal needs PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET: set both, or neither")
    if credentials.base_url is None:
        return
    if credentials.live:
        raise Misconfigured("BURSAR_PAYPAL_URL names a fake gateway, and this account is live: unset it")
    if not credentials.base_url.startswith(("http://", "https://")):
        raise Misconfigured("BURSAR_PAYPAL_URL must begin with http:// or https://")
