"""What was made of an order: an authorisation, captures, their refunds and reversals."""

from collections.abc import Iterator
from typing import Any

from bursar.errors import Refused
from bursar.gateways.paypal.amounts import get_money
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.paypal import balance
from bursar.sandbox.fake.paypal.account import GATEWAY, Account, Thing, book_words
from bursar.sandbox.fake.paypal.errors import PayPalError
from bursar.sandbox.fake.paypal.params import money_of
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.paypal_objects import link, money

KIND, HELD, REFUND = "capture", "authorization", "refund"
CLEARS_AFTER_S = 3 * 86_400
"""Seconds until a payer's bank has paid a capture that was pending (an eCheck)."""
_TEXTS = ("custom_id", "invoice_id")
_HIDDEN = frozenset({"of_order", "of_capture"})
_PATH = "/v2/payments"


def make(
    account: Account,
    order_id: str,
    unit: Thing,
    amount_minor: int,
    currency: str,
    *,
    status: str = "COMPLETED",
) -> Thing:
    """Take money. Raises PayPalError for an `invoice_id` that was paid before: accounts refuse that."""
    if unit.get("invoice_id") and any(_paid_before(account, unit["invoice_id"])):
        raise PayPalError("DUPLICATE_INVOICE_ID", "Duplicate Invoice ID detected.")
    capture_id = account.new_id("C")
    capture: Thing = {
        "id": capture_id,
        "status": status,
        "amount": money(amount_minor, currency),
        "final_capture": True,
        **{name: unit[name] for name in _TEXTS if name in unit},
        "supplementary_data": {"related_ids": {"order_id": order_id}},
        "create_time": account.now_text(),
        "update_time": account.now_text(),
        "links": [
            link("self", f"{_PATH}/captures/{capture_id}"),
            link("up", f"/v2/checkout/orders/{order_id}"),
        ],
        "of_order": order_id,
    }
    account.put(KIND, capture)
    _book(account, capture, amount_minor, currency, Standing.PENDING)
    if status == "COMPLETED":
        _complete(account, capture)
    else:
        capture["status_details"] = {"reason": "ECHECK"}
        account.emit("PAYMENT.CAPTURE.PENDING", "capture", shown(capture))
        account.schedule(account.now_s() + CLEARS_AFTER_S, lambda: _complete(account, capture))
    return capture


def hold(account: Account, order_id: str, unit: Thing, amount_minor: int, currency: str) -> Thing:
    """Promise money."""
    held_id = account.new_id("A")
    held: Thing = {
        "id": held_id,
        "status": "CREATED",
        "amount": money(amount_minor, currency),
        **{name: unit[name] for name in _TEXTS if name in unit},
        "supplementary_data": {"related_ids": {"order_id": order_id}},
        "create_time": account.now_text(),
        "update_time": account.now_text(),
        "links": [link("self", f"{_PATH}/authorizations/{held_id}")],
        "of_order": order_id,
    }
    account.put(HELD, held)
    account.emit("PAYMENT.AUTHORIZATION.CREATED", "authorization", shown(held))
    return held


def capture_held(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Take what was promised, all of it or less, once."""
    held = account.get(HELD, id_)
    if held["status"] == "CAPTURED":
        raise PayPalError("AUTHORIZATION_ALREADY_CAPTURED", "Authorization has already been captured.")
    most_minor, currency = get_money(held, "amount", HELD)
    amount_minor = money_of(params, "amount")[0] if "amount" in params else most_minor
    if amount_minor > most_minor:
        raise PayPalError("MAX_CAPTURE_AMOUNT_EXCEEDED", "Capture amount exceeds allowable limit.")
    if account.take_decline():
        raise PayPalError("TRANSACTION_REFUSED", "PayPal's internal controls prevent the capture.")
    held |= {"status": "CAPTURED", "update_time": account.now_text()}
    return shown(make(account, held["of_order"], held, amount_minor, currency))


def refund(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Give money back, all that is left or `amount`."""
    capture = account.get(KIND, id_)
    left_minor, currency = left_of(account, capture)
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        done = capture["status"] == "REFUNDED"
        issue = "CAPTURE_FULLY_REFUNDED" if done else "REFUND_NOT_ALLOWED"
        raise PayPalError(issue, "The capture has already been fully refunded")
    amount_minor = money_of(params, "amount")[0] if "amount" in params else left_minor
    if amount_minor > left_minor:
        raise PayPalError("REFUND_AMOUNT_EXCEEDED", "The refund amount must be less than what is left.")
    if account.take_decline():
        raise PayPalError("REFUND_FAILED_INSUFFICIENT_FUNDS", "Capture could not be refunded.")
    made = _taken_back(account, capture, amount_minor, currency, balance.REFUNDED, params)
    capture["status"] = "REFUNDED" if amount_minor == left_minor else "PARTIALLY_REFUNDED"
    account.emit("PAYMENT.CAPTURE.REFUNDED", "refund", shown(made))
    return shown(made)


def reverse(account: Account, capture: Thing, amount_minor: int, currency: str) -> Thing:
    """PayPal takes money back for a payer who won a dispute: written like a refund."""
    made = _taken_back(account, capture, amount_minor, currency, balance.REVERSED, {})
    capture["status"] = "REVERSED"
    account.emit("PAYMENT.CAPTURE.REVERSED", "refund", shown(made))
    return made


def fail_refund(account: Account, refund_id: str) -> Thing:
    """A refund that was completed comes back. Raises NoSuchThing, Refused."""
    failed = account.find(REFUND, refund_id)
    if failed is None:
        raise NoSuchThing(f"there is no refund {refund_id}")
    if failed["status"] != "COMPLETED":
        raise Refused(f"{refund_id} is {failed['status']} already")
    failed |= {"status": "FAILED", "update_time": account.now_text()}
    capture = account.get(KIND, failed["of_capture"])
    rest = any(account.where(REFUND, of_capture=capture["id"], status="COMPLETED"))
    capture |= {"status": "PARTIALLY_REFUNDED" if rest else "COMPLETED", "update_time": account.now_text()}
    account.book.restate(GATEWAY, Kind.REFUND, refund_id, Standing.FAILED)
    account.emit("PAYMENT.CAPTURE.REFUNDED", "refund", shown(failed))
    return shown(failed)


def left_of(account: Account, capture: Thing) -> tuple[int, str]:
    """What can still be taken back of a capture."""
    amount_minor, currency = get_money(capture, "amount", KIND)
    gone = account.where(REFUND, of_capture=capture["id"], status="COMPLETED")
    return amount_minor - sum(get_money(each, "amount", REFUND)[0] for each in gone), currency


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One capture."""
    return shown(account.get(KIND, id_))


def retrieve_held(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One authorisation."""
    return shown(account.get(HELD, id_))


def retrieve_refund(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One refund or reversal."""
    return shown(account.get(REFUND, id_))


def shown(thing: Thing) -> Thing:
    """Without what PayPal does not show."""
    return {name: value for name, value in thing.items() if name not in _HIDDEN}


def book_decline(account: Account, unit: Thing) -> None:
    """An attempt that its bank refused: PayPal keeps no capture of it, the book does."""
    amount_minor, currency = get_money(unit, "amount", "unit")
    _book(account, {"id": account.new_id("D"), **unit}, amount_minor, currency, Standing.FAILED)


def fee_of(amount_minor: int) -> int:
    """What PayPal keeps: three of a hundred."""
    return amount_minor * 3 // 100


def _complete(account: Account, capture: Thing) -> None:
    amount_minor, currency = get_money(capture, "amount", KIND)
    fee_minor = fee_of(amount_minor) if amount_minor * 3 % 100 == 0 else 0
    breakdown = {
        "gross_amount": money(amount_minor, currency),
        "net_amount": money(amount_minor - fee_minor, currency),
    }
    if fee_minor:
        breakdown["paypal_fee"] = money(fee_minor, currency)
    capture.pop("status_details", None)
    capture |= {"status": "COMPLETED", "seller_receivable_breakdown": breakdown}
    capture["update_time"] = account.now_text()
    account.book.restate(GATEWAY, Kind.CHARGE, capture["id"], Standing.CAPTURED)
    balance.enter(account, balance.CHECKOUT, capture, amount_minor, currency, fee_minor=fee_minor)
    account.emit("PAYMENT.CAPTURE.COMPLETED", "capture", shown(capture))


def _paid_before(account: Account, invoice_id: str) -> Iterator[Thing]:
    return account.where(KIND, invoice_id=invoice_id)


def _taken_back(
    account: Account, capture: Thing, amount_minor: int, currency: str, code: str, params: dict[str, Any]
) -> Thing:
    made: Thing = {
        "id": account.new_id("R"),
        "status": "COMPLETED",
        "amount": money(amount_minor, currency),
        "seller_payable_breakdown": {
            "gross_amount": money(amount_minor, currency),
            "net_amount": money(amount_minor, currency),
        },
        **{name: params[name] for name in _TEXTS if name in params},
        "create_time": account.now_text(),
        "update_time": account.now_text(),
        "of_order": capture["of_order"] if code == balance.REFUNDED else None,
        "of_capture": capture["id"],
    }
    made["links"] = [
        link("self", f"{_PATH}/refunds/{made['id']}"),
        link("up", f"{_PATH}/captures/{capture['id']}"),
    ]
    account.put(REFUND, made)
    capture["update_time"] = account.now_text()
    row = Row(
        gateway=GATEWAY,
        kind=Kind.REFUND,
        id=made["id"],
        payment=capture["id"],
        amount_minor=amount_minor,
        currency=currency,
        standing=Standing.SUCCEEDED,
        at=account.clock.now(),
        key=account.key,
        metadata=book_words(made),
    )
    if code == balance.REFUNDED:  # a reversal stands in the book as its dispute
        account.book.write(row)
    balance.enter(account, code, made, -amount_minor, currency)
    return made


def _book(account: Account, thing: Thing, amount_minor: int, currency: str, standing: Standing) -> None:
    row = Row(
        gateway=GATEWAY,
        kind=Kind.CHARGE,
        id=thing["id"],
        payment=thing["id"],
        amount_minor=amount_minor,
        currency=currency,
        standing=standing,
        at=account.clock.now(),
        key=account.key,
        metadata=book_words(thing),
    )
    account.book.write(row)
