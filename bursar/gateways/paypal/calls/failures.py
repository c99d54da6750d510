"""What an answer of PayPal's other than success means (developer.paypal.com/api/rest/responses).

Errors are `{name, message, debug_id, details: [{issue, description, field}]}`; the issue says what it is.
"""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

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
from bursar.gateways.shapes import find_object, find_word

RETRY_AFTER_S_MAX = 3600.0
"""Seconds. Whoever asks us to wait longer than an hour is asked again after an hour."""
_ISSUES = {
    FailureCode.ALREADY_DONE: """AGREEMENT_ALREADY_CANCELLED AUTHORIZATION_ALREADY_CAPTURED
        CAPTURE_FULLY_REFUNDED ORDER_ALREADY_AUTHORIZED ORDER_ALREADY_CAPTURED ORDER_ALREADY_COMPLETED
        ORDER_COMPLETED_OR_VOIDED TRANSACTION_ALREADY_REFUNDED""",
    FailureCode.ACTION_REQUIRED: "ORDER_NOT_APPROVED PAYER_ACTION_REQUIRED",
    FailureCode.DECLINED: """CARD_EXPIRED COMPLIANCE_VIOLATION DECLINED_DUE_TO_RELATED_TXN INSTRUMENT_DECLINED
        MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED PAYEE_BLOCKED_TRANSACTION PAYER_ACCOUNT_LOCKED_OR_CLOSED
        PAYER_ACCOUNT_RESTRICTED PAYER_CANNOT_PAY PAYMENT_SOURCE_CANNOT_BE_USED
        PAYMENT_SOURCE_DECLINED_BY_PROCESSOR TOKEN_EXPIRED TRANSACTION_BLOCKED_BY_PAYEE
        TRANSACTION_LIMIT_EXCEEDED TRANSACTION_REFUSED""",
    FailureCode.NOT_FOUND: "INVALID_RESOURCE_ID RESOURCE_NOT_FOUND",
    FailureCode.KEY_REUSED: "DUPLICATE_REQUEST_ID",
}
"""Issues that say more than that the request was wrong (orders-v2-errors, payments-v2-errors)."""
_CODES = {issue: code for code, issues in _ISSUES.items() for issue in issues.split()}
_BUSY = frozenset({"PREVIOUS_REQUEST_IN_PROGRESS", "ORDER_COMPLETION_IN_PROGRESS"})
_PRIVATE = re.compile(r"\S+@\S+|\+?[0-9][0-9 -]{8,}[0-9]")
"""E-mail addresses and long numbers, which errors about payers repeat."""
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class ReadRefused(GatewayRefused):
    """A question was refused. It says nothing of what was asked for before."""


def of_answer(status: int, headers: Mapping[str, str], body: bytes, *, write: bool) -> BursarError:
    """The failure that an answer without success means. `write`: whether it could have acted."""
    said = _error_in(body)
    if status == httpx.codes.UNAUTHORIZED:
        return wrong_credentials()
    if status == httpx.codes.FORBIDDEN:
        return _not_permitted(said)
    failure = _failure(status, said)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return GatewayAway(_failure(status, said, FailureCode.RATE_LIMITED, _retry_after_s(headers)))
    if status == httpx.codes.CONFLICT or _issue(said) in _BUSY:
        return _maybe(_failure(status, said, FailureCode.BUSY), write=write)
    if not 400 <= status < 500 or not said:
        return _maybe(_failure(status, said, FailureCode.GATEWAY_ERROR), write=write)
    if failure.code is FailureCode.KEY_REUSED:
        return KeyReused(failure)
    return GatewayRefused(failure) if write else ReadRefused(failure)


def of_exception(error: httpx.HTTPError, *, write: bool) -> BursarError:
    """The failure that a connection without an answer means."""
    name = type(error).__name__
    if isinstance(error, _BEFORE_SENDING):
        return GatewayAway(Failure(code=FailureCode.UNREACHABLE, message=f"PayPal cannot be reached: {name}"))
    late = isinstance(error, httpx.TimeoutException)
    code = FailureCode.TIMEOUT if late else FailureCode.GATEWAY_ERROR
    return _maybe(Failure(code=code, message=f"the connection to PayPal broke: {name}"), write=write)


def garbled(why: str, *, write: bool) -> BursarError:
    """An answer of success that does not say what it must."""
    return _maybe(Failure(code=FailureCode.GATEWAY_ERROR, message=f"PayPal's answer {why}"), write=write)


def refused(message: str, code: FailureCode = FailureCode.INVALID) -> GatewayRefused:
    """What we know PayPal would refuse: it is not sent."""
    return GatewayRefused(Failure(code=code, message=message[:MESSAGE_LENGTH_MAX]))


def too_early(what: str) -> GatewayAway:
    """Nothing is there, but it still may come, or may not be shown yet."""
    message = f"{what} is not there yet; it is too early to be sure"
    return GatewayAway(Failure(code=FailureCode.BUSY, message=message))


def declined(payment: str, reason: str | None) -> GatewayRefused:
    """A payment that was made and failed."""
    return GatewayRefused(
        Failure(
            code=FailureCode.DECLINED,
            message="the payment was declined",
            vendor_code="DECLINED",
            decline_code=reason,
            object_id=payment,
        )
    )


def wrong_credentials() -> Misconfigured:
    """Neither the pair nor a token that was fetched with it a moment ago is accepted."""
    return Misconfigured(
        "PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET are not accepted by PayPal: copy both again from the app "
        "in the developer dashboard (Apps & Credentials), of Sandbox for BURSAR_MODE=test, of Live for live"
    )


def is_not_found(error: GatewayRefused) -> bool:
    """Whether there is no such object, of this kind."""
    return error.failure.code is FailureCode.NOT_FOUND


def proves_nothing(error: GatewayRefused) -> bool:
    """Whether a repetition ended before it was asked for, or because the first call had acted."""
    unsent = isinstance(error, ReadRefused) or error.failure.http_status is None
    return unsent or error.failure.code is FailureCode.ALREADY_DONE


def _not_permitted(said: Mapping[str, Any]) -> Misconfigured:
    return Misconfigured(
        f"PAYPAL_CLIENT_ID may not do this ({_issue(said) or 'NOT_AUTHORIZED'}): allow it for the app in the "
        "developer dashboard (Apps & Credentials, Features; reports need Transaction Search, which takes up "
        "to nine hours), or finish what PayPal asks of the account"
    )


def _maybe(failure: Failure, *, write: bool) -> GatewayAway | OutcomeUnknown:
    return OutcomeUnknown(failure) if write else GatewayAway(failure)


def _error_in(body: bytes) -> dict[str, Any]:
    """The error, if PayPal wrote it: a proxy's page has none."""
    try:
        said = find_object(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}
    return said if "name" in said or "error" in said else {}


def _failure(
    status: int,
    said: Mapping[str, Any],
    code: FailureCode | None = None,
    retry_after_s: float | None = None,
) -> Failure:
    issue = _issue(said)
    code = code or _CODES.get(issue or "") or _code(status)
    return Failure(
        code=code,
        message=_message(status, said),
        http_status=status,
        vendor_code=issue,
        decline_code=issue if code is FailureCode.DECLINED else None,
        retry_after_s=retry_after_s,
    )


def _code(status: int) -> FailureCode:
    return FailureCode.NOT_FOUND if status == httpx.codes.NOT_FOUND else FailureCode.INVALID


def _detail(said: Mapping[str, Any]) -> dict[str, Any]:
    details = said.get("details")
    return find_object(details[0]) if isinstance(details, list) and details else {}


def _issue(said: Mapping[str, Any]) -> str | None:
    return (
        find_word(_detail(said).get("issue")) or find_word(said.get("name")) or find_word(said.get("error"))
    )


def _message(status: int, said: Mapping[str, Any]) -> str:
    """With the field that is wrong, and the number that PayPal's support asks for."""
    detail = _detail(said)
    text = detail.get("description") or said.get("message") or f"PayPal answered {status}"
    field, debug_id = find_word(detail.get("field")), find_word(said.get("debug_id"))
    named = f"{field}: {text}" if field else str(text)
    tail = f" (debug_id {debug_id})" if debug_id else ""
    return _PRIVATE.sub("[...]", named)[: MESSAGE_LENGTH_MAX - len(tail)] + tail


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds; a date, which HTTP allows as well, says nothing here."""
    told = headers.get("retry-after", "")
    return min(float(told), RETRY_AFTER_S_MAX) if told.isascii() and told.isdigit() else None
