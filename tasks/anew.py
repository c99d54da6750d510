"""Ask a gateway anew for what its list and the books do not agree about: one call per thing."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.requests import REFUNDS_OF_PAYMENT, Fetch
from bursar.gateways.registry import kind_of
from models.queries.differences import fetch_subject
from tasks.asking import enqueue_call


def ask_anew(session: Session, account: str, things: Iterable[tuple[str, str]]) -> list[UUID]:
    """Calls for these things (`payment`, `refund`, `dispute` or `settlement`, and the gateway's id).

    What is being asked for already is not asked for twice.
    """
    gateway = account.partition(":")[0]
    calls = []
    for thing, object_id in things:
        request = Fetch(kind=kind_of(gateway, thing, object_id), object_id=object_id)
        call_id = enqueue_call(session, account, fetch_subject(account, thing, object_id), request)
        calls += [call_id] if call_id else []
    return calls


def ask_for_refunds(session: Session, account: str, payment: str) -> UUID | None:
    """A call for every refund of a payment; None while one is under way."""
    request = Fetch(kind=REFUNDS_OF_PAYMENT, object_id=payment)
    return enqueue_call(session, account, fetch_subject(account, "refunds", payment), request)
