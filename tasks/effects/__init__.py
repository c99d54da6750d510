"""What an answer of a gateway changes here, by operation, in the transaction that keeps the answer."""

from bursar.rules.calling import Operation
from tasks.effects.call import Call, Effect
from tasks.effects.checkouts import CheckoutCalled, CheckoutClosed
from tasks.effects.customers import CustomerMade
from tasks.effects.fetched import ObjectFetched
from tasks.effects.payments import ApprovalTaken, PaymentTried
from tasks.effects.refunds import RefundTried
from tasks.effects.subscriptions import PlanChanged, SubscriptionBegun

__all__ = ["EFFECTS", "Call", "Effect"]

EFFECTS: dict[Operation, Effect] = {
    Operation.CREATE_CUSTOMER: CustomerMade(),
    Operation.CREATE_CHECKOUT: CheckoutCalled(),
    Operation.EXPIRE_CHECKOUT: CheckoutClosed(),
    Operation.CREATE_INTENT: PaymentTried(),
    Operation.CONFIRM_INTENT: PaymentTried(),
    Operation.CHARGE: PaymentTried(),
    Operation.CAPTURE: ApprovalTaken(),
    Operation.REFUND: RefundTried(),
    Operation.CREATE_SUBSCRIPTION: SubscriptionBegun(),
    Operation.CHANGE_SUBSCRIPTION: PlanChanged(),
    Operation.PAUSE_SUBSCRIPTION: Effect(),
    Operation.RESUME_SUBSCRIPTION: Effect(),
    Operation.CANCEL_SUBSCRIPTION: Effect(),
    Operation.FETCH: ObjectFetched(),
}
"""Total: a test holds it to the enum."""
