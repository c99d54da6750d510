"""A change of plan in the middle of a period: what it costs, when it is billed, and whether it waits."""

import copy
from typing import Any

from bursar.sandbox.fake.stripe import invoices
from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.catalogue import period_s, price_of
from bursar.sandbox.fake.stripe.errors import StripeError, refused
from bursar.sandbox.fake.stripe.lines import change_lines, period_lines, unused_lines
from bursar.sandbox.fake.stripe.metadata import merged
from bursar.sandbox.fake.stripe.methods import method_of
from bursar.sandbox.fake.stripe.renewals import schedule_renewal, waiting_items
from bursar.sandbox.fake.stripe.subscriptions import KIND, begin_period, make_item, refuse_mixed

PENDING_S = 23 * 3_600
"""Seconds a change waits for its payment (docs.stripe.com/billing/subscriptions/pending-updates)."""
_PLAIN = ("cancel_at_period_end", "description", "cancel_at")
_ENDED = ("canceled", "incomplete_expired")


def update(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Change a subscription. New items are prorated as `proration_behavior` says.

    Raises StripeError (402) with `error_if_incomplete` when the bank refuses: then nothing has changed.
    """
    changed = account.get(KIND, id_)
    if changed["status"] in _ENDED and set(params) - {"metadata", "cancellation_details"}:
        raise refused(
            f"This subscription is {changed['status']}: only its metadata can change.", "resource_missing"
        )
    before = copy.deepcopy(changed)
    _change_plain(account, changed, params)
    if "items" in params or _restarts(params):
        _change_items(account, changed, params)
    previous = {name: before[name] for name in before if before[name] != changed[name]}
    if previous:
        account.emit("customer.subscription.updated", changed, previous)
    return changed


def preview(account: Account, params: dict[str, Any]) -> Thing:
    """The next invoice as it would be, with a change if one is given. Nothing is kept."""
    if "subscription" not in params:
        raise StripeError("Only previews of a subscription are played here.", param="subscription")
    shown = account.get(KIND, params["subscription"], "subscription")
    details = params.get("subscription_details", {})
    at_s = details.get("proration_date", account.now_s())
    behavior = details.get("proration_behavior", "create_prorations")
    sketch = copy.deepcopy(shown)
    sketch["items"]["data"] = _changed_items(account, shown, details.get("items", []))
    lines: list[Thing] = []
    if behavior != "none":
        lines = _proration(account, shown, sketch, at_s, restarts=_restarts(details))
    if behavior != "always_invoice":
        lines = [*account.behind[shown["id"]], *lines, *_next_period(account, sketch)]
    reason = "upcoming" if behavior != "always_invoice" else "subscription_update"
    described = invoices.describe(account, sketch, lines, reason, account.new_id("upcoming_in"))
    return described | {"status": "draft", "subscription_proration_date": at_s}


def _change_plain(account: Account, changed: Thing, params: dict[str, Any]) -> None:
    changed |= {name: params[name] or None for name in _PLAIN if name in params}
    changed["cancel_at_period_end"] = bool(changed["cancel_at_period_end"])
    changed["metadata"] = merged(changed["metadata"], params.get("metadata"))
    if "default_payment_method" in params:
        method = method_of(account, params["default_payment_method"], "default_payment_method")
        changed["default_payment_method"] = method["id"]
    if "pause_collection" in params:
        paused = params["pause_collection"]
        changed["pause_collection"] = {"resumes_at": None, **paused} if paused else None
    if "cancel_at" in params or params.get("trial_end"):
        _change_times(account, changed, params)


def _change_times(account: Account, changed: Thing, params: dict[str, Any]) -> None:
    if params.get("trial_end") == "now" and changed["status"] == "trialing":
        for item in changed["items"]["data"]:
            item["current_period_end"] = account.now_s()
        changed["trial_end"] = account.now_s()
    schedule_renewal(account, changed)


def _change_items(account: Account, changed: Thing, params: dict[str, Any]) -> None:
    old = copy.deepcopy(changed)
    at_s = params.get("proration_date", account.now_s())
    behavior = params.get("proration_behavior", "create_prorations")
    new = copy.deepcopy(changed)
    new["items"]["data"] = _changed_items(account, changed, params.get("items", []))
    restarts = _restarts(params) or _length(new) != _length(old)
    lines = [] if behavior == "none" else _proration(account, old, new, at_s, restarts=restarts)
    changed["items"]["data"] = new["items"]["data"]
    if restarts:
        begin_period(account, changed, account.now_s())
        lines = [*lines, *period_lines(account, changed)]
        schedule_renewal(account, changed)
    if restarts or (behavior == "always_invoice" and lines):
        _bill(account, changed, old, lines, params.get("payment_behavior", "allow_incomplete"))
    else:
        account.behind[changed["id"]] += lines


def _bill(account: Account, changed: Thing, old: Thing, lines: list[Thing], behavior: str) -> None:
    draft = invoices.make_draft(account, changed, lines, "subscription_update")
    changed["latest_invoice"] = draft["id"]
    if behavior in ("pending_if_incomplete", "error_if_incomplete"):
        account.behind[waiting_items(draft)] = changed["items"]["data"]
        changed["items"]["data"] = old["items"]["data"]
    invoices.finalize(account, draft)
    method = invoices.default_method(account, changed["customer"], changed)
    problem = invoices.collect(account, draft, method, off_session=True)
    if waiting_items(draft) not in account.behind:
        return
    if problem and behavior == "error_if_incomplete":
        del account.behind[waiting_items(draft)]
        invoices.void(account, {}, draft["id"])
        changed["latest_invoice"] = old["latest_invoice"]
        raise problem
    _wait_for_payment(account, changed, draft)


def _wait_for_payment(account: Account, changed: Thing, draft: Thing) -> None:
    """The old items stay until the invoice is paid."""
    expires_at = account.now_s() + PENDING_S
    changed["pending_update"] = {
        "billing_cycle_anchor": None,
        "expires_at": expires_at,
        "subscription_items": copy.deepcopy(account.behind[waiting_items(draft)]),
        "trial_end": None,
        "trial_from_plan": None,
    }
    account.schedule(expires_at, lambda: _give_up(account, changed, draft))


def _give_up(account: Account, changed: Thing, draft: Thing) -> None:
    if account.behind.pop(waiting_items(draft), None) is None:
        return
    changed["pending_update"] = None
    if draft["status"] == "open":
        invoices.void(account, {}, draft["id"])
    account.emit("customer.subscription.pending_update_expired", changed)


def _changed_items(account: Account, subscription: Thing, asked: list[dict[str, Any]]) -> list[Thing]:
    """The items after a change: by id altered or deleted, without an id added."""
    items = {item["id"]: copy.deepcopy(item) for item in subscription["items"]["data"]}
    start = min(item["current_period_start"] for item in items.values())
    for n, change in enumerate(asked):
        path = f"items[{n}]"
        if "id" not in change:
            added = make_item(account, subscription["id"], change, path, start)
            items[added["id"]] = added
        elif change["id"] not in items:
            raise StripeError(
                f"No such subscription item: '{change['id']}'", code="resource_missing", param=f"{path}[id]"
            )
        elif change.get("deleted"):
            del items[change["id"]]
        else:
            _alter(account, items[change["id"]], change, path)
    refuse_mixed(list(items.values()))
    return list(items.values())


def _alter(account: Account, item: Thing, change: dict[str, Any], path: str) -> None:
    if "price" in change or "price_data" in change:
        item["price"] = price_of(account, change, path)
    item["quantity"] = change.get("quantity", item["quantity"])
    item["metadata"] = merged(item["metadata"], change.get("metadata"))


def _proration(account: Account, old: Thing, new: Thing, at_s: int, *, restarts: bool) -> list[Thing]:
    before, after = old["items"]["data"], new["items"]["data"]
    if old["status"] == "trialing":
        return []
    if restarts or _length(new) != _length(old):
        return unused_lines(account, old, before, at_s)
    return change_lines(account, old, before, after, at_s)


def _next_period(account: Account, sketch: Thing) -> list[Thing]:
    for item in sketch["items"]["data"]:
        start = item["current_period_end"]
        item |= {"current_period_start": start, "current_period_end": start + period_s(item["price"])}
    return period_lines(account, sketch)


def _length(subscription: Thing) -> int:
    return period_s(subscription["items"]["data"][0]["price"])


def _restarts(params: dict[str, Any]) -> bool:
    anchor = params.get("billing_cycle_anchor")
    return anchor == "now" or (isinstance(anchor, dict) and anchor.get("type") == "now")
