"""Razorpay's orders: what is to be paid, once."""

from typing import Any

from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.razorpay.listing import collection, page
from bursar.sandbox.fake.razorpay.params import checked_money, checked_text

KIND = "order"
RECEIPT_LENGTH_MAX = 40
"""Characters (razorpay.com/docs/api/orders/create)."""
_NO = (False, 0, "0")


def create(account: Account, params: dict[str, Any]) -> Thing:
    """An order that nobody has paid. Its receipt need not be unique."""
    amount_minor, currency = checked_money(params)
    return make(
        account,
        amount_minor,
        currency,
        receipt=checked_text(params, "receipt", RECEIPT_LENGTH_MAX),
        notes=params.get("notes", {}),
        captures=params.get("payment_capture", True) not in _NO,
    )


def make(
    account: Account,
    amount_minor: int,
    currency: str,
    *,
    receipt: str | None = None,
    notes: dict[str, str] | None = None,
    captures: bool = True,
) -> Thing:
    """Keep a new order. `captures`: whether what is authorised is taken at once, which it does not show."""
    order: Thing = {
        "id": account.new_id("order"),
        "entity": "order",
        "amount": amount_minor,
        "amount_paid": 0,
        "amount_due": amount_minor,
        "currency": currency,
        "receipt": receipt,
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": notes or [],
        "created_at": account.now_s(),
    }
    account.behind[order["id"]] = captures
    return account.put(KIND, order)


def captures(account: Account, order_id: str | None) -> bool:
    """Whether what is authorised for it is taken at once."""
    return order_id is None or bool(account.behind.get(order_id, True))


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One order."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Orders, of a receipt if asked for."""
    return collection(page(account.all(KIND), params))


def list_payments(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """The attempts to pay an order that somebody answered: those that still wait are not shown."""
    account.get(KIND, id_)
    attempts = account.where("payment", order_id=id_)
    return collection([payment for payment in attempts if payment["status"] != "created"][::-1])
