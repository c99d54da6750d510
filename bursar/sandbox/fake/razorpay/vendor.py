"""Razorpay behind the core's Vendor: reads a call, checks it, does it, answers."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import format_datetime
from types import MappingProxyType

import orjson

from bursar.sandbox.fake.gateways import Ground
from bursar.sandbox.fake.razorpay import (
    customers,
    disputes,
    pages,
    paying,
    payments,
    recurring,
    refunds,
    renewals,
    routes,
    settlements,
)
from bursar.sandbox.fake.razorpay.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.razorpay.errors import RazorpayError
from bursar.sandbox.fake.razorpay.params import of_body, of_query
from bursar.sandbox.fake.vendor import Answer, Call, Choice, Decline, Offer, Trouble
from bursar.sandbox.signers import sign_razorpay

KEY_HEADER = "x-refund-idempotency"
_KEY = re.compile(r"[A-Za-z0-9_-]{10,}")
_ABSENT = "NA"
_TROUBLES = {
    Trouble.RATE_LIMITED: RazorpayError(
        "Request failed. Please try after sometime.", status=429, reason=_ABSENT
    ),
    Trouble.SERVER_ERROR: RazorpayError(
        "We are facing some trouble completing your request at the moment. Please try again shortly.",
        status=500,
        code="SERVER_ERROR",
        source="internal",
        reason="server_error",
        acted=True,
    ),
    Trouble.KEY_OF_OTHER_PARAMETERS: RazorpayError(
        "Different request with the same idempotency key has already been processed.",
        source=_ABSENT,
        reason=_ABSENT,
    ),
    Trouble.KEY_IN_FLIGHT: RazorpayError(
        "Request failed because another request is in progress with the same idempotency key",
        status=409,
        source=_ABSENT,
        reason=_ABSENT,
    ),
}


class FakeRazorpay:
    """One Razorpay account in test mode. Any key `rzp_test_...` opens it, with any secret."""

    name = GATEWAY
    replayed: Mapping[str, str] = MappingProxyType({})

    def __init__(self, ground: Ground, webhook_secret: bytes) -> None:
        self.account = Account(ground)
        self._webhook_secret = webhook_secret

    @property
    def controls(self) -> Mapping[str, Callable[..., object]]:
        """What a script may do."""
        return {
            "pay": self.pay,
            "decline": self.decline,
            "authorize_late": self.authorize_late,
            "refund": self.refund,
            "fail_refund": self.fail_refund,
            "open_dispute": self.open_dispute,
            "close_dispute": self.close_dispute,
            "settle": self.settle,
            "save_token": self.save_token,
            "refuse_token": self.refuse_token,
            "approve": self.approve,
            "refuse_renewals": self.refuse_renewals,
        }

    def pay(self, checkout: str, method: str = "upi") -> object:
        """A payer pays an order or a link; what the host's page gets comes back."""
        self.account.begin(None, None)
        return paying.proof(self.account, paying.pay(self.account, checkout, method))

    def decline(self, checkout: str, method: str = "upi", reason: str = "insufficient_funds") -> object:
        """A payer's bank refuses."""
        self.account.begin(None, None)
        return paying.decline(self.account, checkout, method, reason)

    def authorize_late(self, payment: str) -> object:
        """A payment that failed was made after all."""
        return payments.authorize(self.account, payments.find(self.account, payment))

    def refund(self, payment: str, amount: int | None = None) -> object:
        """Somebody refunds on Razorpay's own site: no request of ours, no key, no notes."""
        self.account.begin(None, None)
        payments.find(self.account, payment)
        return refunds.create(self.account, {} if amount is None else {"amount": amount}, payment)

    def fail_refund(self, refund: str) -> object:
        """The payer's bank sends a refund back."""
        return refunds.fail(self.account, refund)

    def open_dispute(self, payment: str, amount: int | None = None) -> object:
        """A payer takes a payment back, or a part of it."""
        return disputes.open_(self.account, payment, amount)

    def close_dispute(self, dispute: str, won: bool) -> object:
        """The bank decides a dispute."""
        return disputes.close(self.account, dispute, won=won)

    def settle(self) -> object:
        """Razorpay pays out everything that is not paid out yet."""
        return settlements.settle(self.account)

    def save_token(self, customer: str, method: str = "card") -> object:
        """A payer saves a card or approves a mandate."""
        return customers.save_token(self.account, customer, method)

    def refuse_token(self, token: str, reason: str = "insufficient_funds") -> object:
        """From now on the bank declines every charge of a token."""
        return recurring.refuse(self.account, token, reason)

    def approve(self, subscription: str, method: str = "card") -> object:
        """A payer approves a subscription."""
        self.account.begin(None, None)
        return renewals.approve(self.account, subscription, method)

    def refuse_renewals(self, subscription: str, times: int = renewals.RETRIES + 1) -> object:
        """The bank declines the next charges of a subscription."""
        return renewals.refuse(self.account, subscription, times)

    def operation(self, call: Call) -> str | None:
        """The call's name, like `orders.create`."""
        found = routes.find(call.method, call.path)
        return found[0].name if found else None

    def idempotency_key(self, call: Call) -> str | None:
        """Only refunds have keys; of a key that is too short nothing is remembered."""
        key = call.headers.get(KEY_HEADER)
        return key if key and _KEY.fullmatch(key) and self.operation(call) == routes.REFUND else None

    def act(self, call: Call, decline: Decline | None) -> Answer:
        """Check, do, answer."""
        self.account.begin(self.idempotency_key(call), decline)
        try:
            answer = Answer(status=200, body=orjson.dumps(self._do(call)))
        except RazorpayError as error:
            answer = error.answer()
        return replace(answer, headers={"date": format_datetime(self.account.clock.now(), usegmt=True)})

    def trouble(self, trouble: Trouble) -> Answer:
        """Razorpay's words for it."""
        return _TROUBLES[trouble].answer()

    def catch_up(self) -> None:
        """Expire links, release authorisations, take refunds, renew subscriptions."""
        self.account.catch_up()

    def sign(self, body: bytes, now_s: int) -> Mapping[str, str]:  # noqa: ARG002  Razorpay signs no time
        """The signature of one delivery."""
        return sign_razorpay(body, self._webhook_secret)

    def find_offer(self, checkout: str) -> Offer | None:
        """What the hosted page shows of a payment link, or of a subscription that waits for its payer."""
        return pages.find_offer(self.account, checkout)

    def choose(self, checkout: str, choice: Choice) -> str:
        """Do what the payer decided. A decline shows the page again."""
        self.account.begin(None, None)
        return pages.choose(self.account, checkout, choice)

    def _do(self, call: Call) -> Thing:
        self._authorize(call)
        found = routes.find(call.method, call.path)
        if found is None:
            raise RazorpayError("The requested URL was not found on the server.", status=404)
        operation, ids = found
        if operation.name == routes.REFUND and not _KEY.fullmatch(
            call.headers.get(KEY_HEADER, "no-key-at-all")
        ):
            raise RazorpayError("The idempotency key must have at least 10 of A-Z a-z 0-9 _ -")
        shape = operation.shape
        params = of_query(shape, call.query) if call.method == "GET" else of_body(shape, call.body)
        return operation.handler(self.account, params, *ids)

    def _authorize(self, call: Call) -> None:
        scheme, _, told = call.headers.get("authorization", "").partition(" ")
        try:
            key_id, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            key_id, secret = "", ""
        if scheme != "Basic" or not key_id.startswith("rzp_test_") or not secret:
            raise RazorpayError("Authentication failed", status=401, source=_ABSENT, reason=_ABSENT)
        self.account.key_secret = secret.encode()
