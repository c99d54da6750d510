"""What a gateway answers, as values. Money never moves on these: the objects in `found` enter the inbox,
and are applied like any event.
"""

from dataclasses import dataclass
from datetime import datetime

from bursar.rules.states import PaymentStatus, RefundStatus, SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One object or event of a gateway that we asked for, in the form of its webhooks.

    `Gateway.read(type, document)` understands it. The inbox keeps it once per `dedupe_key`: an event
    under its own id, so that it meets its webhook; an object under a hash of what it said.
    """

    type: str
    object_id: str
    dedupe_key: str
    document: bytes
    """JSON."""
    occurred_at: datetime | None = None
    livemode: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What every answer has."""

    found: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCreated(Result):
    """The gateway's record of a customer."""

    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutOpened(Result):
    """A page that can be paid until it expires."""

    checkout: str
    """The gateway's id of the session, order or link: what its events name."""
    url: str
    expires_at: datetime | None
    """By the gateway's clock; None where it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutExpired(Result):
    """The page cannot be paid any more; `paid` when it had been before."""

    checkout: str
    paid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAnswer(Result):
    """How a payment stands right after we asked for it."""

    payment: str
    """The id its events name: intent or order first, the payment itself once there is one."""
    status: PaymentStatus
    client_secret: str | None = None
    """What the host's page needs to confirm it; worthless without the publishable key."""
    action_url: str | None = None
    """Where the payer has to go before it can succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAnswer(Result):
    """How a refund stands right after we asked for it."""

    refund: str
    status: RefundStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionAnswer(Result):
    """How a subscription stands right after we asked for it."""

    subscription: str
    status: SubscriptionStatus
    approval_url: str | None = None
    """Where the payer approves it first (Razorpay, PayPal)."""
    client_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Result):
    """One object; `found` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A saved way to pay, without what identifies the card."""

    payment_method: str
    kind: str
    """card, upi, sepa_debit ... as the gateway names it."""
    label: str
    """What a person recognises: `visa •••• 4242`."""
    expires: str | None = None
    """`2028-04`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreview:
    """What a change of plan would cost at once."""

    due_now_minor: int
    currency: str
    credit_minor: int
    """What is given back for the rest of the period, as a positive amount."""
    next_amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLine:
    """One line of a payout or settlement: what it settled, and what that came to."""

    settlement: str
    line: str
    """The gateway's id of the line (balance transaction, recon entity): unique per account."""
    kind: str
    """payment, refund, dispute, fee, adjustment, transfer."""
    about: str | None
    """The gateway id of the payment, refund or dispute."""
    gross_minor: int
    """Signed: money in is positive."""
    fee_minor: int
    """Tax included; positive lowers what we get."""
    net_minor: int
    """gross - fee; the lines of a settlement sum to what reaches the bank."""
    currency: str
    occurred_at: datetime | None = None
