"""Which path is which operation, what it takes, and who does it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bursar.sandbox.fake.razorpay import (
    customers,
    disputes,
    links,
    orders,
    payments,
    plans,
    recurring,
    refunds,
    settlements,
    subscriptions,
)
from bursar.sandbox.fake.razorpay.account import Thing
from bursar.sandbox.fake.razorpay.params import BOOLEAN, Shape

Handler = Callable[..., Thing]
REFUND = "refunds.create"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    name: str
    method: str
    path: re.Pattern[str]
    shape: Shape
    handler: Handler
    """Takes the account, the parameters and the ids in the path."""


def find(method: str, path: str) -> tuple[Operation, tuple[Any, ...]] | None:
    """The operation at a path, and the ids in it."""
    for operation in OPERATIONS:
        matched = operation.path.fullmatch(path)
        if matched and operation.method == method:
            return operation, matched.groups()
    return None


def _operation(name: str, route: str, handler: Handler, shape: Shape | None = None) -> Operation:
    method, path = route.split(" ")
    pattern = "([A-Za-z0-9_]{1,64})".join(re.escape(part) for part in path.split("{id}"))
    return Operation(name, method, re.compile(f"/v1{pattern}/?"), shape or Shape(), handler)


_LIST = Shape(page=True)
_MONEY = {"amount": int, "currency": str}
_ORDER = Shape(
    required=_MONEY,
    optional={"receipt": str, "notes": dict, "payment_capture": BOOLEAN, "partial_payment": BOOLEAN},
)
_LINK = Shape(
    required={"amount": int},
    optional={
        "currency": str,
        "accept_partial": BOOLEAN,
        "reference_id": str,
        "description": str,
        "expire_by": int,
        "callback_url": str,
        "callback_method": str,
        "notify": dict,
        "reminder_enable": BOOLEAN,
        "customer": dict,
        "notes": dict,
    },
)
_RECURRING = Shape(
    required={**_MONEY, "email": str, "contact": str, "order_id": str, "customer_id": str, "token": str},
    optional={"recurring": BOOLEAN, "description": str, "notes": dict},
)
_CUSTOMER = Shape(
    optional={
        "name": str,
        "email": str,
        "contact": str,
        "fail_existing": BOOLEAN,
        "gstin": str,
        "notes": dict,
    }
)
_SUBSCRIPTION = Shape(
    required={"plan_id": str, "total_count": int},
    optional={
        "quantity": int,
        "start_at": int,
        "expire_by": int,
        "customer_notify": BOOLEAN,
        "notes": dict,
    },
)
_EDIT = Shape(
    optional={"plan_id": str, "quantity": int, "schedule_change_at": str, "customer_notify": BOOLEAN}
)
_REPORT = Shape(required={"year": int, "month": int}, optional={"day": int}, page=True, count_max=1_000)
_REFUND = Shape(optional={"amount": int, "speed": str, "notes": dict, "receipt": str})

OPERATIONS = (
    _operation("orders.create", "POST /orders", orders.create, _ORDER),
    _operation("orders.list", "GET /orders", orders.list_, Shape(optional={"receipt": str}, page=True)),
    _operation("orders.retrieve", "GET /orders/{id}", orders.retrieve),
    _operation("orders.payments", "GET /orders/{id}/payments", orders.list_payments),
    _operation("payments.recurring", "POST /payments/create/recurring", recurring.create, _RECURRING),
    _operation("payments.list", "GET /payments", payments.list_, _LIST),
    _operation("payments.retrieve", "GET /payments/{id}", payments.retrieve),
    _operation(
        "payments.capture",
        "POST /payments/{id}/capture",
        payments.capture,
        Shape(required={"amount": int}, optional={"currency": str}),
    ),
    _operation(REFUND, "POST /payments/{id}/refund", refunds.create, _REFUND),
    _operation("payments.refunds", "GET /payments/{id}/refunds", refunds.list_of_payment, _LIST),
    _operation("refunds.list", "GET /refunds", refunds.list_, _LIST),
    _operation("refunds.retrieve", "GET /refunds/{id}", refunds.retrieve),
    _operation("payment_links.create", "POST /payment_links", links.create, _LINK),
    _operation(
        "payment_links.list",
        "GET /payment_links",
        links.list_,
        Shape(optional={"reference_id": str}),
    ),
    _operation("payment_links.retrieve", "GET /payment_links/{id}", links.retrieve),
    _operation("payment_links.cancel", "POST /payment_links/{id}/cancel", links.cancel),
    _operation("customers.create", "POST /customers", customers.create, _CUSTOMER),
    _operation("customers.list", "GET /customers", customers.list_, _LIST),
    _operation("customers.retrieve", "GET /customers/{id}", customers.retrieve),
    _operation("tokens.list", "GET /customers/{id}/tokens", customers.list_tokens),
    _operation(
        "plans.create",
        "POST /plans",
        plans.create,
        Shape(required={"period": str, "interval": int, "item": dict}, optional={"notes": dict}),
    ),
    _operation("plans.retrieve", "GET /plans/{id}", plans.retrieve),
    _operation("subscriptions.create", "POST /subscriptions", subscriptions.create, _SUBSCRIPTION),
    _operation(
        "subscriptions.list",
        "GET /subscriptions",
        subscriptions.list_,
        Shape(optional={"plan_id": str}, page=True),
    ),
    _operation("subscriptions.retrieve", "GET /subscriptions/{id}", subscriptions.retrieve),
    _operation("subscriptions.edit", "PATCH /subscriptions/{id}", subscriptions.edit, _EDIT),
    _operation(
        "subscriptions.pause",
        "POST /subscriptions/{id}/pause",
        subscriptions.pause,
        Shape(optional={"pause_at": str}),
    ),
    _operation(
        "subscriptions.resume",
        "POST /subscriptions/{id}/resume",
        subscriptions.resume,
        Shape(optional={"resume_at": str}),
    ),
    _operation(
        "subscriptions.cancel",
        "POST /subscriptions/{id}/cancel",
        subscriptions.cancel,
        Shape(optional={"cancel_at_cycle_end": BOOLEAN}),
    ),
    _operation(
        "subscriptions.pending_update",
        "GET /subscriptions/{id}/retrieve_scheduled_changes",
        subscriptions.retrieve_scheduled_changes,
    ),
    _operation("disputes.list", "GET /disputes", disputes.list_, _LIST),
    _operation("disputes.retrieve", "GET /disputes/{id}", disputes.retrieve),
    _operation("settlements.report", "GET /settlements/recon/combined", settlements.report, _REPORT),
    _operation("settlements.list", "GET /settlements", settlements.list_, _LIST),
    _operation("settlements.retrieve", "GET /settlements/{id}", settlements.retrieve),
)
