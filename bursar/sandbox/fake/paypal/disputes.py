"""PayPal's disputes: a payer complains, PayPal decides, and takes the money back as a reversal."""

from typing import Any

from bursar.errors import Refused
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.paypal import captures
from bursar.sandbox.fake.paypal.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.paypal_objects import link, money

KIND = "dispute"
RESPOND_WITHIN_S = 10 * 86_400


def open_(account: Account, payment: str, amount: int | None) -> Thing:
    """A payer wants a capture back, or a part of it. Raises NoSuchThing, Refused."""
    capture = account.find(captures.KIND, payment)
    if capture is None:
        raise NoSuchThing(f"there is no capture {payment}")
    left_minor, currency = captures.left_of(account, capture)
    amount_minor = left_minor if amount is None else amount
    if not 0 < amount_minor <= left_minor:
        raise Refused(f"{left_minor} {currency} of {payment} can be disputed")
    dispute: Thing = {
        "dispute_id": account.new_id("PP-D-"),
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "dispute_amount": money(amount_minor, currency),
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "INTERNAL",
        "disputed_transactions": [{"seller_transaction_id": payment}],
        "seller_response_due_date": account.now_text(RESPOND_WITHIN_S),
        "create_time": account.now_text(),
        "update_time": account.now_text(),
    }
    dispute_id = dispute["dispute_id"]
    dispute["links"] = [link("self", f"/v1/customer/disputes/{dispute_id}")]
    account.put(KIND, dispute, dispute_id)
    account.behind[dispute_id] = amount_minor
    row = Row(
        gateway=GATEWAY,
        kind=Kind.DISPUTE,
        id=dispute_id,
        payment=payment,
        amount_minor=amount_minor,
        currency=currency,
        standing=Standing.OPEN,
        at=account.clock.now(),
    )
    account.book.write(row)
    account.emit("CUSTOMER.DISPUTE.CREATED", KIND, dispute)
    return dispute


def close(account: Account, dispute: str, *, won: bool) -> Thing:
    """PayPal decides. Raises NoSuchThing, Refused."""
    closed = account.find(KIND, dispute)
    if closed is None:
        raise NoSuchThing(f"there is no dispute {dispute}")
    if closed["status"] == "RESOLVED":
        raise Refused(f"{dispute} is decided already")
    outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
    closed |= {
        "status": "RESOLVED",
        "dispute_outcome": {"outcome_code": outcome},
        "update_time": account.now_text(),
    }
    account.book.restate(GATEWAY, Kind.DISPUTE, dispute, Standing.WON if won else Standing.LOST)
    if not won:
        payment = closed["disputed_transactions"][0]["seller_transaction_id"]
        capture = account.get(captures.KIND, payment)
        captures.reverse(account, capture, account.behind[dispute], captures.left_of(account, capture)[1])
    account.emit("CUSTOMER.DISPUTE.RESOLVED", KIND, closed)
    return closed


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One dispute."""
    return account.get(KIND, id_)
