"""What a payer does with a Checkout Session: pays, is declined, pays by a bank that answers in days."""

from typing import Any

from bursar.errors import Refused
from bursar.sandbox.fake.stripe import customers, intents, subscriptions
from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.stripe.methods import attach
from bursar.sandbox.fake.stripe.sessions import KIND, Basket
from bursar.sandbox.fake.vendor import NoSuchThing

BY_CARD = "pm_card_visa"
REFUSED_CARD = "pm_card_chargeDeclined"
BY_TRANSFER = "pm_usBankAccount"


def pay(account: Account, session_id: str, method: str = BY_CARD, email: str | None = None) -> Thing:
    """Try to pay. A declined payer may try again: the session stays open, its intent is the same.

    Raises Refused when the session is not open, StripeError when the bank refuses.
    """
    session = open_session(account, session_id)
    basket: Basket = account.behind[session["id"]]
    _identify(account, session, email)
    try:
        if session["mode"] == "subscription":
            _subscribe(account, session, basket, method)
        else:
            _pay_once(account, session, basket, method)
    except StripeError as declined:
        basket.last_error = str(declined)
        raise
    return session


def settle(account: Account, payment: str, *, ok: bool) -> Thing:
    """The bank's late answer to a transfer or a challenge, and what it means for the session."""
    intent = account.find("payment_intent", payment)
    if intent is None:
        raise NoSuchThing(f"there is no payment intent {payment}")
    intents.answer_bank(account, intent, ok=ok)
    for session in account.all(KIND):
        billed = session["invoice"] is not None and session["invoice"] == account.behind.get(intent["id"])
        if billed or intent["id"] in (session["payment_intent"], account.behind.get(_slot(session))):
            _hear(account, session, intent, ok=ok)
    return intent


def open_session(account: Account, session_id: str) -> Thing:
    """An open session. Raises NoSuchThing or Refused."""
    session = account.find(KIND, session_id)
    if session is None:
        raise NoSuchThing(f"there is no checkout session {session_id}")
    if session["status"] != "open":
        raise Refused(f"{session_id} is {session['status']}, not open")
    return session


def _hear(account: Account, session: Thing, intent: Thing, *, ok: bool) -> None:
    if session["status"] == "open":
        if intent["status"] == "succeeded":
            _complete(account, session, intent)
        return
    if ok:
        session["payment_status"] = "paid"
    word = "succeeded" if ok else "failed"
    account.emit(f"checkout.session.async_payment_{word}", session)


def _complete(account: Account, session: Thing, intent: Thing) -> None:
    session |= {
        "payment_intent": intent["id"],
        "payment_method_types": intent["payment_method_types"],
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
    }
    _close(account, session)


def _close(account: Account, session: Thing) -> None:
    account.behind[session["id"]].last_error = ""
    session |= {"status": "complete", "url": None}
    account.emit("checkout.session.completed", session)


def _pay_once(account: Account, session: Thing, basket: Basket, method: str) -> None:
    intent = _intent(account, session, basket)
    intents.confirm(account, {"payment_method": method}, intent["id"])
    if intent["status"] in ("succeeded", "processing", "requires_capture"):
        _complete(account, session, intent)


def _subscribe(account: Account, session: Thing, basket: Basket, method: str) -> None:
    """The payer's method is saved and the subscription begins; a declined one leaves the session open."""
    saved = attach(account, {"customer": session["customer"]}, method)
    begun = subscriptions.create(
        account,
        {
            **basket.subscription_data,
            "customer": session["customer"],
            "default_payment_method": saved["id"],
            "items": [{"price": line["price"]["id"], "quantity": line["quantity"]} for line in basket.lines],
            "payment_behavior": "error_if_incomplete",
        },
    )
    first = account.get("invoice", begun["latest_invoice"])
    due = "paid" if first["amount_paid"] else "no_payment_required"
    session |= {
        "invoice": first["id"],
        "payment_status": due if first["status"] == "paid" else "unpaid",
        "subscription": begun["id"],
    }
    _close(account, session)


def _slot(session: Thing) -> str:
    """Where the intent of a session that is not complete is kept."""
    return f"{session['id']}.intent"


def _intent(account: Account, session: Thing, basket: Basket) -> Thing:
    """The session's intent, made when its payer first submits."""
    made = account.behind.get(_slot(session))
    if made:
        return account.get("payment_intent", made)
    asked: dict[str, Any] = {
        **basket.intent_data,
        "amount": session["amount_total"],
        "currency": session["currency"],
    }
    if session["customer"]:
        asked["customer"] = session["customer"]
    intent = intents.create(account, asked)
    intent["payment_details"] = {"customer_reference": None, "order_reference": session["id"]}
    account.behind[_slot(session)] = intent["id"]
    return intent


def _identify(account: Account, session: Thing, email: str | None) -> None:
    """The payer gives an address; a customer is made where the session asks for one."""
    address = email or session["customer_email"]
    if session["customer"] is None and (
        session["customer_creation"] == "always" or session["mode"] != "payment"
    ):
        session["customer"] = customers.create(account, {"email": address} if address else {})["id"]
    session["customer_details"] = {
        "address": {"city": None, "country": "US", "line1": None, "postal_code": "10001", "state": None},
        "email": address or "payer@example.com",
        "name": "Sample Payer",
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
