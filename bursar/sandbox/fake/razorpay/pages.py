"""What Razorpay's hosted pages show and do: a payment link, and the approval of a subscription."""

from bursar.rules.money_text import money_text
from bursar.sandbox.fake.razorpay import links, paying, payments, plans, renewals, subscriptions
from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.vendor import Choice, NoSuchThing, Offer

_LOCALE = "en_IN"


def find_offer(account: Account, checkout: str) -> Offer | None:
    """What the page of a link or a subscription shows."""
    link = account.find(links.KIND, checkout)
    if link:
        return _link(account, link)
    subscription = account.find(subscriptions.KIND, checkout)
    return _subscription(account, subscription) if subscription else None


def choose(account: Account, checkout: str, choice: Choice) -> str:
    """Do what the payer decided; returns where the browser goes. Raises NoSuchThing."""
    link = account.find(links.KIND, checkout)
    if link:
        return _pay_link(account, link, choice)
    subscription = account.find(subscriptions.KIND, checkout)
    if subscription is None:
        raise NoSuchThing(f"there is no payment link or subscription {checkout}")
    if choice is Choice.PAY:
        renewals.approve(account, checkout)
    return str(subscription["short_url"])  # a subscription has no address to go back to


def _pay_link(account: Account, link: Thing, choice: Choice) -> str:
    if choice is Choice.DECLINE:
        paying.decline(account, link["id"], "upi", "insufficient_funds")
        return str(link["short_url"])
    if choice is Choice.PAY_LATER:
        paying.pay_later(account, link["id"], "netbanking")
    if choice is Choice.PAY:
        paying.pay(account, link["id"], "upi")
    return links.return_url(account, link)


def _link(account: Account, link: Thing) -> Offer:
    amount = money_text(link["amount"], link["currency"], _LOCALE)
    is_open = link["status"] == "created"
    return Offer(
        checkout=link["id"],
        amount=amount,
        lines=((link["description"] or link["reference_id"] or link["id"], amount),),
        open=is_open,
        notice=_last_refusal(account, link) if is_open else f"This payment link is {link['status']}.",
    )


def _subscription(account: Account, subscription: Thing) -> Offer:
    item = account.get(plans.KIND, subscription["plan_id"])["item"]
    amount = money_text(item["amount"] * subscription["quantity"], item["currency"], _LOCALE)
    is_open = subscription["status"] == "created"
    return Offer(
        checkout=subscription["id"],
        amount=amount,
        lines=((f"{item['name']}, {subscription['total_count']} times", amount),),
        open=is_open,
        notice="" if is_open else f"This subscription is {subscription['status']}.",
    )


def _last_refusal(account: Account, link: Thing) -> str:
    """Why the last attempt failed."""
    attempts = list(account.where(payments.KIND, order_id=link.get("order_id")))
    return (attempts[-1]["error_description"] or "") if attempts else ""
