"""What two histories of the same facts are compared by: the same views that `bursar sim` compares."""

from bursar.sandbox.memory.laws import open_and_credit
from bursar.sandbox.memory.views import (
    balances,
    both_of_groups,
    gateway_objects,
    net_of_groups,
    order_of_application,
    placements,
)

__all__ = [
    "balances",
    "both_of_groups",
    "gateway_objects",
    "net_of_groups",
    "open_and_credit",
    "order_of_application",
    "placements",
]
