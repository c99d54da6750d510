"""A day of telling a host what changed; run in processes that die there."""

from collections.abc import Sequence
from uuid import UUID

from tasks.events import apply_events
from tasks.notifications import send_notifications
from tests.support.factories import store_event
from tests.tasks.steps import paid


def telling(invoices: Sequence[UUID]) -> None:
    """Each invoice is paid, which opens a track, which the host hears of."""
    for n, invoice in enumerate(invoices):
        store_event(paid(1000_00, payment=f"pi_{n}", invoice=invoice))
        apply_events()
        send_notifications()
