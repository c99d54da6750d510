"""A subscription that was begun or changed. How it stands the register says, not the answer of a call."""

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure
from bursar.gateways.api.results import SubscriptionAnswer
from bursar.rules.calling import CallOutcome
from models.queries import subscriptions
from tasks.effects.call import Call, Effect
from tasks.wakes import Wakes


class SubscriptionBegun(Effect):
    """Whoever asked for it waits on its row."""

    def answered(self, session: Session, call: Call, result: SubscriptionAnswer) -> Wakes:
        """Keep the gateway's id, and what the payer needs."""
        subscriptions.begun(
            session,
            call.subject_id,
            external_id=result.subscription,
            approval_url=result.approval_url,
            client_secret=result.client_secret,
        )
        return Wakes()

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:  # noqa: ARG002
        """Whoever asked reads why on the row."""
        subscriptions.failed(session, call.subject_id, str(failure))
        return Wakes()


class PlanChanged(Effect):
    """Another plan or quantity; a refusal is put before a person, for nobody may be waiting."""

    def answered(self, session: Session, call: Call, result: SubscriptionAnswer) -> Wakes:
        """Keep how many of the plan it is, and where the payer approves it."""
        subscriptions.changed(
            session, call.subject_id, quantity=call.params["quantity"], approval_url=result.approval_url
        )
        return Wakes()
