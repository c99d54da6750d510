"""Stripe's disputes: a cardholder takes a payment back, and we win it or lose it."""

from typing import Any

from bursar.errors import Refused
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.stripe.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.stripe.balance import move
from bursar.sandbox.fake.stripe.charges import left_of
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.stripe.money import minor
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.stripe_disputes import dispute
from bursar.sandbox.stripe_objects import told

KIND = "dispute"
FEE_MINOR = 1_500
"""What Stripe keeps of a dispute, won or lost: 15 dollars in the United States."""
_OPEN = ("needs_response", "under_review")


def open_(account: Account, payment: str, amount: int | None = None, reason: str = "fraudulent") -> Thing:
    """The payer's bank takes the money of a charge, or of an intent's. `amount` is Stripe's; None is all."""
    charge = _charge_of(account, payment)
    amount = left_of(charge) if amount is None else amount
    if charge["disputed"] or not 0 < amount <= charge["amount_captured"]:
        raise Refused(f"{payment} cannot be disputed: it is already, or there is not so much of it")
    amount_minor = minor(amount, charge["currency"])
    made = dispute(
        told(
            {
                "payment": charge["payment_intent"],
                "charge": charge["id"],
                "dispute": account.new_id("dp"),
                "amount_minor": amount_minor,
                "currency": charge["currency"].upper(),
                "created": account.now_s(),
            }
        ),
        status="needs_response",
    )
    account.put(made | {"reason": reason})
    made = account.get(KIND, made["id"])
    charge["disputed"] = True
    row = Row(
        gateway=GATEWAY,
        kind=Kind.DISPUTE,
        id=made["id"],
        payment=charge["payment_intent"],
        amount_minor=amount_minor,
        currency=charge["currency"].upper(),
        standing=Standing.OPEN,
        at=account.now(),
    )
    account.book.write(row)
    account.emit("charge.dispute.created", made)
    taken = move(account, made, -amount_minor, type_="adjustment", category="dispute", fee_minor=FEE_MINOR)
    made["balance_transactions"].append(taken)
    account.emit("charge.dispute.funds_withdrawn", made)
    return made


def close(account: Account, dispute_id: str, *, won: bool) -> Thing:
    """The bank decides. Won, the money comes back; the fee does not."""
    closed = account.find(KIND, dispute_id)
    if closed is None:
        raise NoSuchThing(f"there is no dispute {dispute_id}")
    if closed["status"] not in _OPEN:
        raise Refused(f"{dispute_id} is closed already: {closed['status']}")
    before = {"status": closed["status"]}
    closed["status"] = "won" if won else "lost"
    standing = Standing.WON if won else Standing.LOST
    account.book.restate(GATEWAY, Kind.DISPUTE, dispute_id, standing)
    account.emit("charge.dispute.closed", closed, before)
    if won:
        back_minor = minor(closed["amount"], closed["currency"])
        back = move(account, closed, back_minor, type_="adjustment", category="dispute_reversal")
        closed["balance_transactions"].append(back)
        account.emit("charge.dispute.funds_reinstated", closed)
    return closed


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One dispute."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Disputes, of a charge or an intent if asked for."""
    return page(account.all(KIND), params, "/v1/disputes")


def _charge_of(account: Account, payment: str) -> Thing:
    """The captured charge with this id, or of this intent."""
    intent = account.find("payment_intent", payment)
    charge = account.find("charge", intent["latest_charge"] if intent else payment)
    if charge is None:
        raise NoSuchThing(f"there is no charge {payment}, nor an intent with a charge")
    return charge
