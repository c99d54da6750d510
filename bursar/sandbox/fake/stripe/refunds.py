"""Stripe's refunds: at once, pending, and failing after they had succeeded."""

from typing import Any

from bursar.errors import Refused
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.stripe.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.stripe.balance import move
from bursar.sandbox.fake.stripe.cards import RefundFate
from bursar.sandbox.fake.stripe.charges import left_of
from bursar.sandbox.fake.stripe.errors import StripeError, refused
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.stripe.metadata import merged
from bursar.sandbox.fake.stripe.methods import card_of
from bursar.sandbox.fake.stripe.money import minor, shown
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.stripe_objects import refund, told

KIND = "refund"
DECIDED_AFTER_S = 86_400
"""Seconds until a bank has accepted a pending refund, or sent one back."""


def create(account: Account, params: dict[str, Any]) -> Thing:
    """Give money back, all that is left or `amount`. Raises StripeError when there is not so much."""
    charge = _charge_of(account, params)
    left = left_of(charge)
    amount = params.get("amount", left)
    _refuse_if_impossible(charge, amount, left)
    fate = card_of(account, charge["payment_method"]).refund
    amount_minor = minor(amount, charge["currency"])
    status = "pending" if fate is RefundFate.PENDING else "succeeded"
    made = _made(account, charge, params, amount_minor, status)
    charge["amount_refunded"] += amount
    charge["refunded"] = amount == left
    account.emit("refund.created", made)
    account.emit("charge.refunded", charge)
    if status == "succeeded":
        _update(account, made)
    else:
        account.schedule(account.now_s() + DECIDED_AFTER_S, lambda: _accept(account, made))
    if fate is RefundFate.FAILS:
        account.schedule(account.now_s() + DECIDED_AFTER_S, lambda: fail(account, made["id"]))
    return made


def fail(account: Account, refund_id: str, reason: str = "expired_or_canceled_card") -> Thing:
    """The payer's bank sends the money back to us, perhaps long after the refund had succeeded."""
    failed = account.find(KIND, refund_id)
    if failed is None:
        raise NoSuchThing(f"there is no refund {refund_id}")
    if failed["status"] == "failed":
        raise Refused(f"{refund_id} has failed already")
    charge = account.get("charge", failed["charge"])
    charge["amount_refunded"] -= failed["amount"]
    charge["refunded"] = False
    back = move(account, failed, minor(failed["amount"], failed["currency"]), type_="refund_failure")
    before = {"status": failed["status"]}
    failed |= {
        "failure_balance_transaction": back["id"],
        "failure_reason": reason,
        "pending_reason": None,
        "status": "failed",
    }
    account.book.restate(GATEWAY, Kind.REFUND, refund_id, Standing.FAILED)
    account.emit("refund.failed", failed, before)
    _update(account, failed)
    return failed


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One refund."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Refunds, of a charge or an intent if asked for."""
    return page(account.all(KIND), params, "/v1/refunds")


def _charge_of(account: Account, params: dict[str, Any]) -> Thing:
    if "charge" in params:
        return account.get("charge", params["charge"], "charge")
    if "payment_intent" not in params:
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    intent = account.get("payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise refused(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            "payment_intent_unexpected_state",
        )
    return account.get("charge", intent["latest_charge"])


def _refuse_if_impossible(charge: Thing, amount: int, left: int) -> None:
    if charge["disputed"]:
        raise refused(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge_disputed"
        )
    if not left:
        raise refused(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    if amount > left:
        currency = charge["currency"]
        raise StripeError(
            f"Refund amount ({shown(amount, currency)}) is greater than unrefunded amount on charge "
            f"({shown(left, currency)})",
            param="amount",
            acted=True,
        )


def _made(account: Account, charge: Thing, params: dict[str, Any], amount_minor: int, status: str) -> Thing:
    story = told(
        {
            "payment": charge["payment_intent"],
            "charge": charge["id"],
            "refund": account.new_id("re"),
            "refund_minor": amount_minor,
            "amount_minor": amount_minor,
            "currency": charge["currency"].upper(),
            "created": account.now_s(),
        }
    )
    made = refund(story, status) | {
        "metadata": merged({}, params.get("metadata")),
        "reason": params.get("reason"),
    }
    made["balance_transaction"] = move(account, made, -amount_minor, type_="refund")["id"]
    row = Row(
        gateway=GATEWAY,
        kind=Kind.REFUND,
        id=made["id"],
        payment=charge["payment_intent"],
        amount_minor=amount_minor,
        currency=charge["currency"].upper(),
        standing=Standing.SUCCEEDED if status == "succeeded" else Standing.PENDING,
        at=account.now(),
        key=account.key,
        metadata=dict(made["metadata"]),
    )
    account.book.write(row)
    return account.put(made)


def _accept(account: Account, pending: Thing) -> None:
    if pending["status"] != "pending":
        return
    pending |= {"pending_reason": None, "status": "succeeded"}
    account.book.restate(GATEWAY, Kind.REFUND, pending["id"], Standing.SUCCEEDED)
    _update(account, pending)


def _update(account: Account, changed: Thing) -> None:
    """Told twice, under the new name and the old one."""
    account.emit("refund.updated", changed)
    account.emit("charge.refund.updated", changed)
