"""One attempt to take an intent's money, and everything Stripe announces about it."""

from bursar.sandbox.fake.book import Standing
from bursar.sandbox.fake.stripe import charges, disputes
from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.cards import AUTHENTICATION_REQUIRED, Card, Refusal
from bursar.sandbox.fake.stripe.declines import card_error, message_of, refuse_charge, scripted
from bursar.sandbox.fake.stripe.errors import StripeError, refused
from bursar.sandbox.fake.stripe.methods import card_of, method_of

_TO_BE_TRIED = ("requires_payment_method", "requires_confirmation", "requires_action")


def attempt(
    account: Account,
    intent: Thing,
    method_id: str,
    *,
    off_session: bool = False,
    authenticated: bool = False,
) -> None:
    """Charge the intent. It then is succeeded, processing, held or waits for its payer.

    Raises StripeError (402) when the bank refuses.
    """
    if intent["status"] not in _TO_BE_TRIED:
        raise unexpected(intent, "confirm")
    method = method_of(account, method_id)
    card = card_of(account, method["id"])
    decline = account.take_decline()
    intent |= {"payment_method": method["id"], "next_action": None, "payment_method_types": [card.kind]}
    if card.challenge and not (off_session or authenticated or decline):
        intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
        account.emit("payment_intent.requires_action", intent)
        account.tell(intent)
        return
    charge = charges.make(account, intent, method, card)
    intent["latest_charge"] = charge["id"]
    refusal = scripted(decline) if decline else card.refusal
    if card.challenge and not authenticated:
        refusal = refusal or AUTHENTICATION_REQUIRED
    if refusal:
        raise fail(account, intent, charge, refusal)
    _accept(account, intent, charge, card)


def succeed(account: Account, intent: Thing, charge: Thing) -> None:
    """The money has come: what a card does at once and a bank transfer days later."""
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
    charges.take_money(account, charge, intent["amount"])
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)
    charges.settle(account, charge)
    account.tell(intent)


def fail(account: Account, intent: Thing, charge: Thing, refusal: Refusal) -> StripeError:
    """The bank refused: announce it, and return the error to answer with. Another method may follow."""
    refuse_charge(charge, refusal)
    charges.stand(account, charge, Standing.FAILED)
    method = account.get("payment_method", charge["payment_method"])
    intent |= {"status": "requires_payment_method", "payment_method": None}
    intent["last_payment_error"] = {
        "advice_code": refusal.advice_code,
        "charge": charge["id"],
        "code": refusal.code,
        "decline_code": refusal.decline_code,
        "message": message_of(refusal),
        "network_decline_code": refusal.network_decline_code,
        "payment_method": dict(method),
        "type": "card_error",
    }
    account.emit("charge.failed", charge)
    account.emit("payment_intent.payment_failed", intent)
    account.tell(intent)
    return card_error(refusal, charge["id"], payment_intent=dict(intent), payment_method=dict(method))


def unexpected(intent: Thing, verb: str) -> StripeError:
    """The intent's status does not allow it."""
    return refused(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        "payment_intent_unexpected_state",
        payment_intent=dict(intent),
    )


def _accept(account: Account, intent: Thing, charge: Thing, card: Card) -> None:
    if card.later:
        intent["status"] = "processing"
        account.emit("payment_intent.processing", intent)
        account.emit("charge.pending", charge)
    elif intent["capture_method"] == "manual":
        charge |= {"paid": True, "status": "succeeded"}
        charges.stand(account, charge, Standing.AUTHORIZED)
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        account.emit("charge.succeeded", charge)
        account.emit("payment_intent.amount_capturable_updated", intent)
    else:
        succeed(account, intent, charge)
        if card.disputed:
            account.schedule(account.now_s(), lambda: disputes.open_(account, charge["id"]))
