"""An object that an event only named has been fetched: the event is done, the object speaks for itself."""

from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure
from bursar.gateways.api.follow_ups import find_follow_up
from bursar.gateways.api.requests import Capture
from bursar.gateways.api.results import Fetched
from bursar.rules.calling import CallOutcome
from models.inbox_writes import finish_fetched
from models.queries import payable
from models.queries.differences import ANEW
from tasks.asking import enqueue_call
from tasks.effects.call import Call, Effect
from tasks.wakes import Wakes


class ObjectFetched(Effect):
    """A fetch that is refused leaves its event waiting, with a break: money may be behind it."""

    def answered(self, session: Session, call: Call, result: Fetched) -> Wakes:
        """Its subject is `fetch:<account>/<object>`, as the event waits for it."""
        finish_fetched(session, call.subject, call.sent_at)
        wanted = [request for each in result.found if (request := find_follow_up(call.account, each))]
        made = [_captured(session, call, request) for request in wanted]
        return Wakes(calls=[each for each in made if each])

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:
        """What reconciliation asks for anew gets no break of its own: the run says what differs."""
        if call.subject.startswith(ANEW):
            return Wakes()
        return super().refused(session, call, outcome, failure)


def _captured(session: Session, call: Call, request: Capture) -> UUID | None:
    """Take the money that a payer agreed to, once, while we still want it: a closed page is never taken."""
    if not payable.is_page_open(session, call.account, request.payment):
        return None
    return enqueue_call(session, call.account, f"order:{request.payment}", request, call.customer_id)
