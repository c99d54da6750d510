"""Charges of a saved token while the payer is away: at once, after a notice, or refused."""

from typing import Any

from bursar.sandbox.fake.razorpay import customers, orders, payments
from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.razorpay.errors import RazorpayError, not_now
from bursar.sandbox.fake.vendor import NoSuchThing

NOTICE_S = 25 * 3_600
"""Seconds between the notice to the payer and a charge by UPI (recurring-payments/upi)."""
_AT_ONCE = "card"


def create(account: Account, params: dict[str, Any]) -> Thing:
    """Charge a token for an order. Raises RazorpayError with the failed payment when the bank refuses."""
    order = account.get(orders.KIND, params["order_id"])
    token = account.get(customers.TOKEN, params["token"])
    _check(params, order, token)
    payment = payments.attempt(
        account,
        order,
        token["method"],
        notes=params.get("notes"),
        customer=params["customer_id"],
    )
    payment |= {"token_id": token["id"], "description": params.get("description")}
    decline = account.take_decline()
    reason = decline.code if decline else account.behind.get(token["id"])
    if reason:
        payments.fail(account, payment, reason)
        raise _declined(payment)
    if token["method"] == _AT_ONCE:
        payments.authorize(account, payment)
    else:
        account.schedule(account.now_s() + NOTICE_S, lambda: payments.authorize(account, payment))
    return {
        "razorpay_payment_id": payment["id"],
        "razorpay_order_id": order["id"],
        "razorpay_signature": "",
    }


def refuse(account: Account, token: str, reason: str) -> Thing:
    """Every charge of this token is declined from now on. Raises NoSuchThing."""
    refused = account.find(customers.TOKEN, token)
    if refused is None:
        raise NoSuchThing(f"there is no token {token}")
    account.behind[token] = reason
    return refused


def _check(params: dict[str, Any], order: Thing, token: Thing) -> None:
    if token["customer_id"] != params["customer_id"]:
        raise RazorpayError("The token does not belong to this customer", field="token")
    if (params["amount"], params["currency"]) != (order["amount"], order["currency"]):
        raise RazorpayError("Payment amount is different from the amount of the order", field="amount")
    if order["status"] == "paid":
        raise not_now("The order has already been paid")


def _declined(payment: Thing) -> RazorpayError:
    return RazorpayError(
        payment["error_description"],
        source=payment["error_source"],
        step=payment["error_step"],
        reason=payment["error_reason"],
        metadata={"payment_id": payment["id"], "order_id": payment["order_id"]},
        acted=True,
    )
