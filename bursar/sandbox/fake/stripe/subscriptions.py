"""Stripe's subscriptions: begun, paused, resumed, ended. `changes` alters them, `renewals` bills them."""

from collections.abc import Sequence
from typing import Any

from bursar.sandbox.fake.stripe import invoices
from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.catalogue import period_s, price_of
from bursar.sandbox.fake.stripe.errors import StripeError, refused
from bursar.sandbox.fake.stripe.lines import period_lines, unused_lines
from bursar.sandbox.fake.stripe.listing import page, whole
from bursar.sandbox.fake.stripe.metadata import merged
from bursar.sandbox.fake.stripe.methods import method_of
from bursar.sandbox.fake.stripe.renewals import end, schedule_renewal
from bursar.sandbox.stripe_billing import subscription
from bursar.sandbox.stripe_objects import told

KIND = "subscription"
ITEMS_MAX = 20
DAY_S = 86_400
_ENDED = ("canceled", "incomplete_expired")


def create(account: Account, params: dict[str, Any]) -> Thing:
    """Begin one. The first invoice is collected at once, except in a trial or with `default_incomplete`.

    Raises StripeError (402) with `error_if_incomplete` when the bank refuses: then it never begins.
    """
    if "customer" not in params:
        raise StripeError("Missing required param: customer.", code="parameter_missing", param="customer")
    account.get("customer", params["customer"], "customer")
    made = _new(account, params)
    behavior = params.get("payment_behavior", "allow_incomplete")
    method = invoices.default_method(account, made["customer"], made)
    by_hand = made["collection_method"] == "send_invoice"
    if method is None and behavior != "default_incomplete" and not by_hand and not made["trial_end"]:
        raise refused(
            "This customer has no attached payment source or default payment method. Please consider "
            "adding a default payment method.",
            "resource_missing",
        )
    account.put(made)
    account.behind[made["id"]] = []  # lines for the next invoice
    account.emit("customer.subscription.created", made)
    schedule_renewal(account, made)
    lines = [] if made["trial_end"] else period_lines(account, made)
    first = invoices.make_draft(account, made, lines, "subscription_create")
    made["latest_invoice"] = first["id"]
    invoices.finalize(account, first)
    if behavior == "default_incomplete" or by_hand:
        return made
    problem = invoices.collect(account, first, method, off_session=params.get("off_session", False))
    if problem and behavior == "error_if_incomplete":
        invoices.void(account, {}, first["id"])
        made["status"] = "incomplete_expired"  # Stripe would not have announced it; here it has been
        account.emit("customer.subscription.updated", made, {"status": "incomplete"})
        raise problem
    return made


def cancel(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """End it now; with `prorate` and `invoice_now` the rest of the period becomes credit."""
    ended = account.get(KIND, id_)
    if ended["status"] in _ENDED:
        raise refused(f"This subscription is {ended['status']} and cannot be canceled.", "resource_missing")
    if params.get("prorate") and params.get("invoice_now"):
        lines = unused_lines(account, ended, ended["items"]["data"], account.now_s())
        invoices.finalize(account, invoices.make_draft(account, ended, lines, "subscription_update"))
    ended["cancellation_details"] |= params.get("cancellation_details", {})
    end(account, ended, "cancellation_requested")
    return ended


def pause(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  of no effect here
    """Stop service and billing until it is resumed."""
    paused = account.get(KIND, id_)
    if paused["status"] != "active":
        raise refused(f"This subscription is {paused['status']}, not active.", "subscription_not_active")
    paused["status"] = "paused"
    account.emit("customer.subscription.paused", paused, {"status": "active"})
    return paused


def resume(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Go on with a paused subscription. From now, unless `billing_cycle_anchor[type]=unchanged`."""
    resumed = account.get(KIND, id_)
    if resumed["status"] != "paused":
        raise refused(f"This subscription is {resumed['status']}, not paused.", "subscription_not_paused")
    resumed["status"] = "active"
    account.emit("customer.subscription.resumed", resumed, {"status": "paused"})
    if params.get("billing_cycle_anchor", {}).get("type", "now") == "now":
        begin_period(account, resumed, account.now_s())
        draft = invoices.make_draft(account, resumed, period_lines(account, resumed), "subscription_update")
        resumed["latest_invoice"] = draft["id"]
        invoices.finalize(account, draft)
        method = invoices.default_method(account, resumed["customer"], resumed)
        invoices.collect(account, draft, method, off_session=True)
    schedule_renewal(account, resumed)
    return resumed


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One subscription."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Subscriptions; those that ended only with `status=all` or their own."""
    status = params.pop("status", None)
    price = params.pop("price", None)
    found = [
        one
        for one in account.all(KIND)
        if (one["status"] not in _ENDED if status is None else status in ("all", one["status"]))
        and (price is None or any(item["price"]["id"] == price for item in one["items"]["data"]))
    ]
    return page(found, params, "/v1/subscriptions")


def make_item(account: Account, subscription_id: str, asked: dict[str, Any], path: str, start: int) -> Thing:
    """One item of a subscription for one period from `start`."""
    price = price_of(account, asked, path)
    return {
        "id": account.new_id("si"),
        "object": "subscription_item",
        "created": account.now_s(),
        "current_period_end": start + period_s(price),
        "current_period_start": start,
        "metadata": merged({}, asked.get("metadata")),
        "price": price,
        "quantity": asked.get("quantity", 1),
        "subscription": subscription_id,
    }


def begin_period(account: Account, one: Thing, start: int) -> None:
    """A new period for every item, of its price's length."""
    for item in one["items"]["data"]:
        item |= {"current_period_start": start, "current_period_end": start + period_s(item["price"])}
    one["billing_cycle_anchor"] = start
    account.behind.setdefault(one["id"], [])


def refuse_mixed(items: Sequence[Thing]) -> None:
    """Stripe can bill several intervals in one subscription; nobody plays that here."""
    if not 0 < len(items) <= ITEMS_MAX:
        raise StripeError(f"A subscription must have between 1 and {ITEMS_MAX} items.", param="items")
    if len({(item["price"]["currency"], period_s(item["price"])) for item in items}) > 1:
        raise StripeError("All items must have the same currency and interval here.", param="items")


def _new(account: Account, params: dict[str, Any]) -> Thing:
    now_s, id_ = account.now_s(), account.new_id("sub")
    trial_end = _trial_end(params, now_s)
    items = [
        make_item(account, id_, asked, f"items[{n}]", now_s)
        for n, asked in enumerate(params.get("items", []))
    ]
    refuse_mixed(items)
    if trial_end:
        for item in items:
            item["current_period_end"] = trial_end
    method = params.get("default_payment_method")
    story = told({"subscription": id_, "customer": params["customer"], "created": now_s})
    return subscription(story, "trialing" if trial_end else "incomplete") | {
        "cancel_at": params.get("cancel_at"),
        "cancel_at_period_end": params.get("cancel_at_period_end", False),
        "collection_method": params.get("collection_method", "charge_automatically"),
        "currency": items[0]["price"]["currency"],
        "default_payment_method": method_of(account, method, "default_payment_method")["id"]
        if method
        else None,
        "description": params.get("description"),
        "items": whole(items, f"/v1/subscription_items?subscription={id_}"),
        "latest_invoice": None,
        "metadata": merged({}, params.get("metadata")),
        "trial_end": trial_end,
        "trial_start": now_s if trial_end else None,
    }


def _trial_end(params: dict[str, Any], now_s: int) -> int | None:
    trial_end = params.get("trial_end")
    if "trial_period_days" in params:
        return now_s + int(params["trial_period_days"]) * DAY_S
    if isinstance(trial_end, int):
        if trial_end <= now_s:
            raise StripeError("Invalid timestamp: must be in the future.", param="trial_end")
        return trial_end
    return None
