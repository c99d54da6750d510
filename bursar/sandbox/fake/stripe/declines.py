"""A bank's no in Stripe's words: as an error of the API, on the intent, and on the charge."""

from typing import Any

from bursar.sandbox.fake.stripe.account import Thing
from bursar.sandbox.fake.stripe.cards import Refusal
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.vendor import Decline

PAYMENT_REQUIRED = 402
_DECLINED = "Your card was declined."
_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def scripted(decline: Decline) -> Refusal:
    """The refusal that a fault asked for."""
    return Refusal(code="card_declined", decline_code=decline.code, advice_code=decline.advice)


def message_of(refusal: Refusal) -> str:
    """What the payer may be told."""
    return _MESSAGES.get(refusal.decline_code or refusal.code, _DECLINED)


def card_error(refusal: Refusal, charge: str | None, **more: Any) -> StripeError:
    """What the caller is answered; `more` is the intent and the payment method where there are any."""
    return StripeError(
        message_of(refusal),
        status=PAYMENT_REQUIRED,
        type_="card_error",
        code=refusal.code,
        acted=True,
        charge=charge,
        decline_code=refusal.decline_code,
        advice_code=refusal.advice_code,
        network_decline_code=refusal.network_decline_code,
        **more,
    )


def refuse_charge(charge: Thing, refusal: Refusal) -> None:
    """Mark a charge as refused; nothing was taken."""
    outcome = {
        "advice_code": refusal.advice_code,
        "network_advice_code": None,
        "network_decline_code": refusal.network_decline_code,
        "network_status": "declined_by_network",
        "reason": refusal.decline_code or refusal.code,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    charge |= {
        "amount_captured": 0,
        "captured": False,
        "failure_code": refusal.code,
        "failure_message": message_of(refusal),
        "outcome": outcome,
        "paid": False,
        "status": "failed",
    }
