"""What a request may hold: fields by name, `!` behind those it must. What PayPal does not know is refused."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from bursar.gateways.paypal.amounts import get_signed_money
from bursar.gateways.protocol import Unreadable
from bursar.sandbox.fake.paypal.errors import PayPalError, wrong

Params = dict[str, Any]
Shape = Mapping[str, Any]
"""Names to a type, a pattern, another Shape, or a list of one of them."""
_V2_MONEY: Shape = {"currency_code!": re.compile("[A-Z]{3}"), "value!": str}
_V1_MONEY: Shape = {"currency!": re.compile("[A-Z]{3}"), "total!": str}
TEXT = re.compile(r".{1,127}")
ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
URL = re.compile(r"https?://.{1,4000}")
_CONTEXT: Shape = {
    "return_url": URL,
    "cancel_url": URL,
    "user_action": re.compile("CONTINUE|PAY_NOW|SUBSCRIBE_NOW"),
    "shipping_preference": re.compile("NO_SHIPPING"),
}
_STORED: Shape = {
    "payment_initiator!": re.compile("MERCHANT|CUSTOMER"),
    "payment_type!": re.compile("ONE_TIME|RECURRING|UNSCHEDULED"),
    "usage": re.compile("FIRST|SUBSEQUENT|DERIVED"),
}
SOURCE: Shape = {
    "paypal": {"experience_context": _CONTEXT, "email_address": str, "vault_id": ID},
    "card": {"vault_id!": ID, "stored_credential": _STORED, "experience_context": _CONTEXT},
    "venmo": {"vault_id!": ID},
    "apple_pay": {"vault_id!": ID},
}
ORDER: Shape = {
    "intent!": re.compile("CAPTURE|AUTHORIZE"),
    "purchase_units!": [
        {
            "amount!": _V2_MONEY,
            "description": TEXT,
            "custom_id": TEXT,
            "invoice_id": TEXT,
            "reference_id": TEXT,
        }
    ],
    "payment_source": SOURCE,
}
PAY: Shape = {"payment_source": SOURCE}
CAPTURE: Shape = {"amount": _V2_MONEY, "final_capture": bool, "invoice_id": TEXT}
REFUND: Shape = {"amount": _V2_MONEY, "custom_id": TEXT, "invoice_id": TEXT, "note_to_payer": TEXT}
SALE_REFUND: Shape = {"amount": _V1_MONEY, "invoice_number": TEXT, "description": TEXT}
SUBSCRIPTION: Shape = {
    "plan_id!": ID,
    "quantity": re.compile("[0-9]{1,9}"),
    "start_time": TIME,
    "custom_id": TEXT,
    "application_context": {**_CONTEXT, "return_url!": URL, "cancel_url!": URL},
}
REVISE: Shape = {"plan_id": ID, "quantity": re.compile("[0-9]{1,9}")}
REASON: Shape = {"reason!": re.compile(r".{1,128}")}
PLAN: Shape = {"product_id!": ID, "name!": TEXT, "billing_cycles!": [dict], "payment_preferences": dict}
EVENTS: Shape = {"page_size": str, "start_time": TIME, "end_time": TIME, "page": str}
REPORT: Shape = {
    "start_date!": TIME,
    "end_date!": TIME,
    "fields": str,
    "page_size": str,
    "page": str,
}
TOKENS: Shape = {"customer_id!": ID, "page_size": str, "page": str}
NOTHING: Shape = {}


def of_body(shape: Shape, body: bytes) -> Params:
    """The JSON of a request. Raises PayPalError naming the field."""
    try:
        told = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise wrong("/", "The request JSON is not well formed.", "MALFORMED_REQUEST_JSON") from None
    if not isinstance(told, dict):
        raise wrong("/", "The request must be an object.")
    _check(told, shape, "")
    return told


def of_query(shape: Shape, query: str) -> Params:
    """What a request asks for. Raises PayPalError naming the field."""
    told = dict(parse_qsl(query, keep_blank_values=True))
    _check(told, shape, "")
    return told


def money_of(thing: Params, field: str) -> tuple[int, str]:
    """Minor units above 0 and their currency. Raises PayPalError as PayPal does for wrong decimals."""
    try:
        amount_minor, currency = get_signed_money(thing, field, "")
    except Unreadable as unreadable:
        raise PayPalError("DECIMAL_PRECISION", str(unreadable), field=f"/{field}/value") from None
    if amount_minor <= 0:
        raise PayPalError("CANNOT_BE_ZERO_OR_NEGATIVE", "Must be greater than zero.", field=f"/{field}/value")
    return amount_minor, currency


def _check(told: Params, shape: Shape, path: str) -> None:
    known = {name.removesuffix("!"): kind for name, kind in shape.items()}
    for name in shape:
        if name.endswith("!") and name.removesuffix("!") not in told:
            missing = f"{path}/{name.removesuffix('!')}"
            raise wrong(missing, "A required field is missing.", "MISSING_REQUIRED_PARAMETER")
    for name, value in told.items():
        if name not in known:
            raise wrong(f"{path}/{name}", "This field is not currently supported.", "NOT_SUPPORTED")
        _check_value(value, known[name], f"{path}/{name}")


def _check_value(value: object, kind: Any, path: str) -> None:
    if isinstance(kind, re.Pattern | type):
        is_right = isinstance(value, kind) if isinstance(kind, type) else _fits(value, kind)
        if not is_right:
            raise wrong(path, "The value of a field is invalid.")
    elif isinstance(kind, list):
        if not isinstance(value, list) or not value:
            raise wrong(path, "This must be a list of at least one.")
        for n, each in enumerate(value):
            _check_value(each, kind[0], f"{path}/{n}")
    elif isinstance(value, dict):
        _check(value, kind, path)
    else:
        raise wrong(path, "This must be an object.")


def _fits(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
