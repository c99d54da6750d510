"""What payers saved: wallets and cards that can be charged while they are away."""

from typing import Any

from bursar.sandbox.fake.paypal.account import Account, Thing
from bursar.sandbox.fake.paypal.errors import PayPalError
from bursar.sandbox.fake.vendor import NoSuchThing

KIND = "payment_token"
_SOURCES: dict[str, Thing] = {
    "paypal": {"paypal": {"email_address": "sample.learner@example.com"}},
    "card": {"card": {"brand": "VISA", "last_digits": "4242", "expiry": "2031-04"}},
    "venmo": {"venmo": {"user_name": "sample"}},
    "bank": {"bank": {}},
}


def save(account: Account, customer: str | None, source: str) -> Thing:
    """A payer saves a way to pay. Raises NoSuchThing for one that is not played."""
    if source not in _SOURCES:
        raise NoSuchThing(f"source must be one of {', '.join(_SOURCES)}")
    token: Thing = {
        "id": account.new_id("v"),
        "customer": {"id": customer or account.new_id("cus")},
        "payment_source": _SOURCES[source],
    }
    return account.put(KIND, token)


def refuse(account: Account, token: str) -> Thing:
    """From now on its bank declines every charge. Raises NoSuchThing."""
    refused = account.find(KIND, token)
    if refused is None:
        raise NoSuchThing(f"there is no payment token {token}")
    account.behind[token] = "refused"
    return refused


def saved_source(account: Account, source: dict[str, Any]) -> Thing | None:
    """What an order is paid with, if that was saved. Raises PayPalError for what was not."""
    for kind, told in source.items():
        vault_id = told.get("vault_id")
        if vault_id is None:
            continue
        token = account.find(KIND, vault_id)
        if token is None:
            raise PayPalError("INVALID_VAULT_ID", "The specified vault_id does not exist.", status=404)
        if kind not in token["payment_source"]:
            raise PayPalError("MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE", "The vault_id does not match.")
        return {"kind": kind, "refused": vault_id in account.behind}
    return None


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One token."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """The tokens of a customer, in pages."""
    found = list(account.where(KIND, customer={"id": params["customer_id"]}))
    size, number = int(params.get("page_size", "5")), int(params.get("page", "1"))
    return {"payment_tokens": found[(number - 1) * size : number * size]}
