"""A refund that was asked for: which refund of the gateway it became, or why it became none."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure
from bursar.gateways.api.results import RefundAnswer
from bursar.rules.breaks import BreakKind
from bursar.rules.calling import CallOutcome
from models.inbox_writes import open_break
from tasks.effects.call import Call, Effect
from tasks.wakes import Wakes

_BECAME = """
UPDATE refund_requests SET gateway_refund_id = :refund, status = 'pending'
WHERE id = :id AND status = 'approved'
"""
_FAILED = (
    "UPDATE refund_requests SET status = 'failed', decision = :why WHERE id = :id AND status = 'approved'"
)


class RefundTried(Effect):
    """From `pending` on the gateway's own refund says how it stands."""

    def answered(self, session: Session, call: Call, result: RefundAnswer) -> Wakes:
        """Tie the request to the gateway's refund; its events may have come before."""
        session.execute(text(_BECAME), {"id": call.subject_id, "refund": result.refund})
        return Wakes()

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:  # noqa: ARG002
        """The customer still waits for the money: a person has to find another way."""
        session.execute(text(_FAILED), {"id": call.subject_id, "why": str(failure)})
        open_break(session, BreakKind.CALL_REFUSED, f"call:{call.id}", f"refund refused: {failure}")
        return Wakes()
