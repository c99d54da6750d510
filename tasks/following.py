"""What an object that a gateway showed us waits for: money that its payer agreed to is taken, once."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.follow_ups import find_follow_up
from bursar.gateways.api.requests import Capture
from bursar.gateways.api.results import Found
from models.queries import payable
from tasks.asking import enqueue_call


def follow(
    session: Session, account: str, found: Iterable[Found], customer_id: UUID | None = None
) -> list[UUID]:
    """The calls that were committed to, whether a webhook or a backfill led to the objects.

    Raises Unreadable or NotJson.
    """
    wanted = [request for each in found if (request := find_follow_up(account, each))]
    made = [_capture(session, account, request, customer_id) for request in wanted]
    return [each for each in made if each]


def _capture(session: Session, account: str, request: Capture, customer_id: UUID | None) -> UUID | None:
    """While we still want it: a page that was closed is closed by never being captured."""
    if not payable.is_page_open(session, account, request.payment):
        return None
    return enqueue_call(session, account, f"order:{request.payment}", request, customer_id)
