"""What two histories of the same facts are compared by, in names that both share."""

from uuid import UUID

from bursar.rules.books import GroupKey, Share
from bursar.rules.ledger import CUSTOMER_CREDIT, RECEIVABLE
from tests.rules.laws import open_and_credit
from tests.rules.store import World


def gateway_objects(world: World) -> dict[str, object]:
    """State, amounts and owner of every payment, refund and checkout, and what still waits."""
    return {
        "payments": {
            payment.gateway_id: (
                payment.status,
                payment.amount_minor,
                payment.currency,
                payment.attribution,
                payment.refunded_minor,
                payment.watermark_minor,
            )
            for payment in world.payments.values()
        },
        "refunds": {
            name: (refund.status, refund.amount_minor, refund.currency, refund.applied_seq is None)
            for name, refund in world.refunds.items()
        },
        "checkouts": {name: each.status for name, each in world.checkouts.items()},
        "aliases": {name: world.payments[each].gateway_id for name, each in world.aliases.items()},
        "attempts": world.attempts,
        "waiting": set(world.waiting.values()),
    }


def balances(world: World) -> dict[tuple[str, str], int]:
    """Balances of every account that no order may touch: gateway, unidentified, suspense."""
    sums: dict[tuple[str, str], int] = {}
    for leg in world.legs():
        if leg.account.startswith(("gateway:", "unidentified", "suspense")):
            key = (leg.account, leg.currency)
            sums[key] = sums.get(key, 0) + leg.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


def net_of_groups(world: World) -> dict[GroupKey, int]:
    """Receivable less credit of each (customer, currency), before refunds took charges back."""
    cancelled = dict.fromkeys(world.groups(), 0)
    for invoice in world.invoices.values():
        cancelled[invoice.customer_id, invoice.currency] += invoice.refunded_minor
    return {
        group: _subtract(*open_and_credit(world, group)) + minor
        for group, minor in cancelled.items()
        if group[0]
    }


def both_of_groups(world: World) -> dict[GroupKey, tuple[int, int]]:
    """Open receivable and credit of each (customer, currency) that never refunded anything."""
    refunding = {payment.group for payment in world.payments.values() if payment.refunded_minor}
    return {g: open_and_credit(world, g) for g in world.groups() if g[0] and g not in refunding}


def placements(world: World) -> dict[str, object]:
    """L2: where every payment lies line by line, what each invoice has, and who may learn."""
    shares = world.shares(world.payments)
    return {
        "shares": {
            payment.gateway_id: {
                line_id: share for line_id, share in shares.get(payment.id, {}).items() if share != Share()
            }
            for payment in world.payments.values()
        },
        "invoices": {each.id: (each.paid_minor, each.refunded_minor) for each in world.invoices.values()},
        "desired": dict(world.desired),
        "groups": {group: open_and_credit(world, group) for group in world.groups()},
        "customers": _by_customer(world),
    }


def order_of_application(world: World) -> list[str]:
    """The payments by their place in the order of application."""
    applied = [payment for payment in world.payments.values() if payment.applied_seq]
    return [payment.gateway_id for payment in sorted(applied, key=lambda payment: payment.applied_seq)]


def _subtract(open_minor: int, credit_minor: int) -> int:
    return open_minor - credit_minor


def _by_customer(world: World) -> dict[tuple[str, UUID | None, str], int]:
    """Every balance that names a customer."""
    sums: dict[tuple[str, UUID | None, str], int] = {}
    for leg in world.legs():
        if leg.account in {RECEIVABLE, CUSTOMER_CREDIT}:
            key = (leg.account, leg.customer_id, leg.currency)
            sums[key] = sums.get(key, 0) + leg.amount_minor
    return {key: amount for key, amount in sums.items() if amount}
