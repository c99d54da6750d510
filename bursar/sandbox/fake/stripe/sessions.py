"""Stripe's Checkout Sessions: made, shown, expired by request or by the clock. `checkout` completes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.catalogue import price_of
from bursar.sandbox.fake.stripe.errors import StripeError, refused
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.stripe.metadata import merged
from bursar.sandbox.fake.stripe.money import currency_of, minor
from bursar.sandbox.stripe_objects import told
from bursar.sandbox.stripe_sessions import session_expired

KIND = "checkout.session"
OPEN_S_MIN = 30 * 60
OPEN_S_MAX = 24 * 3_600
"""Seconds a session may stay open, by Stripe's clock (docs.stripe.com/api/checkout/sessions/create)."""
LINES_MAX = 100
_PLAIN = ("client_reference_id", "customer_email", "submit_type", "locale", "success_url", "cancel_url")


@dataclass(slots=True)
class Basket:
    """What a session will do when it is paid. Stripe knows it and does not show it."""

    lines: list[Thing]
    intent_data: dict[str, Any] = field(default_factory=dict)
    subscription_data: dict[str, Any] = field(default_factory=dict)
    last_error: str = ""
    """Why the last attempt failed, for the page."""


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A page where a customer pays; it stays open for 30 minutes to 24 hours."""
    mode = params.get("mode")
    if mode not in ("payment", "subscription"):
        raise StripeError("mode must be payment or subscription: nothing else is played here.", param="mode")
    if not params.get("success_url"):
        raise StripeError(
            "Missing required param: success_url.", code="parameter_missing", param="success_url"
        )
    if "customer" in params:
        account.get("customer", params["customer"], "customer")
    lines = _lines(account, params.get("line_items", []), mode)
    session = _session(account, params, lines, mode)
    account.behind[session["id"]] = Basket(
        lines=lines,
        intent_data=params.get("payment_intent_data", {}),
        subscription_data=params.get("subscription_data", {}),
    )
    account.put(session)
    account.schedule(session["expires_at"], lambda: _time_is_up(account, session))
    return session


def expire(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """Close an open session."""
    session = account.get(KIND, id_)
    if session["status"] != "open":
        raise refused(
            f'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session['status']}.",
            "resource_already_exists" if session["status"] == "expired" else "checkout_session_not_open",
        )
    _close(account, session, account.now_s())
    return session


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One session."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Sessions, of an intent or a customer if asked for."""
    return page(account.all(KIND), params, "/v1/checkout/sessions")


def list_line_items(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """What is bought in a session."""
    account.get(KIND, id_)
    lines: list[Thing] = account.behind[id_].lines
    return page(lines[::-1], params, f"/v1/checkout/sessions/{id_}/line_items")


def _time_is_up(account: Account, session: Thing) -> None:
    if session["status"] == "open":
        _close(account, session, session["expires_at"])


def _close(account: Account, session: Thing, at_s: int) -> None:
    session |= {"status": "expired", "url": None}
    account.emit("checkout.session.expired", session, at_s=at_s)


def _session(account: Account, params: dict[str, Any], lines: Sequence[Thing], mode: str) -> Thing:
    currency = lines[0]["currency"]
    total = sum(line["amount_total"] for line in lines)
    session = session_expired(
        told(
            {
                "checkout": account.new_id("cs_test"),
                "amount_minor": minor(total, currency, "line_items"),
                "currency": currency.upper(),
                "customer": params.get("customer"),
                "metadata": merged({}, params.get("metadata")),
                "created": account.now_s(),
            }
        )
    )
    return (
        session
        | {name: params.get(name) for name in _PLAIN}
        | {
            "customer_creation": params.get("customer_creation", "if_required")
            if mode == "payment"
            else None,
            "expires_at": _deadline(account, params.get("expires_at")),
            "mode": mode,
            "status": "open",
            "url": account.page_url(session["id"]),
        }
    )


def _deadline(account: Account, expires_at: int | None) -> int:
    now_s = account.now_s()
    if expires_at is None:
        return now_s + OPEN_S_MAX
    if not OPEN_S_MIN <= expires_at - now_s <= OPEN_S_MAX:
        raise StripeError(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    return expires_at


def _lines(account: Account, asked: Sequence[dict[str, Any]], mode: str) -> list[Thing]:
    if not 0 < len(asked) <= LINES_MAX:
        raise StripeError(f"line_items must have between 1 and {LINES_MAX} members.", param="line_items")
    lines = [_line(account, line, f"line_items[{n}]") for n, line in enumerate(asked)]
    if len({line["currency"] for line in lines}) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    recurring = [line["price"]["recurring"] is not None for line in lines]
    if mode == "payment" and any(recurring):
        raise StripeError("You specified `payment` mode but passed a recurring price.", param="mode")
    if mode == "subscription" and not all(recurring):
        raise StripeError("`subscription` mode takes recurring prices only here.", param="line_items")
    return lines


def _line(account: Account, asked: dict[str, Any], path: str) -> Thing:
    price = price_of(account, asked, path)
    quantity = asked.get("quantity", 1)
    amount = price["unit_amount"] * quantity
    return {
        "id": account.new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency_of(price["currency"]),
        "description": account.get("product", price["product"])["name"],
        "metadata": asked.get("metadata", {}),
        "price": price,
        "quantity": quantity,
    }
