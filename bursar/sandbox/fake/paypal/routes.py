"""Which path is which operation, what it takes, and who does it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bursar.sandbox.fake.paypal import (
    balance,
    captures,
    disputes,
    events,
    orders,
    params,
    plans,
    sales,
    subscriptions,
    vault,
)
from bursar.sandbox.fake.paypal.account import Thing
from bursar.sandbox.fake.paypal.params import Shape

Handler = Callable[..., Thing | None]
_ID = "([A-Za-z0-9_-]{1,64})"
_NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    name: str
    method: str
    path: re.Pattern[str]
    shape: Shape
    handler: Handler
    """Takes the account, the parameters and the ids in the path."""
    status: int


def find(method: str, path: str) -> tuple[Operation, tuple[Any, ...]] | None:
    """The operation at a path, and the ids in it."""
    for operation in OPERATIONS:
        matched = operation.path.fullmatch(path)
        if matched and operation.method == method:
            return operation, matched.groups()
    return None


def _operation(
    name: str, route: str, handler: Handler, shape: Shape = params.NOTHING, status: int = 200
) -> Operation:
    method, path = route.split(" ")
    pattern = _ID.join(re.escape(part) for part in path.split("{id}"))
    return Operation(name, method, re.compile(pattern), shape, handler, status)


def _subscription(action: str, handler: Handler) -> Operation:
    return _operation(
        f"subscriptions.{action}",
        f"POST /v1/billing/subscriptions/{{id}}/{action}",
        handler,
        params.REASON,
        _NO_CONTENT,
    )


OPERATIONS = (
    _operation("orders.create", "POST /v2/checkout/orders", orders.create, params.ORDER, 201),
    _operation("orders.retrieve", "GET /v2/checkout/orders/{id}", orders.retrieve),
    _operation("orders.capture", "POST /v2/checkout/orders/{id}/capture", orders.capture, params.PAY, 201),
    _operation(
        "orders.authorize", "POST /v2/checkout/orders/{id}/authorize", orders.authorize, params.PAY, 201
    ),
    _operation("authorizations.retrieve", "GET /v2/payments/authorizations/{id}", captures.retrieve_held),
    _operation(
        "authorizations.capture",
        "POST /v2/payments/authorizations/{id}/capture",
        captures.capture_held,
        params.CAPTURE,
        201,
    ),
    _operation("captures.retrieve", "GET /v2/payments/captures/{id}", captures.retrieve),
    _operation(
        "captures.refund", "POST /v2/payments/captures/{id}/refund", captures.refund, params.REFUND, 201
    ),
    _operation("refunds.retrieve", "GET /v2/payments/refunds/{id}", captures.retrieve_refund),
    _operation("sales.retrieve", "GET /v1/payments/sale/{id}", sales.retrieve),
    _operation("sales.refund", "POST /v1/payments/sale/{id}/refund", sales.refund, params.SALE_REFUND, 201),
    _operation("sale_refunds.retrieve", "GET /v1/payments/refund/{id}", sales.retrieve_refund),
    _operation("plans.create", "POST /v1/billing/plans", plans.create, params.PLAN, 201),
    _operation("plans.retrieve", "GET /v1/billing/plans/{id}", plans.retrieve),
    _operation(
        "subscriptions.create",
        "POST /v1/billing/subscriptions",
        subscriptions.create,
        params.SUBSCRIPTION,
        201,
    ),
    _operation("subscriptions.retrieve", "GET /v1/billing/subscriptions/{id}", subscriptions.retrieve),
    _operation(
        "subscriptions.revise",
        "POST /v1/billing/subscriptions/{id}/revise",
        subscriptions.revise,
        params.REVISE,
    ),
    _subscription("suspend", subscriptions.suspend),
    _subscription("activate", subscriptions.activate),
    _subscription("cancel", subscriptions.cancel),
    _operation("disputes.retrieve", "GET /v1/customer/disputes/{id}", disputes.retrieve),
    _operation("tokens.retrieve", "GET /v3/vault/payment-tokens/{id}", vault.retrieve),
    _operation("tokens.list", "GET /v3/vault/payment-tokens", vault.list_, params.TOKENS),
    _operation("events.list", "GET /v1/notifications/webhooks-events", events.list_, params.EVENTS),
    _operation("transactions.list", "GET /v1/reporting/transactions", balance.report, params.REPORT),
)
