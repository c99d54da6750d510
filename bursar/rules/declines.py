"""Why a bank or wallet said no, in words for the payer, who never sees a gateway's code.

Sources: Stripe https://docs.stripe.com/declines/codes, Razorpay https://razorpay.com/docs/errors/payments/,
PayPal https://developer.paypal.com/api/rest/reference/orders/v2/errors/ and its processor response codes.
"""

from enum import StrEnum
from typing import NamedTuple


class DeclineReason(StrEnum):
    """What a decline means for the one who pays."""

    NO_MONEY = "no_money"
    LIMIT = "limit"
    EXPIRED = "expired"
    WRONG_DETAILS = "wrong_details"
    NOT_CONFIRMED = "not_confirmed"
    """The bank asked the payer to confirm, and nobody did."""
    CANCELED = "canceled"
    """The payer went away."""
    NOT_SUPPORTED = "not_supported"
    BLOCKED = "blocked"
    """Lost, stolen, closed, or suspected: banks do not want the payer to be told which."""
    MANDATE_ENDED = "mandate_ended"
    BANK_AWAY = "bank_away"
    REFUSED = "refused"
    """No without a reason: also what we say of a code that nobody has listed yet."""


class Words(NamedTuple):
    """Two sentences for the payer."""

    reason: str
    advice: str


WORDS: dict[DeclineReason, Words] = {
    DeclineReason.NO_MONEY: Words(
        "There was not enough money on the account.", "Please try again later, or pay in another way."
    ),
    DeclineReason.LIMIT: Words(
        "It is more than your bank allows at once or in a day.",
        "Please ask your bank to raise the limit, or pay in another way.",
    ),
    DeclineReason.EXPIRED: Words("The card has expired.", "Please use another card."),
    DeclineReason.WRONG_DETAILS: Words(
        "Something about the card or account was typed wrongly.", "Please check it and try again."
    ),
    DeclineReason.NOT_CONFIRMED: Words(
        "Your bank wanted you to confirm the payment, and that did not happen.",
        "Please try again and confirm it in your bank's app or by its code.",
    ),
    DeclineReason.CANCELED: Words("The payment was not finished.", "You can start it again at any time."),
    DeclineReason.NOT_SUPPORTED: Words(
        "Your bank does not allow this kind of payment with this card or account.",
        "Please pay in another way, or ask your bank to allow it.",
    ),
    DeclineReason.BLOCKED: Words(
        "Your bank did not allow the payment.", "Please pay in another way, or ask your bank."
    ),
    DeclineReason.MANDATE_ENDED: Words(
        "You had not allowed this charge, or have withdrawn it.", "Please pay this one yourself."
    ),
    DeclineReason.BANK_AWAY: Words(
        "Your bank could not be reached.", "Please try again in a few minutes, or pay in another way."
    ),
    DeclineReason.REFUSED: Words(
        "Your bank refused the payment and gave no reason.",
        "Please try again, pay in another way, or ask your bank.",
    ),
}

_BY_REASON: dict[str, dict[DeclineReason, str]] = {
    "stripe": {
        DeclineReason.NO_MONEY: "insufficient_funds withdrawal_count_limit_exceeded",
        DeclineReason.LIMIT: "card_velocity_exceeded amount_too_large",
        DeclineReason.EXPIRED: "expired_card invalid_expiry_year invalid_expiry_month",
        DeclineReason.WRONG_DETAILS: (
            "incorrect_number incorrect_cvc incorrect_zip incorrect_pin incorrect_address "
            "invalid_number invalid_cvc invalid_pin invalid_account offline_pin_required "
            "online_or_offline_pin_required"
        ),
        DeclineReason.NOT_CONFIRMED: (
            "authentication_required approve_with_id payment_intent_authentication_failure "
            "authentication_not_handled mobile_device_authentication_required "
            "setup_intent_authentication_failure"
        ),
        DeclineReason.NOT_SUPPORTED: (
            "card_not_supported currency_not_supported not_permitted transaction_not_allowed "
            "service_not_allowed invalid_amount testmode_decline"
        ),
        DeclineReason.BLOCKED: (
            "fraudulent lost_card stolen_card pickup_card restricted_card merchant_blacklist "
            "security_violation pin_try_exceeded account_closed bank_account_closed blocked_by_stripe "
            "highest_risk_level elevated_risk_level"
        ),
        DeclineReason.MANDATE_ENDED: (
            "stop_payment_order revocation_of_authorization revocation_of_all_authorizations "
            "debit_not_authorized payment_method_mandate_invalid"
        ),
        DeclineReason.BANK_AWAY: (
            "issuer_not_available processing_error reenter_transaction try_again_later "
            "payment_method_provider_timeout"
        ),
        DeclineReason.REFUSED: (
            "generic_decline card_declined call_issuer do_not_honor do_not_try_again no_action_taken "
            "duplicate_transaction new_account_information_available payment_method_provider_decline"
        ),
    },
    "razorpay": {
        DeclineReason.NO_MONEY: "insufficient_funds insufficient_balance",
        DeclineReason.LIMIT: (
            "transaction_limit_exceeded transaction_daily_limit_exceeded "
            "transaction_daily_count_exceeded amount_limit_exceeded "
            "transaction_frequency_limit_exceeded transaction_amount_exceeded"
        ),
        DeclineReason.EXPIRED: "card_expired",
        DeclineReason.WRONG_DETAILS: (
            "incorrect_card_details incorrect_card_expiry_date incorrect_cardholder_name incorrect_cvv "
            "incorrect_otp incorrect_pin incorrect_atm_pin invalid_vpa input_validation_failed "
            "invalid_mobile_number user_not_registered_for_netbanking incorrect_upi_pin "
            "card_number_invalid"
        ),
        DeclineReason.NOT_CONFIRMED: (
            "authentication_failed otp_expired otp_attempts_exceeded payment_timed_out "
            "payment_collect_request_expired pin_attempts_exceeded payment_pending "
            "payment_session_expired"
        ),
        DeclineReason.CANCELED: "payment_cancelled payment_canceled",
        DeclineReason.NOT_SUPPORTED: (
            "international_transaction_not_allowed card_not_enrolled card_type_invalid bank_not_enabled "
            "payment_method_not_enabled recurring_payment_not_enabled card_disabled_for_online_payments "
            "transaction_not_permitted emi_plan_unavailable"
        ),
        DeclineReason.BLOCKED: (
            "card_lost_or_stolen payment_risk_check_failed debit_instrument_blocked "
            "debit_instrument_inactive bank_account_invalid account_closed account_blocked card_blocked"
        ),
        DeclineReason.MANDATE_ENDED: (
            "mandate_cancelled mandate_not_active mandate_paused mandate_expired "
            "debit_instrument_mandate_revoked"
        ),
        DeclineReason.BANK_AWAY: (
            "bank_technical_error gateway_technical_error server_error issuer_technical_error "
            "bank_window_expired vpa_resolution_failed upi_app_technical_error acquirer_technical_error"
        ),
        DeclineReason.REFUSED: "payment_declined payment_failed card_declined bank_declined",
    },
    "paypal": {
        DeclineReason.NO_MONEY: "5120 9100 INSUFFICIENT_FUNDS",
        DeclineReason.LIMIT: "5150 5160 TRANSACTION_LIMIT_EXCEEDED CARD_LIMIT_EXCEEDED",
        DeclineReason.EXPIRED: "5400 CARD_EXPIRED",
        DeclineReason.WRONG_DETAILS: "5110 5180 1330 00N7 CARD_NUMBER_INVALID CVV2_FAILURE",
        DeclineReason.NOT_CONFIRMED: "1A 65 PAYER_ACTION_REQUIRED PAYER_AUTHENTICATION_REQUIRED",
        DeclineReason.CANCELED: "ORDER_VOIDED ORDER_EXPIRED",
        DeclineReason.NOT_SUPPORTED: (
            "5170 5190 5200 5210 PAYER_COUNTRY_NOT_SUPPORTED CURRENCY_NOT_SUPPORTED"
        ),
        DeclineReason.BLOCKED: (
            "9500 9510 9520 9530 9540 9600 5700 5710 PPAB PPAD PAYER_ACCOUNT_RESTRICTED "
            "PAYER_ACCOUNT_LOCKED_OR_CLOSED COMPLIANCE_VIOLATION"
        ),
        DeclineReason.MANDATE_ENDED: "PAYMENT_TOKEN_EXPIRED BILLING_AGREEMENT_CANCELLED TOKEN_NOT_ACTIVE",
        DeclineReason.BANK_AWAY: "5800 5900 5910 5920 0800 PROCESSING_FAILURE",
        DeclineReason.REFUSED: (
            "0500 0580 0R00 5100 5130 5140 DECLINED TRANSACTION_REFUSED INSTRUMENT_DECLINED "
            "DECLINED_BY_PROCESSOR PAYER_CANNOT_PAY TRANSACTION_BLOCKED_BY_PAYEE"
        ),
    },
}
"""What each code means, by gateway."""

CODES: dict[str, dict[str, DeclineReason]] = {
    gateway: {code.lower(): reason for reason, codes in reasons.items() for code in codes.split()}
    for gateway, reasons in _BY_REASON.items()
}
"""The same, by code in lower case: gateways are not of one mind about capitals."""


def decline_reason(gateway: str, code: str | None) -> DeclineReason:
    """What a gateway's code means; REFUSED for one that is not listed, and where there is none."""
    return CODES.get(gateway, {}).get((code or "").lower(), DeclineReason.REFUSED)
