"""Razorpay behind the Api protocol: delegates, decides nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar, cast

from bursar.errors import Misconfigured
from bursar.gateways.api.failures import GatewayAway, OutcomeUnknown, unsupported
from bursar.gateways.api.protocol import Credentials, Window
from bursar.gateways.api.requests import (
    REFUNDS_OF_PAYMENT,
    CancelSubscription,
    Capture,
    ChangeAt,
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
from bursar.gateways.api.results import ChangePreview, Fetched, Found, PaymentMethod, Result, SettledLine
from bursar.gateways.razorpay.calls import charges, checkouts, customers, intents, refunds, subscriptions
from bursar.gateways.razorpay.calls.client import Client
from bursar.gateways.razorpay.fetch import changes, objects, payment_methods, plans, settlements

_R = TypeVar("_R", bound=Result)
_PREFIXES = {False: "rzp_test_", True: "rzp_live_"}
"""Of a key id, by whether real money moves."""


class _Perform(Protocol):
    def __call__(self, client: Client, request: Any, key: str) -> Result: ...


class _Ask(Protocol):
    def __call__(self, client: Client, request: Any, key: str, sent_at: datetime) -> Result | None: ...


@dataclass(frozen=True, slots=True)
class _Call:
    perform: _Perform
    ask: _Ask


def _fetch(client: Client, request: Fetch, key: str) -> Fetched:  # noqa: ARG001  reading needs no key
    if request.kind == REFUNDS_OF_PAYMENT:
        return Fetched(found=tuple(objects.refunds_of(client, request.object_id)))
    return Fetched(found=(objects.fetch(client, request.kind, request.object_id),))


def _fetch_again(client: Client, request: Fetch, key: str, sent_at: datetime) -> Fetched:  # noqa: ARG001
    return _fetch(client, request, key)


_CALLS: dict[type[Request[Any]], _Call] = {
    CreateCustomer: _Call(customers.create, customers.ask_created),
    CreateCheckout: _Call(checkouts.create, checkouts.ask_created),
    ExpireCheckout: _Call(checkouts.expire, checkouts.ask_expired),
    CreateIntent: _Call(intents.create, intents.ask_created),
    ConfirmIntent: _Call(intents.confirm, intents.ask_confirmed),
    Capture: _Call(intents.capture, intents.ask_captured),
    Charge: _Call(charges.charge, charges.ask_charged),
    Refund: _Call(refunds.refund, refunds.ask_refunded),
    CreateSubscription: _Call(subscriptions.create, subscriptions.ask_created),
    ChangeSubscription: _Call(subscriptions.change, subscriptions.ask_changed),
    PauseSubscription: _Call(subscriptions.pause, subscriptions.ask_paused),
    ResumeSubscription: _Call(subscriptions.resume, subscriptions.ask_resumed),
    CancelSubscription: _Call(subscriptions.cancel, subscriptions.ask_cancelled),
    Fetch: _Call(_fetch, _fetch_again),
}


class RazorpayApi:
    """One account at Razorpay, outbound."""

    name = "razorpay"

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    def open(cls, credentials: Credentials) -> Self:
        """Nothing is sent yet. Raises Misconfigured for credentials that cannot be right."""
        _check(credentials)
        return cls(Client(credentials))

    def perform(self, request: Request[_R], key: str) -> _R:
        """Ask for it; only refunds know our key, the others carry it as a note."""
        return cast("_R", _CALLS[type(request)].perform(self._client, request, key))

    def ask(self, request: Request[_R], key: str, sent_at: datetime) -> _R | None:
        """What became of it, by our key in the notes or by the object's own state."""
        try:
            return cast("_R | None", _CALLS[type(request)].ask(self._client, request, key, sent_at))
        except OutcomeUnknown as unread:
            raise GatewayAway(unread.failure) from None  # asking acts on nothing: it can be asked again

    def fetch(self, kind: str, object_id: str) -> Found:
        """One object as it is now."""
        return objects.fetch(self._client, kind, object_id)

    def list_changes(self, window: Window) -> Iterator[Found]:
        """What was made in this time, or could have changed in it."""
        return changes.list_changes(self._client, window)

    def list_payment_methods(self, customer: str) -> Sequence[PaymentMethod]:
        """The tokens of a customer."""
        return payment_methods.list_payment_methods(self._client, customer)

    def preview_change(self, change: ChangeSubscription) -> ChangePreview:
        """Razorpay previews nothing; a change at the end of the period costs nothing before."""
        if change.at is ChangeAt.NOW:
            raise unsupported(
                "Razorpay", "preview of a change now", "change at period_end, which costs nothing now"
            )
        return plans.preview_at_period_end(self._client, change)

    def list_settled(self, window: Window) -> Iterator[SettledLine]:
        """The lines of every settlement of this time."""
        return settlements.list_settled(self._client, window)

    def ping(self) -> None:
        """Ask for one payment."""
        self._client.call(self._client.sdk.payment.all, {"count": 1})

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _check(credentials: Credentials) -> None:
    """The mode stands in the key id: money of one mode must never meet books of the other."""
    if not credentials.key_id or not credentials.secret.strip():
        raise Misconfigured("Razorpay needs RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET: set both, or neither")
    prefix = _PREFIXES[credentials.live]
    if not credentials.key_id.startswith(prefix):
        raise Misconfigured(
            f"RAZORPAY_KEY_ID must begin with {prefix} for the account {credentials.account}: "
            "take a key of that mode, or change BURSAR_MODE"
        )
    if credentials.base_url is None:
        return
    if credentials.live:
        raise Misconfigured("BURSAR_RAZORPAY_URL names a fake gateway, and this account is live: unset it")
    if not credentials.base_url.startswith(("http://", "https://")):
        raise Misconfigured("BURSAR_RAZORPAY_URL must begin with http:// or https://")
