"""Razorpay's subscriptions: made, changed, paused and ended by request. `renewals` collects them."""

from typing import Any

from bursar.sandbox.fake.razorpay import plans
from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.razorpay.errors import RazorpayError, not_now
from bursar.sandbox.fake.razorpay.listing import collection, page
from bursar.sandbox.razorpay_objects import told
from bursar.sandbox.razorpay_registers import subscription

KIND = "subscription"
CYCLES_MAX = 1_200
"""A hundred years of months (razorpay.com/docs/api/payments/subscriptions)."""
RUNNING = ("authenticated", "active", "pending")
_ENDED = ("cancelled", "completed", "expired")
_CHANGES = ("plan_id", "quantity")


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A subscription that its payer still has to approve, at `short_url`."""
    plan = account.get(plans.KIND, params["plan_id"])
    cycles, now_s = params["total_count"], account.now_s()
    if not 1 <= cycles <= CYCLES_MAX:
        raise RazorpayError(f"The total_count must be between 1 and {CYCLES_MAX}.", field="total_count")
    if params.get("start_at", now_s) < now_s:
        raise RazorpayError("start_at cannot be in the past", field="start_at")
    made = subscription(told({"subscription": account.new_id("sub"), "created": now_s + 3_600}), "created")
    made |= {
        "plan_id": plan["id"],
        "customer_id": None,
        "status": "created",
        "current_start": None,
        "current_end": None,
        "quantity": params.get("quantity", 1),
        "notes": params.get("notes") or [],
        "charge_at": params.get("start_at"),
        "start_at": params.get("start_at"),
        "end_at": None,
        "total_count": cycles,
        "paid_count": 0,
        "remaining_count": cycles,
        "customer_notify": bool(params.get("customer_notify", True)),
        "short_url": account.page_url(made["id"]),
        "payment_method": None,
    }
    return account.put(KIND, made)


def edit(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Another plan or quantity, now or with the next cycle."""
    changed = account.get(KIND, id_)
    if changed["status"] not in ("authenticated", "active"):
        raise not_now(f"Can't update subscription when it is in {changed['status']} state")
    if "plan_id" in params:
        account.get(plans.KIND, params["plan_id"])
    changes = {name: params[name] for name in _CHANGES if name in params}
    if params.get("schedule_change_at", "now") == "cycle_end":
        account.behind[_slot(id_)] = changes
        changed |= {"has_scheduled_changes": True, "change_scheduled_at": changed["current_end"]}
        return changed
    changed |= changes
    account.emit("subscription.updated", {"subscription": changed})
    return changed


def retrieve_scheduled_changes(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001
    """The subscription as it will be."""
    changed = account.get(KIND, id_)
    if not changed["has_scheduled_changes"]:
        raise not_now("No scheduled changes found for the subscription")
    return {**changed, **account.behind[_slot(id_)]}


def apply_scheduled_changes(account: Account, changed: Thing) -> None:
    """A cycle ends: what was asked for its end becomes true."""
    if changed["has_scheduled_changes"]:
        changed |= account.behind.pop(_slot(changed["id"]))
        changed |= {"has_scheduled_changes": False, "change_scheduled_at": None}
        account.emit("subscription.updated", {"subscription": changed})


def pause(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  only `now`
    """Collect no more."""
    paused = account.get(KIND, id_)
    if paused["status"] != "active":
        raise not_now(f"Subscription cannot be paused as it is not in active state: {paused['status']}")
    paused |= {"status": "paused", "charge_at": None, "pause_initiated_by": "self"}
    account.emit("subscription.paused", {"subscription": paused})
    return paused


def resume(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  only `now`
    """Collect again."""
    resumed = account.get(KIND, id_)
    if resumed["status"] != "paused":
        raise not_now(f"Subscription cannot be resumed as it is not in paused state: {resumed['status']}")
    resumed |= {"status": "active", "charge_at": resumed["current_end"], "pause_initiated_by": None}
    account.emit("subscription.resumed", {"subscription": resumed})
    return resumed


def cancel(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """End it now, or with what is paid for; that is not shown until it has ended."""
    cancelled = account.get(KIND, id_)
    if cancelled["status"] in _ENDED:
        raise not_now(f"Subscription is not cancellable in {cancelled['status']} status.")
    at_end = params.get("cancel_at_cycle_end", False) not in (False, 0, "0")
    if at_end and cancelled["current_end"]:
        account.schedule(cancelled["current_end"], lambda: end(account, cancelled, "cancelled"))
        return cancelled
    if at_end:
        raise not_now("Subscription cannot be cancelled at cycle end: no billing cycle is going on")
    end(account, cancelled, "cancelled")
    return cancelled


def end(account: Account, ended: Thing, status: str) -> None:
    """It renews no more."""
    if ended["status"] in _ENDED:
        return
    ended |= {"status": status, "ended_at": account.now_s(), "charge_at": None}
    account.emit(f"subscription.{status}", {"subscription": ended})


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One subscription."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Subscriptions, of a plan if asked for."""
    return collection(page(account.all(KIND), params))


def _slot(subscription_id: str) -> str:
    return f"{subscription_id}:scheduled"
