"""Calls to gateways: what can be asked, and what became of it. Words only."""

from enum import StrEnum


class Operation(StrEnum):
    """The wire name of each request; it stands in `gateway_calls.operation`."""

    CREATE_CUSTOMER = "create_customer"
    CREATE_CHECKOUT = "create_checkout"
    EXPIRE_CHECKOUT = "expire_checkout"
    CREATE_INTENT = "create_intent"
    CONFIRM_INTENT = "confirm_intent"
    CHARGE = "charge"
    CAPTURE = "capture"
    REFUND = "refund"
    CREATE_SUBSCRIPTION = "create_subscription"
    CHANGE_SUBSCRIPTION = "change_subscription"
    PAUSE_SUBSCRIPTION = "pause_subscription"
    RESUME_SUBSCRIPTION = "resume_subscription"
    CANCEL_SUBSCRIPTION = "cancel_subscription"
    FETCH = "fetch"


class CallOutcome(StrEnum):
    """What became of a call to a gateway; none yet while it was never sent."""

    SENDING = "sending"
    """Committed right before it was sent: until an answer is, it may have been acted on."""
    UNKNOWN = "unknown"
    """The answer was lost; it is asked for, never blindly repeated."""
    ANSWERED = "answered"
    REFUSED = "refused"
    """The gateway said no, for good."""
    GIVEN_UP = "given_up"
    """Certainly not acted on, and not tried any more."""


PAGES = frozenset({Operation.CREATE_CHECKOUT})
"""What moves no money: nobody pays on a page whose address was in an answer that nobody heard."""
