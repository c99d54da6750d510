"""Stripe's payouts to a bank account: everything due, and what it is made of."""

from typing import Any

from bursar.errors import Refused
from bursar.gateways.stripe.amounts import iso_signed_amount
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.stripe.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.stripe.balance import KIND as TRANSACTION
from bursar.sandbox.fake.stripe.balance import move
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.stripe_accounts import payout
from bursar.sandbox.stripe_objects import told

KIND = "payout"


def pay_out(account: Account) -> list[Thing]:
    """Pay out what is on the balance, one payout a currency. A balance of nothing, or below, stays.

    Stripe would wait until each transaction is available; a script wants it now.
    """
    waiting: dict[str, list[Thing]] = {}
    for entry in account.all(TRANSACTION):
        if account.behind[entry["id"]] is None:
            waiting.setdefault(entry["currency"], []).append(entry)
    return [_pay(account, currency, entries) for currency, entries in waiting.items() if _net(entries) > 0]


def fail(account: Account, payout_id: str, reason: str = "account_closed") -> Thing:
    """Our bank sends a payout back; its money is on the balance again."""
    failed = account.find(KIND, payout_id)
    if failed is None:
        raise NoSuchThing(f"there is no payout {payout_id}")
    if failed["status"] == "failed":
        raise Refused(f"{payout_id} has failed already")
    failed |= {"failure_code": reason, "status": "failed"}
    back = move(account, failed, _minor(failed["amount"], failed["currency"]), type_="payout_failure")
    failed["failure_balance_transaction"] = back["id"]
    account.book.restate(GATEWAY, Kind.PAYOUT, payout_id, Standing.FAILED)
    account.emit("payout.failed", failed)
    return failed


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One payout."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Payouts, newest first."""
    return page(account.all(KIND), params, "/v1/payouts")


def _pay(account: Account, currency: str, entries: list[Thing]) -> Thing:
    amount_minor = _minor(_net(entries), currency)
    story = told(
        {
            "payout": account.new_id("po"),
            "amount_minor": amount_minor,
            "currency": currency.upper(),
            "created": account.now_s(),
        }
    )
    made = account.put(payout(story, "in_transit"))
    out = move(account, made, -amount_minor, type_="payout")
    made["balance_transaction"] = out["id"]
    for entry in (*entries, out):
        account.behind[entry["id"]] = made["id"]
        entry["status"] = "available"
    row = Row(
        gateway=GATEWAY,
        kind=Kind.PAYOUT,
        id=made["id"],
        payment=None,
        amount_minor=amount_minor,
        currency=currency.upper(),
        standing=Standing.PAID,
        at=account.now(),
    )
    account.book.write(row)
    account.emit("payout.created", made)
    made |= {"status": "paid", "trace_id": {"status": "supported", "value": f"trace{made['id']}"}}
    account.emit("payout.paid", made)
    made["reconciliation_status"] = "completed"
    account.emit("payout.reconciliation_completed", made)
    return made


def _net(entries: list[Thing]) -> int:
    return int(sum(entry["net"] for entry in entries))


def _minor(amount: int, currency: str) -> int:
    return iso_signed_amount({"amount": amount}, "amount", currency.upper(), "payout")
