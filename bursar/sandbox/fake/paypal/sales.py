"""How subscriptions are paid: sales, of the old API, and their refunds."""

from typing import Any

from bursar.gateways.paypal.amounts import get_money, get_signed_money
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.paypal import balance
from bursar.sandbox.fake.paypal.account import GATEWAY, Account, Thing, book_words
from bursar.sandbox.fake.paypal.errors import PayPalError
from bursar.sandbox.fake.paypal.params import money_of
from bursar.sandbox.paypal_objects import link, old_money

KIND, REFUND = "sale", "sale_refund"


def make(account: Account, subscription: Thing, amount_minor: int, currency: str) -> Thing:
    """One cycle is paid."""
    sale: Thing = {
        "id": account.new_id("S"),
        "state": "completed",
        "amount": old_money(amount_minor, currency),
        "payment_mode": "INSTANT_TRANSFER",
        "billing_agreement_id": subscription["id"],
        **({"custom": subscription["custom_id"]} if "custom_id" in subscription else {}),
        "create_time": account.now_text(),
        "update_time": account.now_text(),
    }
    sale["links"] = [link("self", f"/v1/payments/sale/{sale['id']}")]
    account.put(KIND, sale)
    _book(account, Kind.CHARGE, sale, sale["id"], amount_minor, currency)
    balance.enter(account, balance.SUBSCRIBED, sale, amount_minor, currency)
    account.emit("PAYMENT.SALE.COMPLETED", "sale", sale)
    return sale


def refund(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Give money back, all that is left or `amount`."""
    sale = account.get(KIND, id_)
    whole_minor, currency = get_money(sale, "amount", KIND)
    gone = account.where(REFUND, sale_id=id_)
    left_minor = whole_minor + sum(get_signed_money(each, "amount", REFUND)[0] for each in gone)
    if not left_minor:
        raise PayPalError("TRANSACTION_ALREADY_REFUNDED", "The sale has been refunded.", status=400)
    amount_minor = money_of(params, "amount")[0] if "amount" in params else left_minor
    if amount_minor > left_minor:
        raise PayPalError("REFUND_EXCEEDED_TRANSACTION_AMOUNT", "More than is left.", status=400)
    made: Thing = {
        "id": account.new_id("R"),
        "state": "completed",
        "amount": old_money(-amount_minor, currency),
        "sale_id": id_,
        **({"invoice_number": params["invoice_number"]} if "invoice_number" in params else {}),
        "create_time": account.now_text(),
        "update_time": account.now_text(),
    }
    made["links"] = [
        link("self", f"/v1/payments/refund/{made['id']}"),
        link("sale", f"/v1/payments/sale/{id_}"),
    ]
    account.put(REFUND, made)
    sale["state"] = "refunded" if amount_minor == left_minor else "partially_refunded"
    _book(account, Kind.REFUND, made, id_, amount_minor, currency)
    balance.enter(account, balance.REFUNDED, made, -amount_minor, currency)
    account.emit("PAYMENT.SALE.REFUNDED", "sale", made)
    return made


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One sale."""
    return account.get(KIND, id_)


def retrieve_refund(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One refund of a sale."""
    return account.get(REFUND, id_)


def _book(account: Account, kind: Kind, thing: Thing, payment: str, amount_minor: int, currency: str) -> None:
    row = Row(
        gateway=GATEWAY,
        kind=kind,
        id=thing["id"],
        payment=payment,
        amount_minor=amount_minor,
        currency=currency,
        standing=Standing.CAPTURED if kind is Kind.CHARGE else Standing.SUCCEEDED,
        at=account.clock.now(),
        key=account.key,
        metadata=book_words(thing),
    )
    account.book.write(row)
