"""Stripe behind the core's Vendor: reads a call, checks it, does it, answers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import orjson

from bursar.sandbox.fake.gateways import Ground
from bursar.sandbox.fake.stripe import (
    checkout,
    disputes,
    invoices,
    payouts,
    refunds,
    renewals,
    routes,
    staleness,
)
from bursar.sandbox.fake.stripe.account import GATEWAY, Account
from bursar.sandbox.fake.stripe.checking import check
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.stripe.expanding import expanded
from bursar.sandbox.fake.stripe.forms import decode
from bursar.sandbox.fake.stripe.money import shown
from bursar.sandbox.fake.stripe.sessions import KIND, Basket
from bursar.sandbox.fake.vendor import Answer, Call, Choice, Decline, Offer, Trouble
from bursar.sandbox.signers import sign_stripe
from bursar.sandbox.stripe_objects import API_VERSION

KEY_LENGTH_MAX = 255
"""Characters of an idempotency key (docs.stripe.com/api/idempotent_requests)."""
_API_ERROR, _KEY_ERROR = "api_error", "idempotency_error"
_TROUBLES = {
    Trouble.RATE_LIMITED: StripeError("Request rate limit exceeded.", status=429, code="rate_limit"),
    Trouble.SERVER_ERROR: StripeError(
        "An error occurred on our end.", status=500, type_=_API_ERROR, acted=True
    ),
    Trouble.KEY_OF_OTHER_PARAMETERS: StripeError(
        "Keys for idempotent requests can only be used with the same parameters they were first used with.",
        status=400,
        type_=_KEY_ERROR,
    ),
    Trouble.KEY_IN_FLIGHT: StripeError(
        "There is currently another in-progress request using this Idempotent Key.",
        status=409,
        type_=_KEY_ERROR,
        code="idempotency_key_in_use",
    ),
}


class FakeStripe:
    """One Stripe account in test mode. Any key `sk_test_...` opens it."""

    name = GATEWAY
    replayed: Mapping[str, str] = MappingProxyType({"idempotent-replayed": "true"})

    def __init__(self, ground: Ground, webhook_secret: bytes) -> None:
        self.account = Account(ground)
        self.account.listen("payment_intent", invoices.hear_intent)
        self.account.listen("invoice", renewals.hear_invoice)
        self._webhook_secret = webhook_secret

    @property
    def controls(self) -> Mapping[str, Callable[..., object]]:
        """What a script may do."""
        return {
            "pay": self.pay,
            "decline": self.decline,
            "settle": self.settle,
            "open_dispute": self.open_dispute,
            "close_dispute": self.close_dispute,
            "refund": self.refund,
            "fail_refund": self.fail_refund,
            "advance_subscription": self.advance_subscription,
            "pay_out": self.pay_out,
            "fail_payout": self.fail_payout,
            "lag": self.lag,
        }

    def pay(self, session: str, method: str = checkout.BY_CARD, email: str | None = None) -> object:
        """A payer pays a Checkout Session with one of Stripe's test payment methods."""
        self.account.begin_without_request()
        try:
            return checkout.pay(self.account, session, method, email)
        except StripeError as declined:
            return {"error": declined.error}

    def decline(self, session: str) -> object:
        """A payer tries a card that its bank declines."""
        return self.pay(session, checkout.REFUSED_CARD)

    def settle(self, payment: str, ok: bool = True) -> object:
        """A bank answers at last: a transfer arrives or bounces, a challenge is passed or not."""
        return checkout.settle(self.account, payment, ok=ok)

    def open_dispute(self, payment: str, amount: int | None = None, reason: str = "fraudulent") -> object:
        """A cardholder takes a payment back, or a part of it."""
        return disputes.open_(self.account, payment, amount, reason)

    def close_dispute(self, dispute: str, won: bool) -> object:
        """The bank decides a dispute."""
        return disputes.close(self.account, dispute, won=won)

    def refund(self, payment: str, amount: int | None = None) -> object:
        """Somebody refunds on Stripe's own site: no request of ours, no key."""
        asked = (
            {"payment_intent": payment} if amount is None else {"payment_intent": payment, "amount": amount}
        )
        self.account.begin_without_request()
        return refunds.create(self.account, asked)

    def fail_refund(self, refund: str, reason: str = "expired_or_canceled_card") -> object:
        """The payer's bank sends a refund back."""
        return refunds.fail(self.account, refund, reason)

    def advance_subscription(self, subscription: str) -> object:
        """The next period begins now and is billed."""
        return renewals.advance(self.account, subscription)

    def pay_out(self) -> object:
        """Everything on the balance goes to our bank."""
        return payouts.pay_out(self.account)

    def fail_payout(self, payout: str, reason: str = "account_closed") -> object:
        """Our bank sends a payout back."""
        return payouts.fail(self.account, payout, reason)

    def lag(self, id: str, reads: int = 1) -> object:  # noqa: A002  Stripe's own word
        """The next reads of an object show what it was before its last event."""
        return staleness.lag(self.account, id, reads)

    def operation(self, call: Call) -> str | None:
        """The call's name, like `refunds.create`."""
        found = routes.find(call.method, call.path)
        return found[0].name if found else None

    def idempotency_key(self, call: Call) -> str | None:
        """Only POST has keys; GET and DELETE are idempotent by themselves."""
        return call.headers.get("idempotency-key") if call.method == "POST" else None

    def act(self, call: Call, decline: Decline | None) -> Answer:
        """Check, do, expand, answer."""
        key = self.idempotency_key(call)
        request = {"request-id": self.account.begin(key, decline)}
        try:
            shown_ = self._do(call, key)
        except StripeError as error:
            return replace(error.answer(), headers=request)
        body = orjson.dumps(shown_, option=orjson.OPT_INDENT_2)
        return Answer(status=200, body=body, headers=request)

    def trouble(self, trouble: Trouble) -> Answer:
        """Stripe's words for it."""
        return _TROUBLES[trouble].answer()

    def catch_up(self) -> None:
        """Expire sessions, settle refunds, open disputes that are due."""
        self.account.catch_up()

    def sign(self, body: bytes, now_s: int) -> Mapping[str, str]:
        """The signature of one delivery."""
        return sign_stripe(body, self._webhook_secret, now_s)

    def find_offer(self, checkout: str) -> Offer | None:
        """What the hosted page shows of a session."""
        session = self.account.find(KIND, checkout)
        if session is None:
            return None
        basket: Basket = self.account.behind[checkout]
        is_open = session["status"] == "open"
        return Offer(
            checkout=checkout,
            amount=shown(session["amount_total"], session["currency"]),
            lines=tuple(
                (_line(line), shown(line["amount_total"], line["currency"])) for line in basket.lines
            ),
            open=is_open,
            notice=basket.last_error if is_open else f"This checkout is {session['status']}.",
        )

    def choose(self, checkout_id: str, choice: Choice) -> str:
        """Do what the payer decided. A decline shows the page again."""
        session = self.account.get(KIND, checkout_id)
        paid = str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", checkout_id)
        if choice is Choice.LEAVE:
            return str(session["cancel_url"] or paid) if session["status"] != "complete" else paid
        method = {
            Choice.PAY: checkout.BY_CARD,
            Choice.PAY_LATER: checkout.BY_TRANSFER,
            Choice.DECLINE: checkout.REFUSED_CARD,
        }[choice]
        self.pay(checkout_id, method)
        if session["status"] != "complete":
            return str(session["url"])
        return paid

    def _do(self, call: Call, key: str | None) -> dict[str, Any]:
        _authorize(call)
        if key is not None and len(key) > KEY_LENGTH_MAX:
            raise StripeError(f"Idempotency keys have at most {KEY_LENGTH_MAX} characters.", type_=_KEY_ERROR)
        found = routes.find(call.method, call.path)
        if found is None:
            raise StripeError(f"Unrecognized request URL ({call.method}: {call.path}).", status=404)
        operation, ids = found
        text = call.body.decode("utf-8", "replace") if call.method == "POST" else call.query
        params = check(operation.params, decode(text))
        expand = params.pop("expand", [])
        thing = operation.handler(self.account, params, *ids)
        if call.method == "GET":
            thing = staleness.read(self.account, thing)
        return expanded(self.account, thing, expand)


def _authorize(call: Call) -> None:
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key.startswith(("sk_test_", "rk_test_")):
        raise StripeError("Invalid API Key provided: this sandbox opens to any key sk_test_...", status=401)
    version = call.headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise StripeError(f"Invalid Stripe API version: {version}. This sandbox plays {API_VERSION}.")


def _line(line: dict[str, Any]) -> str:
    quantity = line["quantity"]
    return line["description"] if quantity == 1 else f"{quantity} x {line['description']}"
