"""Razorpay's payments: attempted, authorised, captured, failed, and authorised late after they had failed."""

from typing import Any

from bursar.errors import Refused
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.razorpay import orders
from bursar.sandbox.fake.razorpay.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.razorpay.errors import not_now
from bursar.sandbox.fake.razorpay.listing import collection, page
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.razorpay_links import link_order
from bursar.sandbox.razorpay_objects import RUPEES_PER_UNIT, payment_authorized, payment_failed, told

KIND = "payment"
HELD_S = 5 * 86_400
"""Seconds until what was authorised and never captured goes back (payments/refunds/auto-refunds)."""
HOME = "INR"


def attempt(
    account: Account,
    order: Thing,
    method: str,
    *,
    notes: dict[str, str] | None = None,
    customer: str | None = None,
) -> Thing:
    """A payment that its bank has not answered yet, in the book as pending."""
    payment = payment_authorized(
        told(
            {
                "payment": account.new_id("pay"),
                "checkout": order["id"],
                "customer": customer,
                "amount_minor": order["amount"],
                "currency": order["currency"],
                "metadata": notes or {},
                "method": method,
                "created": account.now_s() + 30,
            }
        )
    )
    payment["status"] = "created"
    order["attempts"] += 1
    order["status"] = "attempted"
    row = Row(
        gateway=GATEWAY,
        kind=Kind.CHARGE,
        id=payment["id"],
        payment=payment["id"],
        amount_minor=order["amount"],
        currency=order["currency"],
        standing=Standing.PENDING,
        at=account.clock.now(),
        key=account.key,
        metadata={**(order["notes"] or {}), **(notes or {})},
    )
    account.book.write(row)
    return account.put(KIND, payment)


def authorize(account: Account, payment: Thing) -> Thing:
    """The bank promises the money: also of a payment that was thought to have failed."""
    if payment["status"] not in ("created", "failed"):
        raise Refused(f"{payment['id']} is {payment['status']}: it cannot be authorised")
    payment |= {name: None for name in payment if name.startswith("error_")}
    payment["status"] = "authorized"
    _stand(account, payment, Standing.AUTHORIZED)
    account.emit("payment.authorized", {"payment": payment})
    if orders.captures(account, payment["order_id"]):
        take(account, payment)
    else:
        account.schedule(account.now_s() + HELD_S, lambda: _give_back(account, payment))
    return payment


def take(account: Account, payment: Thing) -> None:
    """The money is ours: fee and tax are known, and order and link are paid."""
    fee_net = payment["base_amount"] * 2 // 100
    tax = fee_net * 18 // 100
    payment |= {"status": "captured", "captured": True, "fee": fee_net + tax, "tax": tax}
    _stand(account, payment, Standing.CAPTURED)
    account.emit("payment.captured", {"payment": payment})
    order = account.find(orders.KIND, payment["order_id"])
    if order is None:
        return
    order |= {"amount_paid": payment["amount"], "amount_due": 0, "status": "paid"}
    account.emit("order.paid", {"payment": payment, "order": order})
    for link in account.where("payment_link", order_id=order["id"]):
        _pay_link(account, link, payment)


def fail(account: Account, payment: Thing, reason: str, *, step: str = "payment_authorization") -> Thing:
    """The bank refuses, or the payer gives up."""
    failed = payment_failed(told({"decline_code": reason}))
    payment |= {name: value for name, value in failed.items() if name.startswith("error_")}
    payment |= {"status": "failed", "error_step": step}
    _stand(account, payment, Standing.FAILED)
    account.emit("payment.failed", {"payment": payment})
    return payment


def find(account: Account, payment_id: str) -> Thing:
    """A payment that a script names. Raises NoSuchThing."""
    payment = account.find(KIND, payment_id)
    if payment is None:
        raise NoSuchThing(f"there is no payment {payment_id}")
    return payment


def capture(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Take what was authorised, all of it."""
    payment = account.get(KIND, id_)
    if payment["captured"]:
        raise not_now("This payment has already been captured")
    if payment["status"] != "authorized":
        raise not_now("Only payments which have been authorized and not yet captured can be captured")
    if (params["amount"], params.get("currency", HOME)) != (payment["amount"], payment["currency"]):
        raise not_now("Capture amount must be equal to the amount authorized")
    take(account, payment)
    return payment


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One payment."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Payments, also those that failed."""
    return collection(page(account.all(KIND), params))


def settled_minor(payment: Thing) -> int:
    """What it comes to in the currency of settlement, fee included."""
    exchanged = payment["currency"] != HOME
    return int(payment["amount"] * RUPEES_PER_UNIT if exchanged else payment["amount"])


def _pay_link(account: Account, link: Thing, payment: Thing) -> None:
    now_s = account.now_s()
    link |= {"amount_paid": payment["amount"], "status": "paid", "updated_at": now_s}
    link["payments"] = [
        {
            "amount": payment["amount"],
            "created_at": payment["created_at"],
            "method": payment["method"],
            "payment_id": payment["id"],
            "status": "captured",
        }
    ]
    story = told(
        {
            "payment": payment["id"],
            "checkout": payment["order_id"],
            "link": link["id"],
            "amount_minor": payment["amount"],
            "currency": payment["currency"],
            "metadata": link["notes"] or {},
            "created": now_s,
        }
    )
    # An event carries less of a link than the API shows, and another form of its order.
    shown = {name: value for name, value in link.items() if name != "payments"}
    entities = {"payment_link": shown, "order": link_order(story), "payment": payment}
    account.emit("payment_link.paid", entities, at_s=link["created_at"])


def _give_back(account: Account, payment: Thing) -> None:
    """What lapses is called refunded, but was never captured; the refund is one too."""
    if payment["status"] != "authorized":
        return
    payment |= {"status": "refunded", "amount_refunded": payment["amount"], "refund_status": "full"}
    _stand(account, payment, Standing.RELEASED)
    made = {
        "id": account.new_id("rfnd"),
        "entity": "refund",
        "amount": payment["amount"],
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": [],
        "receipt": None,
        "created_at": account.now_s(),
        "status": "processed",
        "speed_processed": "normal",
        "speed_requested": "normal",
    }
    account.put("refund", made)
    account.emit("refund.processed", {"refund": made, "payment": payment})


def _stand(account: Account, payment: Thing, standing: Standing) -> None:
    account.book.restate(GATEWAY, Kind.CHARGE, payment["id"], standing)
