"""A customer has a record at a gateway: one per account, reused for ever."""

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure, FailureCode
from bursar.gateways.api.results import CustomerCreated
from bursar.rules.calling import CallOutcome
from models.queries import customers
from tasks.beginning import begin_waiting, fail_waiting
from tasks.effects.call import Call, Effect
from tasks.wakes import Wakes


class CustomerMade(Effect):
    """The first record wins; a second one at the same gateway is not remembered."""

    def answered(self, session: Session, call: Call, result: CustomerCreated) -> Wakes:
        """Remember the gateway's id, and begin the subscriptions that waited for it."""
        customers.keep_record(session, call.customer_id, call.account, result.customer)
        return Wakes(calls=begin_waiting(session, call.customer_id, call.account))

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:
        """What waited goes on without a record, unless nobody answered.

        That a gateway keeps no customers is nothing to put before a person.
        """
        if failure.code is not FailureCode.UNSUPPORTED:
            super().refused(session, call, outcome, failure)
        if outcome is CallOutcome.GIVEN_UP:
            fail_waiting(session, call.customer_id, call.account, str(failure))
            return Wakes()
        return Wakes(calls=begin_waiting(session, call.customer_id, call.account))
