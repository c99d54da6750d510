"""Razorpay's disputes: a payer takes a payment back, and we win it or lose it."""

from typing import Any

from bursar.errors import Refused
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.razorpay import payments
from bursar.sandbox.fake.razorpay.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.razorpay.listing import collection, page
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.razorpay_objects import told
from bursar.sandbox.razorpay_registers import dispute

KIND = "dispute"
_OPEN = ("open", "under_review")


def open_(account: Account, payment_id: str, amount: int | None = None) -> Thing:
    """The payer's bank contests a payment, or a part of it. Nothing is deducted until it is lost."""
    payment = payments.find(account, payment_id)
    amount_minor = payment["amount"] if amount is None else amount
    if not payment["captured"] or not 0 < amount_minor <= payment["amount"]:
        raise Refused(f"{payment_id} cannot be disputed: it is not captured, or there is not so much of it")
    if any(each["status"] in _OPEN for each in account.where(KIND, payment_id=payment_id)):
        raise Refused(f"{payment_id} is disputed already")
    story = told(
        {
            "payment": payment_id,
            "dispute": account.new_id("disp"),
            "amount_minor": amount_minor,
            "currency": payment["currency"],
            "created": account.now_s() + 60,
        }
    )
    made = account.put(KIND, dispute(story, "open"))
    row = Row(
        gateway=GATEWAY,
        kind=Kind.DISPUTE,
        id=made["id"],
        payment=payment_id,
        amount_minor=amount_minor,
        currency=payment["currency"],
        standing=Standing.OPEN,
        at=account.clock.now(),
    )
    account.book.write(row)
    account.emit("payment.dispute.created", {"payment": payment, "dispute": made})
    return made


def close(account: Account, dispute_id: str, *, won: bool) -> Thing:
    """The bank decides. Lost, its amount is deducted from what is settled next."""
    closed = account.find(KIND, dispute_id)
    if closed is None:
        raise NoSuchThing(f"there is no dispute {dispute_id}")
    if closed["status"] not in _OPEN:
        raise Refused(f"{dispute_id} is closed already: {closed['status']}")
    closed["status"] = "won" if won else "lost"
    closed["amount_deducted"] = 0 if won else closed["amount"]
    account.behind[dispute_id] = account.now_s()
    account.book.restate(GATEWAY, Kind.DISPUTE, dispute_id, Standing.WON if won else Standing.LOST)
    payment = account.get(payments.KIND, closed["payment_id"])
    account.emit(f"payment.dispute.{closed['status']}", {"payment": payment, "dispute": closed})
    return closed


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One dispute."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Disputes of all payments."""
    return collection(page(account.all(KIND), params))
