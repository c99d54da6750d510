"""A day of subscribing, passing its points at least twice; run in processes that die there."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from bursar.gateways.api.requests import ChangeAt, CreateSubscription
from tasks.events import apply_events
from tasks.subscriptions import Change, Start, cancel, change, start
from tests.support.factories import make_plan, value
from tests.support.toy.kept import KeptToyApi
from tests.support.toy.subscriptions import told
from tests.tasks.steps import tell
from tests.workers.calling_days import ACCOUNT, connect


def subscribing(invoices: Sequence[UUID]) -> None:
    """Each customer begins a plan, pays for it, moves to another and ends it."""
    toy = connect(pytest.MonkeyPatch())
    for n, invoice in enumerate(invoices):
        customer = UUID(str(value("SELECT customer_id FROM invoices WHERE id = %s", invoice)))
        made = start(Start(customer_id=customer, plan="basic"), here=True)
        external_id = str(value("SELECT external_id FROM subscriptions WHERE id = %s", made))
        tell(told(toy, external_id, status="active", id=f"evt_{n}").document, gateway="toy")
        change(made, Change(plan="gold"), "desk", here=True)
        apply_events()
        cancel(made, ChangeAt.NOW, "desk", here=True)
        apply_events()


def begun(toy: KeptToyApi) -> list[str]:
    """Our ids of what the toy began, as often as it did."""
    return sorted(request.subscription for request in toy.acts if isinstance(request, CreateSubscription))


def sell_plans() -> None:
    """What can be begun, before the day."""
    for name in ("basic", "gold"):
        make_plan(name, ("INR", ACCOUNT, f"price_{name}"))
