"""Fetches: objects of a gateway that have to be asked for, each by one call at a time."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.requests import REFUNDS_OF_PAYMENT, Fetch
from bursar.gateways.registry import kind_of
from models.queries import calls
from models.queries.differences import fetch_subject
from models.session import transaction
from tasks.asking import enqueue_call
from workers.crashpoints import crash_point

FETCHES_MAX = 200
"""Objects asked for at a time; the next wake or sweep goes on."""


def ask_for_named_objects() -> None:
    """Ask for what events name and nobody asks for: where the transaction that parked them could not."""
    with transaction() as session:
        ask_for_named(session)
    crash_point("reconciliation.asked")


def ask_for_named(session: Session) -> list[UUID]:
    """One fetch for each object that events wait for; the calls that are new."""
    asked = []
    for wanted in calls.objects_waited_for(session, FETCHES_MAX):
        kind, _, object_id = wanted.object_id.rpartition("/")
        request = Fetch(kind=kind, object_id=object_id)
        call_id = enqueue_call(session, wanted.account, wanted.waiting_for, request)
        asked += [call_id] if call_id else []
    return asked


def ask_anew(session: Session, account: str, things: Iterable[tuple[str, str]]) -> list[UUID]:
    """Calls for things that a gateway's list and the books do not agree about.

    Each is `payment`, `refund`, `dispute` or `settlement` with the gateway's id. What is being asked for
    already is not asked for twice.
    """
    gateway = account.partition(":")[0]
    asked = []
    for thing, object_id in things:
        request = Fetch(kind=kind_of(gateway, thing, object_id), object_id=object_id)
        call_id = enqueue_call(session, account, fetch_subject(account, thing, object_id), request)
        asked += [call_id] if call_id else []
    return asked


def ask_for_refunds(session: Session, account: str, payment: str) -> UUID | None:
    """A call for every refund of a payment; None while one is under way."""
    request = Fetch(kind=REFUNDS_OF_PAYMENT, object_id=payment)
    return enqueue_call(session, account, fetch_subject(account, "refunds", payment), request)
