"""Stripe's test payment methods by name, and what happens when each is charged.

Source: docs.stripe.com/testing. `pm_card_visa_chargeDeclined` and `pm_card_chargeDeclined` are the same.
"""

from dataclasses import dataclass
from enum import StrEnum, auto

from bursar.sandbox.fake.stripe.errors import missing


class RefundFate(StrEnum):
    """What becomes of a refund to this card."""

    SUCCEEDS = auto()
    PENDING = auto()
    FAILS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A bank's no."""

    code: str
    decline_code: str | None = None
    advice_code: str | None = None
    network_decline_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One test payment method."""

    brand: str = "visa"
    last4: str = "4242"
    kind: str = "card"
    refusal: Refusal | None = None
    attaches: bool = False
    """A refused card that can be saved all the same."""
    challenge: bool = False
    """The bank wants the payer: an off-session charge fails."""
    later: bool = False
    """The money arrives in days, or not at all."""
    refund: RefundFate = RefundFate.SUCCEEDS
    disputed: bool = False


def _declined(reason: str, advice: str | None, network: str | None, last4: str) -> Card:
    refusal = Refusal(
        code="card_declined", decline_code=reason, advice_code=advice, network_decline_code=network
    )
    return Card(last4=last4, refusal=refusal)


AUTHENTICATION_REQUIRED = Refusal(
    code="authentication_required", decline_code="authentication_required", network_decline_code="1A"
)
_AGAIN, _NEVER, _CONFIRM = "try_again_later", "do_not_try_again", "confirm_card_data"
_CARDS = {
    "pm_card_visa": Card(),
    "pm_card_visa_debit": Card(last4="5556"),
    "pm_card_mastercard": Card(brand="mastercard", last4="4444"),
    "pm_card_amex": Card(brand="amex", last4="8431"),
    "pm_card_in": Card(last4="0008"),
    "pm_card_chargeDeclined": _declined("generic_decline", None, "05", "0002"),
    "pm_card_chargeDeclinedInsufficientFunds": _declined("insufficient_funds", _AGAIN, "51", "9995"),
    "pm_card_chargeDeclinedLostCard": _declined("lost_card", _NEVER, "41", "9987"),
    "pm_card_chargeDeclinedStolenCard": _declined("stolen_card", _NEVER, "43", "9979"),
    "pm_card_chargeDeclinedFraudulent": _declined("fraudulent", _NEVER, None, "0019"),
    "pm_card_chargeDeclinedVelocityLimitExceeded": _declined("card_velocity_exceeded", _AGAIN, "65", "6975"),
    "pm_card_chargeDeclinedExpiredCard": Card(
        last4="0069",
        refusal=Refusal(code="expired_card", advice_code=_CONFIRM, network_decline_code="54"),
    ),
    "pm_card_chargeDeclinedIncorrectCvc": Card(
        last4="0127",
        refusal=Refusal(code="incorrect_cvc", advice_code=_CONFIRM, network_decline_code="N7"),
    ),
    "pm_card_chargeDeclinedProcessingError": Card(
        last4="0119",
        refusal=Refusal(code="processing_error", advice_code=_AGAIN, network_decline_code="96"),
    ),
    "pm_card_chargeCustomerFail": Card(
        last4="0341",
        attaches=True,
        refusal=Refusal(code="card_declined", decline_code="generic_decline", network_decline_code="05"),
    ),
    "pm_card_authenticationRequired": Card(last4="3184", challenge=True),
    "pm_card_createDispute": Card(last4="0259", disputed=True),
    "pm_card_pendingRefund": Card(last4="7726", refund=RefundFate.PENDING),
    "pm_card_refundFail": Card(last4="5126", refund=RefundFate.FAILS),
    "pm_usBankAccount": Card(brand="", last4="6789", kind="us_bank_account", later=True),
    "pm_sepaDebit": Card(brand="", last4="3000", kind="sepa_debit", later=True),
}
_ALIASES = {"pm_card_chargeDeclinedCvcFail": "pm_card_chargeDeclinedIncorrectCvc"}


def test_card(name: str) -> Card | None:
    """The card with this name of Stripe's, if it is one."""
    plain = name.replace("pm_card_visa_charge", "pm_card_charge")
    return _CARDS.get(_ALIASES.get(plain, plain))


def get_test_card(name: str, param: str) -> Card:
    """The card with this name. Raises StripeError."""
    card = test_card(name)
    if card is None:
        raise missing("PaymentMethod", name, param)
    return card
