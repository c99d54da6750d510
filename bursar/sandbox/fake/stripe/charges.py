"""Stripe's charges: one attempt each to take an intent's money."""

from typing import Any

from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.stripe.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.stripe.balance import move
from bursar.sandbox.fake.stripe.cards import Card
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.stripe.money import fee_minor, minor
from bursar.sandbox.stripe_charges import charge_pending
from bursar.sandbox.stripe_objects import told

KIND = "charge"


def make(account: Account, intent: Thing, method: Thing, card: Card) -> Thing:
    """A charge that has not been answered yet, in the book as pending."""
    amount_minor = minor(intent["amount"], intent["currency"])
    charge = charge_pending(
        told(
            {
                "payment": intent["id"],
                "charge": account.new_id("py" if card.later else "ch"),
                "method": method["id"],
                "customer": intent["customer"],
                "amount_minor": amount_minor,
                "currency": intent["currency"].upper(),
                "metadata": dict(intent["metadata"]),
                "created": account.now_s(),
            }
        )
    )
    charge |= {
        "amount_captured": 0,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "captured": False,
        "description": intent["description"],
        "payment_method": method["id"],
        "payment_method_details": {card.kind: _details(charge, card), "type": card.kind},
        "receipt_email": intent["receipt_email"],
        "receipt_url": None,
    }
    account.put(charge)
    _book(account, intent, charge, amount_minor)
    return charge


def stand(account: Account, charge: Thing, standing: Standing, amount: int | None = None) -> None:
    """Restate a charge in the book; `amount` is Stripe's, where only a part was taken."""
    amount_minor = minor(amount, charge["currency"]) if amount else None
    account.book.restate(GATEWAY, Kind.CHARGE, charge["id"], standing, amount_minor)


def take_money(account: Account, charge: Thing, amount: int) -> None:
    """The money is ours: mark it captured, book it, and say later what it cost."""
    charge |= {"amount_captured": amount, "captured": True, "paid": True, "status": "succeeded"}
    charge["amount_refunded"] = charge["amount"] - amount
    stand(account, charge, Standing.CAPTURED, amount)


def left_of(charge: Thing) -> int:
    """What of a charge is still ours, in Stripe's amounts. What was never captured counts as refunded."""
    uncaptured: int = charge["amount"] - charge["amount_captured"]
    return int(charge["amount_captured"] - (charge["amount_refunded"] - uncaptured))


def settle(account: Account, charge: Thing) -> None:
    """The balance transaction comes after the charge, with an event of its own."""
    amount_minor = minor(charge["amount_captured"], charge["currency"])
    entry = move(
        account, charge, amount_minor, type_="charge", fee_minor=fee_minor(amount_minor, charge["currency"])
    )
    charge["balance_transaction"] = entry["id"]
    account.emit("charge.updated", charge, {"balance_transaction": None})


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One charge."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Charges, also those that were refused."""
    return page(account.all(KIND), params, "/v1/charges")


def _book(account: Account, intent: Thing, charge: Thing, amount_minor: int) -> None:
    row = Row(
        gateway=GATEWAY,
        kind=Kind.CHARGE,
        id=charge["id"],
        payment=intent["id"],
        amount_minor=amount_minor,
        currency=intent["currency"].upper(),
        standing=Standing.PENDING,
        at=account.now(),
        key=account.key,
        metadata=dict(intent["metadata"]),
    )
    account.book.write(row)


def _details(charge: Thing, card: Card) -> Thing:
    if card.kind != "card":
        return {"last4": card.last4}
    told_of: Thing = charge["payment_method_details"]["card"]
    return told_of | {"brand": card.brand, "last4": card.last4, "network": card.brand}
