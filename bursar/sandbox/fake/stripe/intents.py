"""Stripe's payment intents: one payment through all its attempts."""

from typing import Any

from bursar.sandbox.fake.book import Standing
from bursar.sandbox.fake.stripe import charges
from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.attempts import attempt, fail, succeed, unexpected
from bursar.sandbox.fake.stripe.cards import Refusal
from bursar.sandbox.fake.stripe.errors import StripeError, refused
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.stripe.metadata import merged
from bursar.sandbox.fake.stripe.methods import attach, card_of, method_of
from bursar.sandbox.fake.stripe.money import currency_of, minor
from bursar.sandbox.stripe_objects import intent_waiting, told

KIND = "payment_intent"
_NOT_CANCELABLE = ("succeeded", "canceled", "processing")
_PLAIN = ("description", "receipt_email", "setup_future_usage", "statement_descriptor", "transfer_group")


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A new intent; with `confirm` it is charged in the same request."""
    currency = currency_of(params["currency"])
    intent = intent_waiting(
        told(
            {
                "payment": account.new_id("pi"),
                "amount_minor": minor(params["amount"], currency),
                "currency": currency.upper(),
                "customer": params.get("customer"),
                "metadata": merged({}, params.get("metadata")),
                "created": account.now_s(),
            }
        )
    )
    if intent["customer"]:
        account.get("customer", intent["customer"], "customer")
    intent |= {
        "capture_method": params.get("capture_method", "automatic_async"),
        "next_action": None,
        "payment_details": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    intent |= {name: params.get(name) for name in _PLAIN}
    if "payment_method" in params:
        intent["payment_method"] = method_of(account, params["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
    account.put(intent)
    account.emit("payment_intent.created", intent)
    if params.get("confirm"):
        confirm(account, params, intent["id"])
    elif "off_session" in params:
        raise StripeError("off_session can only be given together with confirm=true.", param="off_session")
    return intent


def confirm(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Try to take the money. Raises StripeError (402) when the bank refuses."""
    intent = account.get(KIND, id_)
    method = params.get("payment_method") or intent["payment_method"]
    if method is None:
        raise refused(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            "payment_intent_unexpected_state",
            payment_intent=dict(intent),
        )
    intent["setup_future_usage"] = params.get("setup_future_usage", intent["setup_future_usage"])
    off_session = params.get("off_session", False) not in (False, "")
    attempt(account, intent, method, off_session=off_session)
    if intent["setup_future_usage"] and intent["customer"] and intent["status"] != "requires_action":
        attach(account, {"customer": intent["customer"]}, intent["payment_method"])
    return intent


def update(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Change what is said of it; amounts only before it was charged."""
    intent = account.get(KIND, id_)
    if "amount" in params:
        if intent["status"] in ("succeeded", "canceled", "processing", "requires_capture"):
            raise unexpected(intent, "update the amount of")
        minor(params["amount"], intent["currency"])
        intent["amount"] = params["amount"]
    intent["metadata"] = merged(intent["metadata"], params.get("metadata"))
    intent |= {name: params[name] or None for name in _PLAIN if name in params}
    return intent


def capture(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Take what was held, or a part of it; the rest is released."""
    intent = account.get(KIND, id_)
    if intent["status"] != "requires_capture":
        raise unexpected(intent, "capture")
    amount = params["amount_to_capture"] if "amount_to_capture" in params else intent["amount_capturable"]
    if not 0 < amount <= intent["amount_capturable"]:
        raise StripeError(
            f"The amount_to_capture must be between 1 and {intent['amount_capturable']}.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charge = account.get("charge", intent["latest_charge"])
    charges.take_money(account, charge, amount)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    account.emit("charge.captured", charge)
    account.emit("payment_intent.succeeded", intent)
    charges.settle(account, charge)
    return intent


def cancel(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Give it up; money that was only held is released."""
    intent = account.get(KIND, id_)
    if intent["status"] in _NOT_CANCELABLE:
        raise unexpected(intent, "cancel")
    if intent["status"] == "requires_capture":
        charge = account.get("charge", intent["latest_charge"])
        charge |= {"amount_refunded": charge["amount"], "refunded": True}
        charges.stand(account, charge, Standing.RELEASED)
        account.emit("charge.refunded", charge)
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": account.now_s(),
        "cancellation_reason": params.get("cancellation_reason"),
        "next_action": None,
    }
    account.emit("payment_intent.canceled", intent)
    return intent


def answer_bank(account: Account, intent: Thing, *, ok: bool) -> None:
    """What the payer's bank says days later about a transfer, or at once after a challenge.

    A transfer that was given up may arrive all the same: the same charge then succeeds.
    """
    if intent["status"] == "requires_action":
        _answer_challenge(account, intent, ok=ok)
        return
    charge = account.find("charge", intent["latest_charge"])
    given_up = charge is not None and charge["status"] == "failed" and _is_slow(account, charge)
    if charge is None or not (intent["status"] == "processing" or (ok and given_up)):
        raise unexpected(intent, "settle")
    if ok:
        charge |= {"failure_code": None, "failure_message": None}
        intent["payment_method"] = charge["payment_method"]
        succeed(account, intent, charge)
    else:
        fail(account, intent, charge, Refusal(code="payment_intent_payment_attempt_failed"))


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One intent."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Intents, newest first."""
    return page(account.all(KIND), params, "/v1/payment_intents")


def _is_slow(account: Account, charge: Thing) -> bool:
    return card_of(account, charge["payment_method"]).later


def _answer_challenge(account: Account, intent: Thing, *, ok: bool) -> None:
    if ok:
        attempt(account, intent, intent["payment_method"], authenticated=True)
        return
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent["last_payment_error"] = {
        "code": "payment_intent_authentication_failure",
        "message": "The payer was not authenticated.",
        "type": "invalid_request_error",
    }
    account.emit("payment_intent.payment_failed", intent)
