"""Stripe's customers."""

from typing import Any

from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.stripe.metadata import merged
from bursar.sandbox.fake.stripe.methods import attach
from bursar.sandbox.stripe_accounts import customer
from bursar.sandbox.stripe_objects import told

KIND = "customer"
_PLAIN = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping", "tax_exempt")


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A new customer; with `payment_method` that one is saved at it."""
    made = customer(told({"customer": account.new_id("cus"), "created": account.now_s()}))
    made |= {"address": None, "email": None, "name": None, "currency": None, "metadata": {}}
    made["invoice_settings"]["default_payment_method"] = None
    account.put(made)
    if "payment_method" in params:
        attach(account, {"customer": made["id"]}, params["payment_method"])
    _change(account, made, params)
    account.emit("customer.created", made)
    return made


def update(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Change what is named; an empty value clears."""
    changed = account.get(KIND, id_)
    before = {name: changed.get(name) for name in params if name in changed}
    _change(account, changed, params)
    account.emit("customer.updated", changed, before)
    return changed


def delete(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """Delete a customer. What was paid stays."""
    gone = account.get(KIND, id_)
    account.emit("customer.deleted", gone)
    account.drop(gone)
    return {"id": id_, "object": KIND, "deleted": True}


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One customer."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Customers, newest first; `email` is compared as it is written."""
    return page(account.all(KIND), params, "/v1/customers")


def _change(account: Account, changed: Thing, params: dict[str, Any]) -> None:
    for name in _PLAIN:
        if name in params:
            changed[name] = params[name] or None
    if "metadata" in params:
        changed["metadata"] = merged(changed["metadata"], params["metadata"])
    settings = params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        method = settings["default_payment_method"]
        if method:
            account.get("payment_method", method, "invoice_settings[default_payment_method]")
        changed["invoice_settings"]["default_payment_method"] = method or None
