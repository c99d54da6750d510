"""What subscriptions collect: the first charge when a payer approves, and one with every cycle."""

from bursar.errors import Refused
from bursar.sandbox.fake.razorpay import customers, orders, payments, plans, subscriptions
from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.vendor import NoSuchThing

AGAIN_AFTER_S = 86_400
"""Seconds: T+1, T+2, T+3, then the subscription is halted (payments/subscriptions/payment-retries)."""
RETRIES = 3


def approve(account: Account, subscription_id: str, method: str = "card") -> Thing:
    """A payer approves it. It is charged at once, or when it starts."""
    approved = find(account, subscription_id)
    if approved["status"] != "created":
        raise Refused(f"{subscription_id} is {approved['status']}: it cannot be approved")
    payer = customers.create(account, {"name": "Sample Learner"})
    customers.save_token(account, payer["id"], method)
    start = max(approved["start_at"] or 0, account.now_s())
    approved |= {
        "status": "authenticated",
        "customer_id": payer["id"],
        "payment_method": method,
        "start_at": start,
        "charge_at": start,
        "end_at": start + approved["total_count"] * _cycle_s(account, approved),
    }
    account.emit("subscription.authenticated", {"subscription": approved})
    if start > account.now_s():
        account.schedule(start, lambda: _collect(account, approved))
    else:
        _collect(account, approved)
    return approved


def refuse(account: Account, subscription_id: str, times: int = RETRIES + 1) -> Thing:
    """The bank declines this many of the next charges."""
    refused = find(account, subscription_id)
    account.behind[refused["id"]] = times
    return refused


def find(account: Account, subscription_id: str) -> Thing:
    """A subscription that a script names. Raises NoSuchThing."""
    found = account.find(subscriptions.KIND, subscription_id)
    if found is None:
        raise NoSuchThing(f"there is no subscription {subscription_id}")
    return found


def _collect(account: Account, due: Thing, retry: int = 0) -> None:
    """One charge. A paused one is looked at again with the next cycle."""
    if due["status"] == "paused":
        account.schedule(account.now_s() + _cycle_s(account, due), lambda: _collect(account, due))
        return
    if due["status"] not in subscriptions.RUNNING:
        return
    subscriptions.apply_scheduled_changes(account, due)
    item = account.get(plans.KIND, due["plan_id"])["item"]
    order = orders.make(account, item["amount"] * due["quantity"], item["currency"])
    payment = payments.attempt(account, order, due["payment_method"], customer=due["customer_id"])
    declines = account.behind.get(due["id"], 0)
    if declines:
        account.behind[due["id"]] = declines - 1
        payments.fail(account, payment, "insufficient_funds")
        _try_again(account, due, retry)
        return
    payments.authorize(account, payment)
    _begin_cycle(account, due, payment)


def _begin_cycle(account: Account, due: Thing, payment: Thing) -> None:
    first = not due["paid_count"]
    start = account.now_s()
    end = start + _cycle_s(account, due)
    due |= {
        "status": "active",
        "current_start": start,
        "current_end": end,
        "charge_at": end,
        "paid_count": due["paid_count"] + 1,
        "remaining_count": due["remaining_count"] - 1,
        "auth_attempts": 0,
    }
    if first:
        account.emit("subscription.activated", {"subscription": due, "payment": payment})
    account.emit("subscription.charged", {"subscription": due, "payment": payment})
    if due["remaining_count"]:
        account.schedule(end, lambda: _collect(account, due))
    else:
        account.schedule(end, lambda: subscriptions.end(account, due, "completed"))


def _try_again(account: Account, due: Thing, retry: int) -> None:
    due["auth_attempts"] = retry + 1
    if retry == RETRIES:
        due |= {"status": "halted", "charge_at": None}
        account.emit("subscription.halted", {"subscription": due})
        return
    due |= {"status": "pending", "charge_at": account.now_s() + AGAIN_AFTER_S}
    account.emit("subscription.pending", {"subscription": due})
    account.schedule(account.now_s() + AGAIN_AFTER_S, lambda: _collect(account, due, retry + 1))


def _cycle_s(account: Account, due: Thing) -> int:
    return plans.cycle_s(account.get(plans.KIND, due["plan_id"]))
