"""What the mails say about tracks, plans and saved cards."""

from bursar.emails.headers import one_line
from bursar.emails.values.rights import CardExpiring, EnrollmentUnlocked, PlanChanged, SubscriptionCanceled
from bursar.emails.wording.reader import reader
from bursar.emails.wording.text import Wording, listed, maybe_line


def enrollment_unlocked(values: EnrollmentUnlocked) -> Wording:
    """Where to begin."""
    track, first_project = one_line(values.track), one_line(values.first_project)
    steps, steps_more = listed(values.steps)
    return Wording(
        subject=f"{track} is open for you",
        preheader=f"Start with {first_project}.",
        parts={
            "customer_name": one_line(values.customer_name),
            "track": track,
            "first_project": first_project,
            "steps": steps,
            "steps_more": steps_more,
        },
    )


def card_expiring(values: CardExpiring) -> Wording:
    """Which card, and until when it works."""
    read = reader(values.locale)
    card, expires = one_line(values.card), read.month(*values.expires)
    return Wording(
        subject=f"Your {card} expires at the end of {expires}",
        preheader="Save another one, and nothing is interrupted.",
        lang=read.lang,
        parts={
            "customer_name": one_line(values.customer_name),
            "card": card,
            "expires": expires,
            "plan": maybe_line(values.plan),
            "update_url": values.update_url,
        },
    )


def plan_changed(values: PlanChanged) -> Wording:
    """Which plan it is now, and what it costs."""
    read = reader(values.locale)
    plan, price = one_line(values.plan), None
    if values.amount_minor is not None and values.currency is not None:
        price = read.money(values.amount_minor, values.currency)
        price += f" per {one_line(values.interval)}" if values.interval else ""
    return Wording(
        subject=f"Your plan is now {plan}",
        preheader=f"{price}." if price else "What has changed, and from when.",
        lang=read.lang,
        parts={
            "customer_name": one_line(values.customer_name),
            "plan": plan,
            "plan_before": maybe_line(values.plan_before),
            "price": price,
            "renews_on": read.day(values.renews_on) if values.renews_on else None,
        },
    )


def subscription_canceled(values: SubscriptionCanceled) -> Wording:
    """That it ends, and what is left of it."""
    read = reader(values.locale)
    plan = one_line(values.plan)
    ends_on = read.day(values.ends_on) if values.ends_on else None
    return Wording(
        subject=f"Your subscription {plan} is cancelled",
        preheader=f"It stays open until {ends_on}." if ends_on else "It has ended.",
        lang=read.lang,
        parts={"customer_name": one_line(values.customer_name), "plan": plan, "ends_on": ends_on},
    )
