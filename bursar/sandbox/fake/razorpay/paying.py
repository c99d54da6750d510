"""What payers do: pay an order or a link, are refused, or pay by a bank that answers later."""

import hmac

from bursar.errors import Refused
from bursar.sandbox.fake.razorpay import links, orders, payments
from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.vendor import NoSuchThing

LATE_S = 2 * 86_400
"""Seconds until a slow bank says what became of a payment; Razorpay waits up to five days for it."""


def pay(account: Account, checkout: str, method: str) -> Thing:
    """The payment, as far as it got: captured, or authorised where the order says so."""
    payment = payments.attempt(account, _order(account, checkout), method, notes=_notes(account, checkout))
    return payments.authorize(account, payment)


def decline(account: Account, checkout: str, method: str, reason: str) -> Thing:
    """A payment that failed. The order stays open, and a late authorisation of it is possible."""
    payment = payments.attempt(account, _order(account, checkout), method, notes=_notes(account, checkout))
    return payments.fail(account, payment, reason)


def pay_later(account: Account, checkout: str, method: str) -> Thing:
    """A payment whose bank does not answer: it fails for now, and is authorised late."""
    payment = decline(account, checkout, method, "payment_timed_out")
    account.schedule(account.now_s() + LATE_S, lambda: payments.authorize(account, payment))
    return payment


def proof(account: Account, payment: Thing) -> dict[str, str]:
    """What Checkout hands the host's page after an order was paid."""
    signed = f"{payment['order_id']}|{payment['id']}".encode()
    return {
        "razorpay_payment_id": payment["id"],
        "razorpay_order_id": payment["order_id"],
        "razorpay_signature": hmac.digest(account.key_secret, signed, "sha256").hex(),
    }


def _order(account: Account, checkout: str) -> Thing:
    """An order that can still be paid. Raises NoSuchThing or Refused."""
    link = account.find(links.KIND, checkout)
    if link is not None:
        return links.order_of(account, link)
    order = account.find(orders.KIND, checkout)
    if order is None:
        raise NoSuchThing(f"there is no order or payment link {checkout}")
    if order["status"] == "paid":
        raise Refused(f"{checkout} is paid already")
    return order


def _notes(account: Account, checkout: str) -> dict[str, str] | None:
    """Payments through a link carry its notes; those of an order are the order's alone."""
    link = account.find(links.KIND, checkout)
    return (link["notes"] or None) if link else None
