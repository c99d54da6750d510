"""What every gateway must be able to do when we call it. One object per account and process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from bursar.gateways.api.requests import ChangeSubscription, Request
from bursar.gateways.api.results import ChangePreview, Found, PaymentMethod, Result, SettledLine

CONNECT_TIMEOUT_S = 3.0
"""A host that does not take a connection in three seconds is as good as away; the call is repeated."""
READ_TIMEOUT_S = 20.0
"""Gateways answer card charges within seconds; the lease of a call (60 s) leaves room for a second try."""

_R = TypeVar("_R", bound=Result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What opens one gateway account."""

    account: str
    """`<gateway>:<mode>`."""
    key_id: str | None = None
    """Public half, where there is one (Razorpay key id, PayPal client id)."""
    secret: str = field(repr=False)
    base_url: str | None = None
    """Another server than the vendor's: a fake gateway. Only in test mode."""

    @property
    def live(self) -> bool:
        """Whether real money moves."""
        return self.account.endswith(":live")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of time, both ends included, UTC."""

    since: datetime
    until: datetime


class Api(Protocol):
    """One account at one vendor, outbound. Synchronous; safe to use from one thread.

    Each method may raise GatewayAway, GatewayRefused, OutcomeUnknown, KeyReused or Misconfigured, and nothing
    else of the vendor's. Reading never raises OutcomeUnknown.
    """

    name: str

    def perform(self, request: Request[_R], key: str) -> _R:
        """Ask for it under our idempotency key (10 to 64 of `[A-Za-z0-9_-]`). Sends at most once."""
        ...

    def ask(self, request: Request[_R], key: str, sent_at: datetime) -> _R | None:
        """What became of a call whose answer was lost; None when it certainly was not acted on.

        Never acts anew by itself, unless the vendor promises that the key still means the first call.
        Raises GatewayAway while it cannot be known.
        """
        ...

    def fetch(self, kind: str, object_id: str) -> Found:
        """One object as it is now. Raises GatewayRefused (not_found)."""
        ...

    def list_changes(self, window: Window) -> Iterator[Found]:
        """What happened at the gateway in this time, oldest page first: what webhooks should have told."""
        ...

    def list_payment_methods(self, customer: str) -> Sequence[PaymentMethod]:
        """The saved ways to pay of a customer of the gateway."""
        ...

    def preview_change(self, change: ChangeSubscription) -> ChangePreview:
        """What a change of plan would cost."""
        ...

    def list_settled(self, window: Window) -> Iterator[SettledLine]:
        """The lines of every payout or settlement that reached the bank in this time."""
        ...

    def ping(self) -> None:
        """Prove the credentials with the cheapest call there is."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
