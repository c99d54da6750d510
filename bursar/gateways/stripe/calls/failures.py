"""What an error of Stripe's means: whether it acted, whether it ever will, and what to do.

Judged by HTTP status and error object, not by the SDK's classes: a 429 whose body is a proxy's page is an
APIError there. Sources: docs.stripe.com/api/errors, /error-low-level, /declines/codes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import stripe
import urllib3.exceptions

from bursar.errors import BursarError, Misconfigured
from bursar.gateways.api.failures import (
    MESSAGE_LENGTH_MAX,
    Failure,
    FailureCode,
    GatewayAway,
    GatewayRefused,
    KeyReused,
    OutcomeUnknown,
)
from bursar.gateways.shapes import find_object, find_reference, find_word

RETRY_AFTER_S_MAX = 3600.0
"""Seconds. Nobody who means it asks for more; a row that waits for a day would look forgotten."""
_REPLAYED = "idempotent-replayed"
_CODES = {
    "resource_missing": FailureCode.NOT_FOUND,
    "authentication_required": FailureCode.ACTION_REQUIRED,
    "charge_already_captured": FailureCode.ALREADY_DONE,
    "charge_already_refunded": FailureCode.ALREADY_DONE,
    "charge_expired_for_capture": FailureCode.ALREADY_DONE,
    "payment_intent_unexpected_state": FailureCode.ALREADY_DONE,
}
"""Error codes that say more than that the request was wrong."""
_MISSING_PERMISSION = re.compile(r"rak_\w{1,60}")
_PRIVATE = re.compile(r"\S*@\S*|\b(?:sk|rk|pk)_\w+\S*|\d[\d -]{10,}\d")
"""E-mail addresses, keys and long numbers, which Stripe quotes from what it was sent."""
_BEFORE_SENDING = (
    urllib3.exceptions.NewConnectionError,  # also a name that cannot be resolved
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,  # only while connecting to the proxy, and through it
)


class KeptError(OutcomeUnknown):
    """A 5xx that Stripe kept under our key: repeating the call can only repeat it. The objects must tell."""


def failure_of(error: stripe.StripeError, *, writes: bool) -> BursarError:
    """What to raise instead of an error of the SDK."""
    if isinstance(error, stripe.APIConnectionError):
        return _unconnected(error, writes=writes)
    status, said = error.http_status or 0, error_object(error)
    if status == requests.codes.too_many_requests:
        return GatewayAway(_failure(_rate_code(said), error))
    if not said or status == requests.codes.failed_dependency or not 400 <= status < 500:
        return _indefinite(_failure(FailureCode.GATEWAY_ERROR, error), _headers(error), writes=writes)
    if status == requests.codes.conflict:
        return _indefinite(_failure(FailureCode.BUSY, error), {}, writes=writes)
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        return _misconfigured(status, said)
    if said.get("type") == "idempotency_error":
        return KeyReused(_failure(FailureCode.KEY_REUSED, error))
    return GatewayRefused(_failure(_refusal_code(said), error))


def declined(said: Mapping[str, Any], payment: str | None) -> GatewayRefused:
    """The same for a decline that an object remembers: `last_payment_error`."""
    return GatewayRefused(_of(_refusal_code(said), said, None, object_id=payment))


def unreadable(what: str, *, writes: bool) -> GatewayAway | OutcomeUnknown:
    """An answer that is not Stripe's: if something was asked to act, it may have."""
    failure = Failure(code=FailureCode.GATEWAY_ERROR, message=_clean(f"no answer of Stripe's: {what}"))
    return OutcomeUnknown(failure) if writes else GatewayAway(failure)


def error_object(error: stripe.StripeError) -> dict[str, Any]:
    """`error` of the body; empty where the body is not Stripe's (the SDK then puts headers in its place)."""
    return find_object(find_object(error.json_body).get("error"))


def _unconnected(error: stripe.APIConnectionError, *, writes: bool) -> GatewayAway | OutcomeUnknown:
    causes = list(_causes(error))
    name = type(causes[0]).__name__ if causes else "no cause"
    if any(_was_not_sent(cause) for cause in causes):
        return GatewayAway(Failure(code=FailureCode.UNREACHABLE, message=f"no connection to Stripe: {name}"))
    late = any(isinstance(cause, requests.Timeout) for cause in causes)
    code = FailureCode.TIMEOUT if late else FailureCode.GATEWAY_ERROR
    failure = Failure(code=code, message=f"the connection broke after the request: {name}")
    return OutcomeUnknown(failure) if writes else GatewayAway(failure)


def _was_not_sent(cause: BaseException) -> bool:
    """Whether it went wrong before the first byte of the request: no connection, or no trusted peer."""
    if isinstance(cause, requests.exceptions.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    reason = getattr(cause, "reason", None)
    return isinstance(reason, _BEFORE_SENDING) or "CERTIFICATE_VERIFY_FAILED" in str(reason)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exceptions behind an error: requests keeps urllib3's as its first argument."""
    cause = error.__cause__
    while cause is not None:
        yield cause
        inner = cause.args[0] if cause.args else None
        if isinstance(inner, BaseException):
            yield inner
        cause = cause.__cause__


def _indefinite(failure: Failure, headers: Mapping[str, str], *, writes: bool) -> BursarError:
    if not writes:
        return GatewayAway(failure)
    kept = headers.get(_REPLAYED) == "true"
    return KeptError(failure) if kept else OutcomeUnknown(failure)


def _misconfigured(status: int, said: Mapping[str, Any]) -> Misconfigured:
    if status == requests.codes.unauthorized:
        return Misconfigured(
            "STRIPE_SECRET_KEY is not accepted by Stripe: copy the secret key from the dashboard again "
            "(Developers, API keys); it may have been rolled or deleted"
        )
    permission = _MISSING_PERMISSION.search(str(said.get("message")))
    missing = f"the permission {permission[0]}" if permission else "a permission"
    return Misconfigured(
        f"STRIPE_SECRET_KEY lacks {missing}: edit the restricted key in the dashboard (Developers, API keys)"
    )


def _rate_code(said: Mapping[str, Any]) -> FailureCode:
    """Another call holds the object for a moment (`lock_timeout`), or there were too many."""
    return FailureCode.BUSY if said.get("code") == "lock_timeout" else FailureCode.RATE_LIMITED


def _refusal_code(said: Mapping[str, Any]) -> FailureCode:
    if said.get("decline_code") == "authentication_required":
        return FailureCode.ACTION_REQUIRED
    known = _CODES.get(str(said.get("code")))
    if known is not None:
        return known
    return FailureCode.DECLINED if said.get("type") == "card_error" else FailureCode.INVALID


def _failure(code: FailureCode, error: stripe.StripeError) -> Failure:
    said = error_object(error)
    retry_after_s = _seconds(_headers(error).get("retry-after"))
    return _of(code, said, error.http_status, retry_after_s=retry_after_s)


def _of(
    code: FailureCode,
    said: Mapping[str, Any],
    status: int | None,
    *,
    object_id: str | None = None,
    retry_after_s: float | None = None,
) -> Failure:
    param = find_word(said.get("param"))
    message = said.get("message") or "Stripe did not say why"
    intent = find_reference(said.get("payment_intent"))
    return Failure(
        code=code,
        message=_clean(f"{param}: {message}" if param else str(message)),
        http_status=status,
        vendor_code=find_word(said.get("code")) or find_word(said.get("type")),
        decline_code=find_word(said.get("decline_code")),
        advice_code=find_word(said.get("advice_code")),
        network_code=find_word(said.get("network_advice_code"))
        or find_word(said.get("network_decline_code")),
        retry_after_s=retry_after_s,
        object_id=object_id or intent or find_reference(said.get("charge")),
    )


def _clean(message: str) -> str:
    """One line that a database and a log can hold, without what identifies a person."""
    printable = "".join(each if each.isprintable() else " " for each in message)
    return _PRIVATE.sub("[...]", printable)[:MESSAGE_LENGTH_MAX]


def _headers(error: stripe.StripeError) -> dict[str, str]:
    """By lower-case name. For a body that is no JSON the SDK gives the headers as `json_body`."""
    given: Any = error.headers or error.json_body
    return {str(name).lower(): str(given[name]) for name in given} if isinstance(given, Mapping) else {}


def _seconds(text: str | None) -> float | None:
    """Stripe writes seconds; a date, which HTTP would allow, is taken as silence."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return min(float(text), RETRY_AFTER_S_MAX)
