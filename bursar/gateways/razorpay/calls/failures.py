"""What an answer of Razorpay's other than success means, by status and body (razorpay.com/docs/errors).

The SDK keeps only the description of an error, and takes a rate limit for a bad request and a conflict for
a server error. So the answer is judged before the SDK sees it.
"""

import re
import ssl
from collections.abc import Mapping
from typing import Any

import orjson
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException, Timeout
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProxyError, SSLError

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
from bursar.gateways.shapes import find_identifier, find_object, find_word

RETRY_AFTER_S_MAX = 3600.0
"""Seconds. Whoever asks us to wait longer than an hour is asked again after an hour."""
_NOBODY = frozenset({"NA", "business", "internal"})
"""Sources of an error that are no payer, bank or network: the request or Razorpay itself."""
_DECLINES = frozenset({FailureCode.DECLINED, FailureCode.ACTION_REQUIRED})
_PAYERS_TURN = frozenset({"customer_action_required", "authentication_failed"})
"""Reasons after which only the payer can go on (recurring-payments/cards/error-codes)."""
_TAKEN_KEY = "same idempotency key"
_UNKNOWN_IDS = ("does not exist", "not found", "no db records found")
_ENDS = r"(refunded|captured|cancelled|paid|expired|completed)"
_DONE = re.compile(rf"\balready (been )?(fully )?{_ENDS}|\b{_ENDS} already|not cancellable in")
_SEARCHED_LENGTH_MAX = 2 * MESSAGE_LENGTH_MAX
"""Characters of a description that are looked through; the rest is cut off anyway."""
_PERSONAL = re.compile(r"\S+@\S+|\+?[0-9][0-9 ]{8,}[0-9]")
"""E-mail addresses and telephone numbers, which errors about customers repeat."""


def of_answer(status: int, headers: Mapping[str, str], body: bytes, *, write: bool) -> BursarError:
    """The failure that an answer without success means. `write`: whether it could have acted."""
    error = _error_in(body)
    failure = _failure(status, error)
    if status in (401, 403):
        return _misconfigured(status, failure.message)
    if status == 429:
        return GatewayAway(_failure(status, error, FailureCode.RATE_LIMITED, _retry_after_s(headers)))
    if status == 409:
        return _maybe(_failure(status, error, FailureCode.BUSY), write=write)
    if not 400 <= status < 500 or not error:
        return _maybe(_failure(status, error, FailureCode.GATEWAY_ERROR), write=write)
    if failure.code is FailureCode.KEY_REUSED:
        return KeyReused(failure)
    return GatewayRefused(failure)


def of_exception(error: RequestException, *, write: bool) -> BursarError:
    """The failure that a connection without an answer means."""
    if _never_connected(error):
        message = f"Razorpay cannot be reached: {type(error).__name__}"
        return GatewayAway(Failure(code=FailureCode.UNREACHABLE, message=message))
    if isinstance(error, Timeout):
        return _maybe(
            Failure(code=FailureCode.TIMEOUT, message="Razorpay did not answer in time"), write=write
        )
    message = f"the connection to Razorpay broke: {type(error).__name__}"
    return _maybe(Failure(code=FailureCode.GATEWAY_ERROR, message=message), write=write)


def garbled(why: str, *, write: bool) -> BursarError:
    """An answer of success that does not say what it must."""
    return _maybe(Failure(code=FailureCode.GATEWAY_ERROR, message=f"Razorpay's answer {why}"), write=write)


def refused(message: str, code: FailureCode = FailureCode.INVALID) -> GatewayRefused:
    """What we know Razorpay would refuse: it is not sent."""
    return GatewayRefused(Failure(code=code, message=message[:MESSAGE_LENGTH_MAX]))


def too_early(what: str) -> GatewayAway:
    """Nothing is there, but what was sent may still be on its way."""
    message = f"{what} is not there yet; it was sent too short a time ago to be sure"
    return GatewayAway(Failure(code=FailureCode.BUSY, message=message))


def declined(payment: Mapping[str, Any]) -> GatewayRefused:
    """A payment that was made and failed, as the call that made it would have said."""
    error = {
        name.removeprefix("error_"): value for name, value in payment.items() if name.startswith("error_")
    }
    failure = Failure(
        code=_decline_code(error),
        message=_decline_message(error),
        vendor_code=find_word(error.get("code")),
        decline_code=find_word(error.get("reason")),
        object_id=find_identifier(payment.get("id")),
    )
    return GatewayRefused(failure)


def _misconfigured(status: int, said: str) -> Misconfigured:
    """Razorpay does not know the key or its secret; or it knows them, and does not allow them this."""
    if status == 401:
        return Misconfigured(
            f"Razorpay refuses RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET ({said}): copy both from one key "
            "under Account & Settings, API Keys of its dashboard; a secret is shown only when its key is made"
        )
    return Misconfigured(
        f"Razorpay does not allow this to the account of RAZORPAY_KEY_ID ({said}): let its dashboard allow "
        "the addresses of this server, or ask its support for what is not switched on"
    )


def _maybe(failure: Failure, *, write: bool) -> BursarError:
    """A write may have acted, a read never does."""
    return OutcomeUnknown(failure) if write else GatewayAway(failure)


def _error_in(body: bytes) -> dict[str, Any]:
    """`error` of the body; nothing where a proxy wrote HTML."""
    try:
        return find_object(find_object(orjson.loads(body)).get("error"))
    except orjson.JSONDecodeError:
        return {}


def _failure(
    status: int,
    error: dict[str, Any],
    code: FailureCode | None = None,
    retry_after_s: float | None = None,
) -> Failure:
    code = code or _code(status, error)
    is_declined = code in _DECLINES
    message = _decline_message(error) if is_declined else _field_message(error)
    return Failure(
        code=code,
        message=(message or f"Razorpay answered {status}")[:MESSAGE_LENGTH_MAX],
        http_status=status,
        vendor_code=find_word(error.get("code")),
        decline_code=find_word(error.get("reason")) if is_declined else None,
        retry_after_s=retry_after_s,
        object_id=find_identifier(find_object(error.get("metadata")).get("payment_id")),
    )


def _code(status: int, error: dict[str, Any]) -> FailureCode:
    description = str(error.get("description", "")).lower()
    if _TAKEN_KEY in description:
        return FailureCode.KEY_REUSED
    if status == 404 or any(words in description for words in _UNKNOWN_IDS):
        return FailureCode.NOT_FOUND
    if _DONE.search(description):
        return FailureCode.ALREADY_DONE
    if _is_decline(error):
        return _decline_code(error)
    return FailureCode.INVALID


def _is_decline(error: dict[str, Any]) -> bool:
    """Somebody else than the caller said no: a bank, a network, the payer. Or there is a failed payment."""
    source = find_word(error.get("source"))
    return (source is not None and source not in _NOBODY) or "payment_id" in find_object(
        error.get("metadata")
    )


def _decline_code(error: Mapping[str, Any]) -> FailureCode:
    return (
        FailureCode.ACTION_REQUIRED
        if find_word(error.get("reason")) in _PAYERS_TURN
        else FailureCode.DECLINED
    )


def _decline_message(error: Mapping[str, Any]) -> str:
    """With who said no, and at which step: there is no other place for them."""
    said = _message(error.get("description")) or "the payment failed"
    where = [word for word in (find_word(error.get("source")), find_word(error.get("step"))) if word]
    return f"{said} ({', '.join(where)})"[:MESSAGE_LENGTH_MAX] if where else said


def _field_message(error: Mapping[str, Any]) -> str:
    description, field = _message(error.get("description")), find_word(error.get("field"))
    return f"{field}: {description}" if field and description else description


def _message(said: object) -> str:
    if not isinstance(said, str):
        return ""
    return _PERSONAL.sub("…", said[:_SEARCHED_LENGTH_MAX]).strip()[:MESSAGE_LENGTH_MAX]


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds; a date, which HTTP allows as well, says nothing here."""
    told = headers.get("Retry-After", "")
    return min(float(told), RETRY_AFTER_S_MAX) if told.isascii() and told.isdigit() else None


def _never_connected(error: RequestException) -> bool:
    """Only what failed before a byte of the request was sent."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, NoConnection) and error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(reason, SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, NewConnectionError | ProxyError)
