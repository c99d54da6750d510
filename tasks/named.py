"""What has to be asked for: objects that events only named, calls nobody knows the outcome of."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.gateways.api.requests import Fetch
from bursar.rules.breaks import BreakKind
from models.inbox_writes import open_break
from models.queries import calls
from models.session import transaction
from tasks.asking import enqueue_call
from workers.crashpoints import crash_point

FETCHES_MAX = 200
"""Objects asked for at a time; the next wake or sweep goes on."""
UNKNOWN_MAX = timedelta(hours=24)
"""As long as gateways remember an idempotency key: who has not learnt it by then needs a person."""


def ask_for_named_objects() -> None:
    """Ask for what events name and nobody asks for: where the transaction that parked them could not."""
    with transaction() as session:
        ask_for(session)
    crash_point("reconciliation.asked")


def ask_for(session: Session) -> list[UUID]:
    """One fetch for each object that events wait for; the calls that are new."""
    asked = []
    for wanted in calls.objects_waited_for(session, FETCHES_MAX):
        kind, _, object_id = wanted.object_id.rpartition("/")
        request = Fetch(kind=kind, object_id=object_id)
        call_id = enqueue_call(session, wanted.account, wanted.waiting_for, request)
        asked += [call_id] if call_id else []
    return asked


def report_unknown_calls() -> None:
    """Put before a person what nobody could learn for a day."""
    with transaction() as session:
        for call in calls.overdue_unknown(session, utc_now() - UNKNOWN_MAX):
            why = (
                f"nobody knows since {call.sent_at:%Y-%m-%d %H:%M} whether {call.gateway_account} acted on it"
            )
            open_break(session, BreakKind.CALL_STUCK, f"call:{call.id}", why)
