"""What two histories of the same facts are compared by, in names that both share."""

from bursar.rules.books import GroupKey
from bursar.rules.ledger import (
    BANK,
    CONTESTED,
    FX,
    INPUT_TAX,
    SUSPENSE,
    UNIDENTIFIED,
)
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
    return {
        key: minor
        for key, minor in world.sums.accounts.items()
        if minor and key[0].startswith(("gateway", *ELSEWHERE))
    }


def net_of_groups(world: World) -> dict[GroupKey, int]:
    """L0: receivable and losses less credit of each (customer, currency)."""
    both = {group: _unpaid_and_credit(world, group) for group in world.groups() if group[0]}
    return {group: unpaid_minor - credit_minor for group, (unpaid_minor, credit_minor) in both.items()}


def both_of_groups(world: World) -> dict[GroupKey, tuple[int, int, int]]:
    """L1: what is not paid, credit, and the part of it that is held."""
    held: dict[GroupKey, int] = dict.fromkeys(world.groups(), 0)
    for payment in world.payments.values():
        held[payment.group] += payment.held_minor
    return {group: (*_unpaid_and_credit(world, group), held[group]) for group in world.groups() if group[0]}


def _unpaid_and_credit(world: World, group: GroupKey) -> tuple[int, int]:
    """Open or given up, and credit: which of what is not paid is given up depends on where the money lies."""
    open_minor, credit_minor = world.sums.open_and_credit(group)
    invoices = world.invoices.having(group).values()
    return open_minor + sum(line.written_off_minor for each in invoices for line in each.lines), credit_minor


def placements(world: World) -> dict[str, object]:
    """L2: where every payment lies line by line, what each invoice has, and who may learn."""
    shares = world.shares(world.payments)
    return {
        "shares": {
            payment.gateway_id: {
                line_id: share for line_id, share in shares.get(payment.id, {}).items() if any(share)
            }
            for payment in world.payments.values()
        },
        "invoices": {each.id: (each.paid_minor, each.refunded_minor) for each in world.invoices.values()},
        "losses": {
            line.id: (line.written_off_minor, line.tolerated_minor, line.given_up_minor)
            for each in world.invoices.values()
            for line in each.lines
        },
        "desired": dict(world.desired),
        "groups": {group: world.sums.open_and_credit(group) for group in world.groups()},
        "customers": world.sums.without_zeros()["customers"],
    }


def order_of_application(world: World) -> list[str]:
    """The payments by their place in the order of application."""
    applied = [(each.applied_seq, each.gateway_id) for each in world.payments.values() if each.applied_seq]
    return [gateway_id for _, gateway_id in sorted(applied)]
