"""Razorpay's refunds: made by us or on its site, processed at once or later, failing after that too."""

from typing import Any

from bursar.errors import Refused
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.razorpay.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.razorpay.errors import not_now
from bursar.sandbox.fake.razorpay.listing import collection, page
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.razorpay_objects import refund, told

KIND = "refund"
SLOW = "netbanking"
"""The method whose banks take their time."""
PROCESSED_AFTER_S = 86_400
"""Seconds until a slow bank has taken a refund."""


def create(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Give money back, all that is left or `amount`."""
    payment = account.get("payment", id_)
    if not payment["captured"]:
        raise not_now("The payment status should be captured for action to be taken")
    left = payment["amount"] - payment["amount_refunded"]
    amount_minor = params.get("amount", left)
    if not left:
        raise not_now("The payment has been fully refunded already")
    if not 0 < amount_minor <= left:
        raise not_now("The total refund amount is greater than the refund payment amount")
    made = _made(account, payment, params, amount_minor)
    _restate_payment(payment, payment["amount_refunded"] + amount_minor)
    account.emit("refund.created", {"refund": made, "payment": payment})
    if payment["method"] == SLOW:
        account.schedule(account.now_s() + PROCESSED_AFTER_S, lambda: _process(account, made, payment))
    else:
        _process(account, made, payment)
    return made


def fail(account: Account, refund_id: str) -> Thing:
    """The payer's bank sends the money back to us, perhaps long after it was processed."""
    failed = account.find(KIND, refund_id)
    if failed is None:
        raise NoSuchThing(f"there is no refund {refund_id}")
    if failed["status"] == "failed":
        raise Refused(f"{refund_id} has failed already")
    payment = account.get("payment", failed["payment_id"])
    failed["status"] = "failed"
    _restate_payment(payment, payment["amount_refunded"] - failed["amount"])
    account.book.restate(GATEWAY, Kind.REFUND, refund_id, Standing.FAILED)
    account.emit("refund.failed", {"refund": failed, "payment": payment})
    return failed


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One refund."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Refunds of all payments."""
    return collection(page(account.all(KIND), params))


def list_of_payment(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Refunds of one payment."""
    account.get("payment", id_)
    return collection(page(list(account.where(KIND, payment_id=id_)), params))


def _made(account: Account, payment: Thing, params: dict[str, Any], amount_minor: int) -> Thing:
    story = told(
        {
            "payment": payment["id"],
            "refund": account.new_id("rfnd"),
            "refund_minor": amount_minor,
            "currency": payment["currency"],
            "created": account.now_s(),
        }
    )
    speed = params.get("speed", "normal")
    made = refund(story, "pending") | {
        "notes": params.get("notes") or [],
        "receipt": params.get("receipt"),
        "speed_requested": speed,
    }
    row = Row(
        gateway=GATEWAY,
        kind=Kind.REFUND,
        id=made["id"],
        payment=payment["id"],
        amount_minor=amount_minor,
        currency=payment["currency"],
        standing=Standing.PENDING,
        at=account.clock.now(),
        key=account.key,
        metadata=dict(params.get("notes", {})),
    )
    account.book.write(row)
    return account.put(KIND, made)


def _process(account: Account, pending: Thing, payment: Thing) -> None:
    if pending["status"] != "pending":
        return
    pending["status"] = "processed"
    account.book.restate(GATEWAY, Kind.REFUND, pending["id"], Standing.SUCCEEDED)
    account.emit("refund.processed", {"refund": pending, "payment": payment})


def _restate_payment(payment: Thing, refunded_minor: int) -> None:
    """A payment is called refunded once all of it is."""
    whole = refunded_minor >= payment["amount"]
    payment |= {
        "amount_refunded": refunded_minor,
        "refund_status": "full" if whole else "partial" if refunded_minor else None,
        "status": "refunded" if whole else "captured",
    }
