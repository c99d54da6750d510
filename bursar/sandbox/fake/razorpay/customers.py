"""Razorpay's customers, one per e-mail address and number, and the tokens they saved."""

import re
from typing import Any

from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.razorpay.errors import RazorpayError
from bursar.sandbox.fake.razorpay.listing import collection, page
from bursar.sandbox.fake.razorpay.params import checked_text
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.razorpay_objects import told
from bursar.sandbox.razorpay_registers import token

KIND = "customer"
TOKEN = "token"  # noqa: S105  Razorpay's word for a saved way to pay
EMAIL_LENGTH_MAX = 64
_NAME = re.compile(r"[\w .'/@()-]{3,50}")
_DETAILS = ("email", "contact")
_LEFT_BY_PAYERS = {"email": "sample.learner@example.com", "contact": "+910000000000"}
_RETURN_EXISTING = ("0", 0, False)


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A customer; or the one with the same details, where the caller takes it."""
    if "name" in params and not _NAME.fullmatch(params["name"]):
        raise RazorpayError("The name format is invalid: 3 to 50 letters, digits and .'/@()", field="name")
    checked_text(params, "email", EMAIL_LENGTH_MAX)
    details = {name: params.get(name) for name in _DETAILS}
    existing = next(account.where(KIND, **details), None) if any(details.values()) else None
    if existing and params.get("fail_existing", "1") in _RETURN_EXISTING:
        return existing
    if existing:
        raise RazorpayError("Customer already exists for the merchant", field="email")
    customer = {
        "id": account.new_id("cust"),
        "entity": "customer",
        "name": params.get("name"),
        **details,
        "gstin": params.get("gstin"),
        "notes": params.get("notes") or [],
        "created_at": account.now_s(),
    }
    return account.put(KIND, customer)


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One customer."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Customers; there is no way to ask for one by what is known of it."""
    return collection(page(account.all(KIND), params))


def list_tokens(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """What a customer saved."""
    account.get(KIND, id_)
    return collection(list(account.where(TOKEN, customer_id=id_))[::-1])


def save_token(account: Account, customer: str, method: str) -> Thing:
    """A payer allows charges while away, and leaves a number for it. Raises NoSuchThing."""
    payer = account.find(KIND, customer)
    if payer is None:
        raise NoSuchThing(f"there is no customer {customer}")
    payer |= {name: payer[name] or value for name, value in _LEFT_BY_PAYERS.items()}
    story = told({"token": account.new_id("token"), "customer": customer, "created": account.now_s()})
    saved = token(story, "confirmed") | {"method": method}
    if method != "card":
        saved |= {"card": None, "vpa": {"username": "sample.learner", "handle": "examplebank", "name": None}}
    account.put(TOKEN, saved)
    account.emit("token.confirmed", {"token": saved})
    return saved
