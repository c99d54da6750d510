"""What two histories of the same facts are compared by, in names that both share."""

from uuid import UUID

from bursar.rules.books import GroupKey, Share
from bursar.rules.ledger import (
    BANK,
    CONTESTED,
    CUSTOMER_CREDIT,
    FX,
    INPUT_TAX,
    RECEIVABLE,
    SUSPENSE,
    UNIDENTIFIED,
)
from bursar.sandbox.memory.laws import open_and_credit
from bursar.sandbox.memory.store import World

ELSEWHERE = (UNIDENTIFIED, SUSPENSE, CONTESTED, BANK, FX, INPUT_TAX)


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
                payment.lost_minor,
                payment.disputed,
                payment.watermark_minor,
                payment.components,
            )
            for payment in world.payments.values()
        },
        "refunds": {
            name: (refund.status, refund.amount_minor, refund.currency, refund.applied_seq is None)
            for name, refund in world.refunds.items()
        },
        "disputes": {
            name: (each.status, each.amount_minor, each.stamp, each.applied_seq is None)
            for name, each in world.disputes.items()
        },
        "movements": {
            name: (each.amount_minor, each.tax_minor, each.counter_minor, each.status, each.stamp)
            for name, each in world.movements.items()
        },
        "objects": {name: (each.status, each.stamp) for name, each in world.objects.items()},
        "checkouts": {name: each.status for name, each in world.checkouts.items()},
        "aliases": {name: world.payments[each].gateway_id for name, each in world.aliases.items()},
        "attempts": world.attempts,
        "waiting": set(world.waiting.values()),
    }


def balances(world: World) -> dict[tuple[str, str], int]:
    """Balances of every account that no order may touch."""
    sums: dict[tuple[str, str], int] = {}
    for leg in world.legs():
        if leg.account.startswith(("gateway", *ELSEWHERE)):
            key = (leg.account, leg.currency)
            sums[key] = sums.get(key, 0) + leg.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


def net_of_groups(world: World) -> dict[GroupKey, int]:
    """L0: receivable less credit of each (customer, currency)."""
    return {group: _subtract(*open_and_credit(world, group)) for group in world.groups() if group[0]}


def both_of_groups(world: World) -> dict[GroupKey, tuple[int, int, int]]:
    """L1: open receivable, credit, and the part of it that is held."""
    held: dict[GroupKey, int] = dict.fromkeys(world.groups(), 0)
    for payment in world.payments.values():
        held[payment.group] += payment.held_minor
    return {group: (*open_and_credit(world, group), held[group]) for group in world.groups() if group[0]}


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
