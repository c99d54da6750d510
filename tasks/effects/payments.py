"""A payment that was begun, confirmed or charged from here."""

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure, FailureCode
from bursar.gateways.api.results import PaymentAnswer
from bursar.rules.calling import CallOutcome
from bursar.rules.states import CheckoutStatus, PaymentStatus
from models.queries import checkouts
from tasks.effects.call import Call, Effect
from tasks.wakes import Wakes

_STATUS = {
    PaymentStatus.SUCCEEDED: CheckoutStatus.COMPLETED,
    PaymentStatus.FAILED: CheckoutStatus.FAILED,
    PaymentStatus.CANCELED: CheckoutStatus.FAILED,
    PaymentStatus.EXPIRED: CheckoutStatus.EXPIRED,
}
"""All others leave it open: the payer or the bank has the next word."""
_ENDED_BADLY = frozenset(_STATUS) - {PaymentStatus.SUCCEEDED}


class PaymentTried(Effect):
    """The books move on what entered the inbox; the checkout only says how far it is."""

    def answered(self, session: Session, call: Call, result: PaymentAnswer) -> Wakes:
        """Keep what the host's page needs, and whether it is over."""
        checkouts.tried(
            session,
            call.subject_id,
            call.account,
            external_id=result.payment,
            status=_STATUS.get(result.status, CheckoutStatus.OPEN),
            client_secret=result.client_secret,
            url=result.action_url,
            why=f"the payment is {result.status}" if result.status in _ENDED_BADLY else None,
        )
        return Wakes()

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:  # noqa: ARG002
        """Declined or not answered: whoever asked reads why on the row, and whether trying again can help."""
        checkouts.declined(
            session,
            call.subject_id,
            call.account,
            str(failure),
            external_id=failure.object_id,
            decline_code=failure.decline_code,
            advice_code=failure.advice_code,
        )
        return Wakes()


class ApprovalTaken(Effect):
    """Money of a payer who agreed on a gateway's page, where we take it."""

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:
        """A payer whose bank declined is shown the page again: nobody else needs to know."""
        if failure.code is FailureCode.DECLINED:
            return Wakes()
        return super().refused(session, call, outcome, failure)
