"""Invoices of Stripe's own billing: drafted, finalised, collected, and what becomes of them."""

from collections.abc import Sequence
from typing import Any

from bursar.sandbox.fake.stripe import intents
from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.errors import StripeError, refused
from bursar.sandbox.fake.stripe.listing import page, whole
from bursar.sandbox.fake.stripe.money import minor
from bursar.sandbox.stripe_billing import invoice, invoice_payment
from bursar.sandbox.stripe_objects import told

KIND = "invoice"
RETRY_AFTER_S = (3 * 86_400, 5 * 86_400, 7 * 86_400)
"""Seconds until the next attempt: a school's setting of Stripe's retries, then it gives up."""
NUMBER_DIGITS = 4


def make_draft(account: Account, subscription: Thing, lines: Sequence[Thing], reason: str) -> Thing:
    """A draft for a subscription. What it comes to is fixed when it is finalised."""
    made = account.put(describe(account, subscription, lines, reason, account.new_id("in")))
    account.emit("invoice.created", made)
    return made


def describe(
    account: Account, subscription: Thing, lines: Sequence[Thing], reason: str, invoice_id: str
) -> Thing:
    """An invoice as it would be, kept nowhere: also the preview."""
    currency = lines[0]["currency"] if lines else subscription["currency"]
    described = invoice(
        told(
            {
                "invoice": invoice_id,
                "subscription": subscription["id"],
                "currency": currency.upper(),
                "customer": subscription["customer"],
                "metadata": dict(subscription["metadata"]),
                "created": account.now_s(),
            }
        ),
        status="draft",
    )
    customer = account.get("customer", subscription["customer"])
    total = sum(line["amount"] for line in lines)
    due = max(0, total + customer["balance"])
    return described | {
        "amount_due": due,
        "amount_remaining": due,
        "billing_reason": reason,
        "collection_method": subscription["collection_method"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "ending_balance": None,
        "lines": whole(list(lines), f"/v1/invoices/{invoice_id}/lines"),
        "period_end": account.now_s(),
        "period_start": account.now_s(),
        "starting_balance": customer["balance"],
        "subtotal": total,
        "total": total,
    }


def finalize(account: Account, draft: Thing) -> None:
    """Open it. Credit of the customer is used up first, a negative total becomes credit."""
    customer = account.get("customer", draft["customer"])
    rest = draft["total"] + customer["balance"]
    customer["balance"] = min(0, rest)
    draft |= {
        "amount_due": max(0, rest),
        "amount_remaining": max(0, rest),
        "ending_balance": customer["balance"],
        "number": f"FAKE-{len(account.all(KIND)):0{NUMBER_DIGITS}d}",
        "status": "open",
    }
    draft["status_transitions"]["finalized_at"] = account.now_s()
    account.emit("invoice.finalized", draft)
    if not rest > 0:
        _pay_off(account, draft, 0)
        return
    minor(rest, draft["currency"])
    intent = intents.create(
        account,
        {
            "amount": rest,
            "currency": draft["currency"],
            "customer": draft["customer"],
            "description": "Subscription",
        },
    )
    story = told({"invoice": draft["id"], "payment": intent["id"], "created": account.now_s()})
    payment = invoice_payment(story) | {
        "id": account.new_id("inpay"),
        "amount_paid": None,
        "amount_requested": rest,
        "currency": draft["currency"],
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    account.put(payment)
    account.behind[intent["id"]] = draft["id"]


def collect(account: Account, due: Thing, method: str | None, *, off_session: bool) -> StripeError | None:
    """Try to take what an open invoice asks for. Returns why the bank refused, if it did."""
    intent = intent_of(account, due)
    if due["status"] != "open" or intent is None:
        return None
    if method is None:
        return refused(
            "This customer has no attached payment source or default payment method.", "resource_missing"
        )
    try:
        intents.confirm(account, {"payment_method": method, "off_session": off_session}, intent["id"])
    except StripeError as declined:
        return declined
    return None


def hear_intent(account: Account, intent: Thing) -> None:
    """What an intent's fate means for the invoice it is for, where it is for one."""
    due = account.find(KIND, account.behind.get(intent["id"]))
    if due is None or due["status"] not in ("open", "uncollectible"):
        return
    if intent["status"] == "succeeded":
        _pay_off(account, due, intent["amount_received"])
    elif intent["status"] == "requires_action":
        account.emit("invoice.payment_action_required", due)
    elif intent["last_payment_error"]:
        _fail(account, due)


def void(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """Take back an invoice that is not paid."""
    taken_back = account.get(KIND, id_)
    if taken_back["status"] not in ("open", "uncollectible"):
        raise refused(
            f"You can only void open or uncollectible invoices, not {taken_back['status']}.",
            "invoice_not_open",
        )
    _end(account, taken_back, "void", "voided")
    return taken_back


def mark_uncollectible(account: Account, lost: Thing) -> None:
    """Nobody expects it to be paid any more."""
    _end(account, lost, "uncollectible", "marked_uncollectible")


def pay(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Try to collect now, with another method if one is given. Raises StripeError (402) when refused."""
    due = account.get(KIND, id_)
    if due["status"] not in ("open", "uncollectible"):
        raise refused(f"Invoice is already {due['status']}.", "invoice_not_open")
    if params.get("paid_out_of_band"):
        _pay_off(account, due, 0)
        return due
    due["status"] = "open"
    method = params.get("payment_method") or default_method(account, due["customer"])
    problem = collect(account, due, method, off_session=params.get("off_session", True))
    if problem:
        raise problem
    return due


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One invoice."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Invoices, of a subscription if asked for."""
    wanted = params.pop("subscription", None)
    found = [one for one in account.all(KIND) if wanted in (None, subscription_id(one))]
    return page(found, params, "/v1/invoices")


def list_payments(account: Account, params: dict[str, Any]) -> Thing:
    """Payments put to invoices: how an intent finds its invoice since 2025-03-31."""
    return page(account.all("invoice_payment"), params, "/v1/invoice_payments")


def subscription_id(one: Thing) -> str:
    """Whose invoice it is."""
    return str(one["parent"]["subscription_details"]["subscription"])


def intent_of(account: Account, due: Thing) -> Thing | None:
    """The intent that pays an invoice, where there is something to pay."""
    for payment in account.where("invoice_payment", invoice=due["id"]):
        return account.get("payment_intent", payment["payment"]["payment_intent"])
    return None


def default_method(account: Account, customer_id: str, subscription: Thing | None = None) -> str | None:
    """The subscription's payment method, else the customer's."""
    own = subscription["default_payment_method"] if subscription else None
    settings = account.get("customer", customer_id)["invoice_settings"]
    method: str | None = own or settings["default_payment_method"]
    return method


def _pay_off(account: Account, due: Thing, amount: int) -> None:
    due |= {
        "amount_paid": amount,
        "amount_remaining": due["amount_due"] - amount,
        "attempt_count": due["attempt_count"] + bool(amount),
        "attempted": True,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "paid",
    }
    due["status_transitions"]["paid_at"] = account.now_s()
    account.emit("invoice.paid", due)
    account.emit("invoice.payment_succeeded", due)
    for payment in account.where("invoice_payment", invoice=due["id"], status="open"):
        payment |= {"amount_paid": amount, "status": "paid" if amount else "canceled"}
        if amount:
            payment["status_transitions"]["paid_at"] = account.now_s()
            account.emit("invoice_payment.paid", payment)
    account.tell(due)


def _fail(account: Account, due: Thing) -> None:
    tried = due["attempt_count"] = due["attempt_count"] + 1
    due["attempted"] = True
    again_s = RETRY_AFTER_S[tried - 1] if tried <= len(RETRY_AFTER_S) else None
    due["next_payment_attempt"] = account.now_s() + again_s if again_s else None
    account.emit("invoice.payment_failed", due)
    account.tell(due)


def _end(account: Account, ended: Thing, status: str, word: str) -> None:
    ended |= {"auto_advance": False, "next_payment_attempt": None, "status": status}
    ended["status_transitions"][f"{word}_at"] = account.now_s()
    intent = intent_of(account, ended)
    if status == "void" and intent and intent["status"] not in ("succeeded", "canceled", "processing"):
        intents.cancel(account, {"cancellation_reason": "void_invoice"}, intent["id"])
    account.emit(f"invoice.{word}", ended)
