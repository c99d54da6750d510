"""What we ask of a gateway, as values: frozen into the row of the call before anything is sent.

Amounts are minor units of `currency` (ISO 4217, upper case), times are UTC. Ids without a prefix are the
gateway's own. Nothing here may hold card data.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from bursar.gateways.api.results import (
    CheckoutExpired,
    CheckoutOpened,
    CustomerCreated,
    Fetched,
    PaymentAnswer,
    RefundAnswer,
    Result,
    SubscriptionAnswer,
)
from bursar.rules.calling import Operation
from bursar.rules.states import RefundEffect

R_co = TypeVar("R_co", bound=Result, covariant=True)


REFUNDS_OF_PAYMENT = "payment.refunds"
"""As the kind of a Fetch, with the id of a payment: every refund of it."""


class Proration(StrEnum):
    """What a change in the middle of a period does to money."""

    INVOICE_NOW = "invoice_now"
    NEXT_INVOICE = "next_invoice"
    NONE = "none"


class ChangeAt(StrEnum):
    """When a change of plan begins."""

    NOW = "now"
    PERIOD_END = "period_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Whom and what money is for: sent as metadata or notes, and read back from every event about it."""

    customer: str | None = None
    """The host's reference of the student or payer."""
    invoice: str | None = None
    """Our invoice id."""
    track: str | None = None
    components: tuple[tuple[str, int], ...] = ()
    """Fee component and minor units, where the host says how to spread the money."""


class Request(Generic[R_co]):
    """One thing to ask of a gateway, and the result it has."""

    __slots__ = ()
    operation: ClassVar[Operation]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCustomer(Request[CustomerCreated]):
    """Make the gateway's record of a customer; one per gateway account, reused."""

    operation = Operation.CREATE_CUSTOMER
    customer: str
    """The host's reference; sent as metadata, so that the record can be found again."""
    name: str
    email: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCheckout(Request[CheckoutOpened]):
    """Open a hosted page on which this amount can be paid once: session, order or payment link."""

    operation = Operation.CREATE_CHECKOUT
    checkout: str
    """Our id of it: `receipt`, `reference_id` or `client_reference_id` at the gateway, unique there."""
    purpose: Purpose
    amount_minor: int
    currency: str
    description: str
    """What the payer reads; at most 255 characters."""
    expires_at: datetime
    return_url: str
    """Where the payer goes afterwards; the gateway adds its own parameters."""
    cancel_url: str
    customer: str | None = None
    """The gateway's id of the customer."""
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireCheckout(Request[CheckoutExpired]):
    """Close a hosted page, so that it cannot be paid any more."""

    operation = Operation.EXPIRE_CHECKOUT
    checkout: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIntent(Request[PaymentAnswer]):
    """Begin a payment that the host's own page confirms (Stripe intent, Razorpay or PayPal order)."""

    operation = Operation.CREATE_INTENT
    checkout: str
    """Our id of it, unique at the gateway."""
    purpose: Purpose
    amount_minor: int
    currency: str
    description: str
    customer: str | None = None
    capture: bool = True
    """False: only authorise; a later Capture takes the money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmIntent(Request[PaymentAnswer]):
    """Try to collect a payment that was begun, with this way to pay."""

    operation = Operation.CONFIRM_INTENT
    payment: str
    payment_method: str
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge(Request[PaymentAnswer]):
    """Collect from a saved way to pay while the payer is away."""

    operation = Operation.CHARGE
    charge: str
    """Our id of it, unique at the gateway."""
    purpose: Purpose
    amount_minor: int
    currency: str
    description: str
    customer: str
    payment_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(Request[PaymentAnswer]):
    """Take money that was only authorised."""

    operation = Operation.CAPTURE
    payment: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Request[RefundAnswer]):
    """Give money back. `refund` and `effect` are sent along, so that every event about it names them."""

    operation = Operation.REFUND
    refund: str
    """Our id of it."""
    payment: str
    amount_minor: int
    currency: str
    effect: RefundEffect
    reason: str | None = None
    """A code word, not prose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSubscription(Request[SubscriptionAnswer]):
    """Start billing a plan at the gateway."""

    operation = Operation.CREATE_SUBSCRIPTION
    subscription: str
    """Our id of it."""
    purpose: Purpose
    customer: str | None
    """The gateway's id of the customer; None where it asks the payer itself (Razorpay, PayPal)."""
    price: str
    """The gateway's price or plan id."""
    quantity: int = 1
    trial_days: int = 0
    cycles: int | None = None
    """How many renewals; Razorpay demands a number, others go on until cancelled."""
    return_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSubscription(Request[SubscriptionAnswer]):
    """Move a subscription to another plan or quantity."""

    operation = Operation.CHANGE_SUBSCRIPTION
    subscription: str
    price: str
    quantity: int = 1
    at: ChangeAt = ChangeAt.NOW
    proration: Proration = Proration.INVOICE_NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseSubscription(Request[SubscriptionAnswer]):
    """Stop collecting until it is resumed."""

    operation = Operation.PAUSE_SUBSCRIPTION
    subscription: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeSubscription(Request[SubscriptionAnswer]):
    """Collect again."""

    operation = Operation.RESUME_SUBSCRIPTION
    subscription: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSubscription(Request[SubscriptionAnswer]):
    """End a subscription, now or when what was paid for ends."""

    operation = Operation.CANCEL_SUBSCRIPTION
    subscription: str
    at: ChangeAt = ChangeAt.PERIOD_END


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch(Request[Fetched]):
    """Ask for one object as it is now; the answer enters the inbox. Safe to repeat."""

    operation = Operation.FETCH
    kind: str
    """The vendor's word for it (`capture`, `payment_intent`), as the reading of the event gave it;
    or REFUNDS_OF_PAYMENT."""
    object_id: str


REQUESTS: dict[Operation, type[Request[Result]]] = {
    each.operation: each
    for each in (
        CreateCustomer, CreateCheckout, ExpireCheckout, CreateIntent, ConfirmIntent, Charge, Capture, Refund,
        CreateSubscription, ChangeSubscription, PauseSubscription, ResumeSubscription, CancelSubscription,
        Fetch,
    )
}  # fmt: skip
"""Every request by its wire name; a test keeps it total."""
