"""Razorpay's settlements: what was captured, refunded and lost goes to the bank, with the fees taken out."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bursar.errors import Refused
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.razorpay import disputes, payments, refunds
from bursar.sandbox.fake.razorpay.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.razorpay.listing import collection, page

KIND = "settlement"
ROW = "settled_row"
_INDIA = timedelta(hours=5, minutes=30)
"""Days of the report are India's, which has no summer time."""


def settle(account: Account) -> Thing:
    """Settle everything that is not settled yet. Raises Refused when nothing would reach the bank."""
    rows = [row for row in _open_rows(account) if account.find(ROW, row["entity_id"]) is None]
    amount_minor = sum(row["credit"] - row["debit"] for row in rows)
    if amount_minor <= 0:
        raise Refused("there is nothing to settle: what was captured does not exceed what went back")
    settlement = {
        "id": account.new_id("setl"),
        "entity": "settlement",
        "amount": amount_minor,
        "status": "processed",
        "fees": sum(row["fee"] for row in rows),
        "tax": sum(row["tax"] for row in rows),
        "utr": f"FAKE{account.now_s()}",
        "created_at": account.now_s(),
    }
    for row in rows:
        _keep(account, settlement, row)
    book_row = Row(
        gateway=GATEWAY,
        kind=Kind.PAYOUT,
        id=settlement["id"],
        payment=None,
        amount_minor=amount_minor,
        currency=payments.HOME,
        standing=Standing.PAID,
        at=account.clock.now(),
        fee_minor=settlement["fees"],
    )
    account.book.write(book_row)
    account.put(KIND, settlement)
    account.emit("settlement.processed", {"settlement": settlement})
    return settlement


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One settlement."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Settlements."""
    return collection(page(account.all(KIND), params))


def report(account: Account, params: dict[str, Any]) -> Thing:
    """The rows that were settled in a month, or on one day of it, oldest first."""
    day = params.get("day")
    found = [
        row["shown"]
        for row in account.all(ROW)
        if _is_on(_day_of(row["shown"]["settled_at"]), params["year"], params["month"], day)
    ]
    return collection(found[params["skip"] : params["skip"] + params["count"]])


def _keep(account: Account, settlement: Thing, row: Thing) -> None:
    settled = {
        "settled": True,
        "settled_at": settlement["created_at"],
        "settlement_id": settlement["id"],
        "settlement_utr": settlement["utr"],
    }
    account.put(ROW, {"id": row["entity_id"], "shown": row | settled})


def _open_rows(account: Account) -> Iterator[Thing]:
    """Everything that moved money, settled before or not."""
    for payment in account.all(payments.KIND):
        if payment["captured"]:
            yield _row(account, payment, "payment", payments.settled_minor(payment), credit=True)
    for refund in account.all(refunds.KIND):
        payment = account.get(payments.KIND, refund["payment_id"])
        if payment["captured"] and refund["status"] == "processed":
            share = refund["amount"] * payments.settled_minor(payment) // payment["amount"]
            yield _row(account, refund, "refund", share, credit=False)
        if refund["status"] == "failed" and account.find(ROW, refund["id"]):
            back = account.get(ROW, refund["id"])["shown"]["debit"]
            yield _row(account, refund, "adjustment", back, credit=True) | {
                "entity_id": f"adj_{refund['id'].removeprefix('rfnd_')}"
            }
    for dispute in account.where(disputes.KIND, status="lost"):
        payment = account.get(payments.KIND, dispute["payment_id"])
        share = dispute["amount"] * payments.settled_minor(payment) // payment["amount"]
        yield _row(account, dispute, "adjustment", share, credit=False) | {
            "entity_id": f"adj_{dispute['id'].removeprefix('disp_')}",
            "dispute_id": dispute["id"],
        }


def _row(account: Account, entity: Thing, type_: str, amount_minor: int, *, credit: bool) -> Thing:
    """One row of the report. The fee has its tax in it, and is out of the credit."""
    fee, tax = entity.get("fee") or 0, entity.get("tax") or 0
    of_payment = type_ == "payment"
    order_id = account.get(payments.KIND, entity["id"] if of_payment else entity["payment_id"])["order_id"]
    notes = entity.get("notes") or {}
    return {
        "entity_id": entity["id"],
        "type": type_,
        "debit": 0 if credit else amount_minor + fee,
        "credit": amount_minor - fee if credit else 0,
        "amount": amount_minor,
        "currency": payments.HOME,
        "fee": fee,
        "tax": tax,
        "on_hold": False,
        "created_at": entity["created_at"],
        "posted_at": None,
        "credit_type": "default",
        "description": entity.get("description"),
        "notes": ", ".join(str(note) for note in notes.values()) if notes else None,
        "payment_id": None if of_payment else entity["payment_id"],
        "order_id": order_id,
        "order_receipt": None,
        "method": entity.get("method"),
        "dispute_id": None,
    }


def _day_of(unix_s: int) -> date:
    return (datetime.fromtimestamp(unix_s, UTC) + _INDIA).date()


def _is_on(day: date, year: int, month: int, of_month: int | None) -> bool:
    return (day.year, day.month) == (year, month) and of_month in (None, day.day)
