"""PayPal behind the core's Vendor: reads a call, checks it, does it, answers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import format_datetime
from functools import cache
from types import MappingProxyType
from urllib.parse import urlencode

import orjson

from bursar.clock import utc_now
from bursar.gateways.paypal.amounts import get_money
from bursar.rules.money_text import money_text
from bursar.sandbox.fake.gateways import Ground
from bursar.sandbox.fake.paypal import (
    balance,
    captures,
    disputes,
    oauth,
    orders,
    plans,
    routes,
    subscriptions,
    vault,
)
from bursar.sandbox.fake.paypal.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.paypal.errors import PayPalError, invalid_token
from bursar.sandbox.fake.paypal.params import of_body, of_query
from bursar.sandbox.fake.paypal.replays import HEADER, Replays
from bursar.sandbox.fake.vendor import Answer, Call, Choice, Decline, Offer, Trouble
from bursar.sandbox.paypal_certificates import Identity
from bursar.sandbox.signers import sign_paypal

CERTIFICATES = "/v1/notifications/certs/"
_TROUBLES = {
    Trouble.RATE_LIMITED: PayPalError(
        "RATE_LIMIT_REACHED", "Too many requests.", status=429, name="RATE_LIMIT_REACHED"
    ),
    Trouble.SERVER_ERROR: PayPalError(
        "INTERNAL_SERVICE_ERROR",
        "An internal service error occurred.",
        status=500,
        name="INTERNAL_SERVER_ERROR",
    ),
    Trouble.KEY_OF_OTHER_PARAMETERS: PayPalError(
        "DUPLICATE_REQUEST_ID", "The PayPal-Request-Id was used.", status=400
    ),
    Trouble.KEY_IN_FLIGHT: PayPalError(
        "PREVIOUS_REQUEST_IN_PROGRESS",
        "A previous request is in progress.",
        status=409,
        name="RESOURCE_CONFLICT",
    ),
}


@cache
def own_identity() -> Identity:
    """Who signs where nobody said: made once per process, for making a key takes time."""
    return Identity.make(utc_now())


class FakePayPal:
    """One PayPal account in the sandbox. Any client id `A...` opens it, with any secret.

    It keeps answers by PayPal-Request-Id itself, for each API keeps them for another time.
    """

    name = GATEWAY
    replayed: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self, ground: Ground, webhook_id: bytes, identity: Callable[[], Identity] = own_identity
    ) -> None:
        self.account = Account(ground)
        self.tokens = oauth.Tokens(self.account.now_s, f"token.{ground.stem}")
        self._replays = Replays(self.account.now_s)
        self._webhook_id = webhook_id
        self._identity = cache(identity)

    @property
    def controls(self) -> Mapping[str, Callable[..., object]]:
        """What a script may do."""
        return {
            "approve": self.approve,
            "refund": self.refund,
            "fail_refund": self.fail_refund,
            "open_dispute": self.open_dispute,
            "close_dispute": self.close_dispute,
            "withdraw": self.withdraw,
            "return_withdrawal": self.return_withdrawal,
            "save_token": self.save_token,
            "refuse_token": self.refuse_token,
            "make_plan": self.make_plan,
            "approve_subscription": self.approve_subscription,
            "refuse_renewals": self.refuse_renewals,
            "revoke_tokens": self.revoke_tokens,
        }

    def approve(self, checkout: str, capture_as: str = "COMPLETED") -> object:
        """A payer approves an order; its capture will be COMPLETED, PENDING or DECLINED."""
        return orders.approve(self.account, checkout, capture_as=capture_as)

    def refund(self, payment: str, amount: dict[str, str] | None = None) -> object:
        """Somebody refunds on PayPal's own site: no request of ours, no key, no texts."""
        self.account.begin(None, None)
        return captures.refund(self.account, {} if amount is None else {"amount": amount}, payment)

    def fail_refund(self, refund: str) -> object:
        """A refund that was completed comes back."""
        return captures.fail_refund(self.account, refund)

    def open_dispute(self, payment: str, amount: int | None = None) -> object:
        """A payer wants a capture back, or `amount` minor units of it."""
        return disputes.open_(self.account, payment, amount)

    def close_dispute(self, dispute: str, won: bool) -> object:
        """PayPal decides a dispute."""
        return disputes.close(self.account, dispute, won=won)

    def withdraw(self, currency: str = "USD", amount: int | None = None, fee: int = 0) -> object:
        """Money goes to the bank: all there is, or `amount` minor units; `fee` on top."""
        return balance.withdraw(self.account, currency, amount, fee)

    def return_withdrawal(self, withdrawal: str) -> object:
        """The bank sends a withdrawal back."""
        return balance.return_withdrawal(self.account, withdrawal)

    def save_token(self, customer: str | None = None, source: str = "paypal") -> object:
        """A payer saves a way to pay."""
        return vault.save(self.account, customer, source)

    def refuse_token(self, token: str) -> object:
        """From now on the bank declines every charge of a token."""
        return vault.refuse(self.account, token)

    def make_plan(self, price: str = "49.00", currency: str = "USD", every: str = "MONTH") -> object:
        """A plan as somebody makes it on PayPal's site."""
        regular = {
            "tenure_type": "REGULAR",
            "sequence": 1,
            "frequency": {"interval_unit": every, "interval_count": 1},
            "pricing_scheme": {"fixed_price": {"currency_code": currency, "value": price}},
        }
        params = {"product_id": "PROD-FAKE", "name": "A plan", "billing_cycles": [regular]}
        return plans.create(self.account, params)

    def approve_subscription(self, subscription: str) -> object:
        """A payer approves a subscription, and is billed."""
        self.account.begin(None, None)
        return subscriptions.approve(self.account, subscription)

    def refuse_renewals(self, subscription: str, times: int = subscriptions.FAILURES_MAX) -> object:
        """The bank declines the next charges of a subscription."""
        return subscriptions.refuse(self.account, subscription, times)

    def revoke_tokens(self) -> object:
        """Every access token ends before its time."""
        self.tokens.revoke()
        return {}

    def operation(self, call: Call) -> str | None:
        """The call's name, like `orders.create`."""
        if call.path == oauth.PATH:
            return oauth.OPERATION
        found = routes.find(call.method, call.path)
        return found[0].name if found else None

    def idempotency_key(self, call: Call) -> str | None:  # noqa: ARG002  the keys are kept here
        """None: see `replays`."""
        return None

    def act(self, call: Call, decline: Decline | None) -> Answer:
        """Check, do, answer."""
        self.account.begin(call.headers.get(HEADER), decline)
        try:
            answer = self._do(call)
        except PayPalError as error:
            answer = error.answer()
        return replace(answer, headers={"date": format_datetime(self.account.clock.now(), usegmt=True)})

    def trouble(self, trouble: Trouble) -> Answer:
        """PayPal's words for it."""
        return _TROUBLES[trouble].answer()

    def catch_up(self) -> None:
        """Let orders lapse, clear captures, renew subscriptions."""
        self.account.catch_up()

    def sign(self, body: bytes, now_s: int) -> Mapping[str, str]:
        """The headers of one delivery."""
        return sign_paypal(body, self._webhook_id, now_s, self._identity())

    def find_offer(self, checkout: str) -> Offer | None:
        """What the hosted page shows of an order or a subscription."""
        order = self.account.find(orders.KIND, checkout)
        if order is not None:
            unit = order["purchase_units"][0]
            amount = money_text(*get_money(unit, "amount", "unit"), "en_US")
            is_open = order["status"] in ("CREATED", "PAYER_ACTION_REQUIRED")
            return _offer(checkout, amount, unit.get("description", checkout), order["status"], is_open)
        subscribed = self.account.find(subscriptions.KIND, checkout)
        if subscribed is None:
            return None
        plan = self.account.get(plans.KIND, subscribed["plan_id"])
        amount = money_text(*plans.price_of(plan), "en_US")
        is_open = subscribed["status"] == "APPROVAL_PENDING"
        return _offer(checkout, amount, plan["name"], subscribed["status"], is_open)

    def choose(self, checkout: str, choice: Choice) -> str:
        """Do what the payer decided: a bank's word comes only when the order is captured."""
        context = self.account.behind.get(checkout, {})
        if choice is Choice.LEAVE:
            return f"{context.get('cancel_url', '/')}{_query(context, 'cancel_url', {'token': checkout})}"
        if self.account.find(subscriptions.KIND, checkout):
            self.approve_subscription(checkout)
            told = {"subscription_id": checkout}
        else:
            becomes = {Choice.PAY: "COMPLETED", Choice.PAY_LATER: "PENDING", Choice.DECLINE: "DECLINED"}
            orders.approve(self.account, checkout, capture_as=becomes[choice])
            told = {"token": checkout, "PayerID": str(orders.PAYER["payer_id"])}
        return f"{context.get('return_url', '/')}{_query(context, 'return_url', told)}"

    def _do(self, call: Call) -> Answer:
        if call.path == oauth.PATH:
            return self.tokens.issue(call)
        if call.path.startswith(CERTIFICATES):
            return Answer(status=200, body=self._identity().pem, media_type="application/x-pem-file")
        if not self.tokens.know(call):
            return invalid_token()
        found = routes.find(call.method, call.path)
        if found is None:
            raise PayPalError("INVALID_RESOURCE_ID", "There is no such address.", status=404)
        known = self._replays.find(call)
        if known:
            return known
        operation, ids = found
        shape = operation.shape
        params = of_query(shape, call.query) if call.method == "GET" else of_body(shape, call.body)
        done = operation.handler(self.account, params, *ids)
        answer = Answer(status=operation.status, body=_body(done))
        self._replays.keep(call, answer)
        return answer


def _body(done: Thing | None) -> bytes:
    return b"" if done is None else orjson.dumps(done)


def _offer(checkout: str, amount: str, what: str, status: str, is_open: bool) -> Offer:
    return Offer(
        checkout=checkout,
        amount=amount,
        lines=((what, amount),),
        open=is_open,
        notice="" if is_open else f"This is {status.lower()}.",
    )


def _query(context: Mapping[str, str], name: str, told: Mapping[str, str]) -> str:
    """PayPal adds its parameters to whatever address it was given."""
    return f"{'&' if '?' in context.get(name, '') else '?'}{urlencode(told)}"
