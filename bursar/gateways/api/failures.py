"""How a call to a gateway fails, said so that the worker knows what to do."""

from dataclasses import dataclass
from enum import StrEnum

from bursar.errors import Broken, BursarError, Refused, Transient

MESSAGE_LENGTH_MAX = 300
"""Characters of a vendor's message that are kept: a reason, too short for a payload."""


class FailureCode(StrEnum):
    """Why a call failed, in Bursar's words."""

    UNREACHABLE = "unreachable"
    """No connection was made: certainly not acted on."""
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    """The same key is being worked on at the gateway."""
    GATEWAY_ERROR = "gateway_error"
    """5xx, an HTML page, a connection cut: it may have acted."""
    TIMEOUT = "timeout"
    """No answer in time: it may have acted."""
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"
    """The payer has to authenticate first."""
    INVALID = "invalid"
    """The gateway will never take it as it is."""
    NOT_FOUND = "not_found"
    ALREADY_DONE = "already_done"
    """Refunded, captured, expired or cancelled before."""
    KEY_REUSED = "key_reused"
    CREDENTIALS = "credentials"
    WITHHELD = "withheld"
    """Ours: it was not sent, for the reason in the message."""
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What is known about it; kept on the row of the call, shown to operators."""

    code: FailureCode
    message: str
    """The vendor's, cut at MESSAGE_LENGTH_MAX; must hold no personal data."""
    http_status: int | None = None
    vendor_code: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None
    """`try_again_later`, `do_not_try_again`, `confirm_card_data`: what dunning must heed."""
    network_code: str | None = None
    retry_after_s: float | None = None
    object_id: str | None = None
    """The gateway's id of what was tried, where it made one (the intent of a declined charge)."""

    def __str__(self) -> str:
        said = self.decline_code or self.vendor_code
        return f"{self.code.value}{f' ({said})' if said else ''}: {self.message}"


class _WithFailure(BursarError):
    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(str(failure))


class GatewayAway(_WithFailure, Transient):
    """It certainly did not act; the same call, with the same key, may succeed later or elsewhere."""


class GatewayRefused(_WithFailure, Refused):
    """It certainly did not act, and will never do so as asked."""


class OutcomeUnknown(_WithFailure):
    """It may have acted: ask, never try again with another key."""


class KeyReused(_WithFailure, Broken):
    """Our key was used before with other parameters: put aside for a person, never repeated."""


def unsupported(gateway: str, operation: str, instead: str) -> GatewayRefused:
    """What a gateway cannot do; `instead` says what can be done."""
    message = f"{gateway} has no {operation}: {instead}"
    return GatewayRefused(Failure(code=FailureCode.UNSUPPORTED, message=message[:MESSAGE_LENGTH_MAX]))
