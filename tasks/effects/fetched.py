"""An object that an event only named has been fetched: the event is done, the object speaks for itself."""

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure
from bursar.gateways.api.results import Fetched
from bursar.rules.calling import CallOutcome
from models.inbox_writes import finish_fetched
from models.queries.differences import ANEW
from tasks.effects.call import Call, Effect
from tasks.following import follow
from tasks.wakes import Wakes


class ObjectFetched(Effect):
    """A fetch that is refused leaves its event waiting, with a break: money may be behind it."""

    def answered(self, session: Session, call: Call, result: Fetched) -> Wakes:
        """Its subject is `fetch:<account>/<object>`, as the event waits for it."""
        finish_fetched(session, call.subject, call.sent_at)
        return Wakes(calls=follow(session, call.account, result.found, call.customer_id))

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:
        """What reconciliation asks for anew gets no break of its own: the run says what differs."""
        if call.subject.startswith(ANEW):
            return Wakes()
        return super().refused(session, call, outcome, failure)
