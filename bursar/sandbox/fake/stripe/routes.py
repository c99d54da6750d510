"""Which path is which operation, which of Stripe's types its parameters have, and who does it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bursar.sandbox.fake.stripe import (
    balance,
    catalogue,
    changes,
    charges,
    customers,
    disputes,
    events,
    intents,
    invoices,
    methods,
    payouts,
    refunds,
    sessions,
    subscriptions,
)
from bursar.sandbox.fake.stripe.account import Thing

Handler = Callable[..., Thing]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    name: str
    method: str
    path: re.Pattern[str]
    params: str
    """Stripe's TypedDict for the parameters."""
    handler: Handler
    """Takes the account, the parameters and the ids in the path."""


def find(method: str, path: str) -> tuple[Operation, tuple[Any, ...]] | None:
    """The operation at a path, and the ids in it."""
    for operation in OPERATIONS:
        matched = operation.path.fullmatch(path)
        if matched and operation.method == method:
            return operation, matched.groups()
    return None


def _operation(name: str, route: str, params: str, handler: Handler) -> Operation:
    method, path = route.split(" ")
    pattern = "([A-Za-z0-9_]{1,255})".join(re.escape(part) for part in path.split("{id}"))
    return Operation(name, method, re.compile(f"/v1{pattern}"), params, handler)


_SESSIONS = "/checkout/sessions"
OPERATIONS = (
    _operation("customers.create", "POST /customers", "CustomerCreateParams", customers.create),
    _operation("customers.list", "GET /customers", "CustomerListParams", customers.list_),
    _operation("customers.retrieve", "GET /customers/{id}", "CustomerRetrieveParams", customers.retrieve),
    _operation("customers.update", "POST /customers/{id}", "CustomerUpdateParams", customers.update),
    _operation("customers.delete", "DELETE /customers/{id}", "CustomerDeleteParams", customers.delete),
    _operation("payment_methods.list", "GET /payment_methods", "PaymentMethodListParams", methods.list_),
    _operation(
        "payment_methods.retrieve",
        "GET /payment_methods/{id}",
        "PaymentMethodRetrieveParams",
        methods.retrieve,
    ),
    _operation(
        "payment_methods.attach",
        "POST /payment_methods/{id}/attach",
        "PaymentMethodAttachParams",
        methods.attach,
    ),
    _operation(
        "payment_methods.detach",
        "POST /payment_methods/{id}/detach",
        "PaymentMethodDetachParams",
        methods.detach,
    ),
    _operation(
        "checkout.sessions.create", f"POST {_SESSIONS}", "checkout.SessionCreateParams", sessions.create
    ),
    _operation("checkout.sessions.list", f"GET {_SESSIONS}", "checkout.SessionListParams", sessions.list_),
    _operation(
        "checkout.sessions.retrieve",
        f"GET {_SESSIONS}/{{id}}",
        "checkout.SessionRetrieveParams",
        sessions.retrieve,
    ),
    _operation(
        "checkout.sessions.expire",
        f"POST {_SESSIONS}/{{id}}/expire",
        "checkout.SessionExpireParams",
        sessions.expire,
    ),
    _operation(
        "checkout.sessions.line_items",
        f"GET {_SESSIONS}/{{id}}/line_items",
        "checkout.SessionLineItemListParams",
        sessions.list_line_items,
    ),
    _operation(
        "payment_intents.create", "POST /payment_intents", "PaymentIntentCreateParams", intents.create
    ),
    _operation("payment_intents.list", "GET /payment_intents", "PaymentIntentListParams", intents.list_),
    _operation(
        "payment_intents.retrieve",
        "GET /payment_intents/{id}",
        "PaymentIntentRetrieveParams",
        intents.retrieve,
    ),
    _operation(
        "payment_intents.update", "POST /payment_intents/{id}", "PaymentIntentUpdateParams", intents.update
    ),
    _operation(
        "payment_intents.confirm",
        "POST /payment_intents/{id}/confirm",
        "PaymentIntentConfirmParams",
        intents.confirm,
    ),
    _operation(
        "payment_intents.capture",
        "POST /payment_intents/{id}/capture",
        "PaymentIntentCaptureParams",
        intents.capture,
    ),
    _operation(
        "payment_intents.cancel",
        "POST /payment_intents/{id}/cancel",
        "PaymentIntentCancelParams",
        intents.cancel,
    ),
    _operation("charges.list", "GET /charges", "ChargeListParams", charges.list_),
    _operation("charges.retrieve", "GET /charges/{id}", "ChargeRetrieveParams", charges.retrieve),
    _operation("refunds.create", "POST /refunds", "RefundCreateParams", refunds.create),
    _operation("refunds.list", "GET /refunds", "RefundListParams", refunds.list_),
    _operation("refunds.retrieve", "GET /refunds/{id}", "RefundRetrieveParams", refunds.retrieve),
    _operation("disputes.list", "GET /disputes", "DisputeListParams", disputes.list_),
    _operation("disputes.retrieve", "GET /disputes/{id}", "DisputeRetrieveParams", disputes.retrieve),
    _operation(
        "balance_transactions.list",
        "GET /balance_transactions",
        "BalanceTransactionListParams",
        balance.list_,
    ),
    _operation(
        "balance_transactions.retrieve",
        "GET /balance_transactions/{id}",
        "BalanceTransactionRetrieveParams",
        balance.retrieve,
    ),
    _operation("payouts.list", "GET /payouts", "PayoutListParams", payouts.list_),
    _operation("payouts.retrieve", "GET /payouts/{id}", "PayoutRetrieveParams", payouts.retrieve),
    _operation(
        "subscriptions.create", "POST /subscriptions", "SubscriptionCreateParams", subscriptions.create
    ),
    _operation("subscriptions.list", "GET /subscriptions", "SubscriptionListParams", subscriptions.list_),
    _operation(
        "subscriptions.retrieve",
        "GET /subscriptions/{id}",
        "SubscriptionRetrieveParams",
        subscriptions.retrieve,
    ),
    _operation(
        "subscriptions.update", "POST /subscriptions/{id}", "SubscriptionUpdateParams", changes.update
    ),
    _operation(
        "subscriptions.cancel", "DELETE /subscriptions/{id}", "SubscriptionCancelParams", subscriptions.cancel
    ),
    _operation(
        "subscriptions.pause",
        "POST /subscriptions/{id}/pause",
        "SubscriptionPauseParams",
        subscriptions.pause,
    ),
    _operation(
        "subscriptions.resume",
        "POST /subscriptions/{id}/resume",
        "SubscriptionResumeParams",
        subscriptions.resume,
    ),
    _operation(
        "invoices.create_preview",
        "POST /invoices/create_preview",
        "InvoiceCreatePreviewParams",
        changes.preview,
    ),
    _operation("invoices.list", "GET /invoices", "InvoiceListParams", invoices.list_),
    _operation("invoices.retrieve", "GET /invoices/{id}", "InvoiceRetrieveParams", invoices.retrieve),
    _operation("invoices.pay", "POST /invoices/{id}/pay", "InvoicePayParams", invoices.pay),
    _operation(
        "invoices.void_invoice", "POST /invoices/{id}/void", "InvoiceVoidInvoiceParams", invoices.void
    ),
    _operation(
        "invoice_payments.list", "GET /invoice_payments", "InvoicePaymentListParams", invoices.list_payments
    ),
    _operation("products.create", "POST /products", "ProductCreateParams", catalogue.create_product),
    _operation("products.list", "GET /products", "ProductListParams", catalogue.list_products),
    _operation(
        "products.retrieve", "GET /products/{id}", "ProductRetrieveParams", catalogue.retrieve_product
    ),
    _operation("prices.create", "POST /prices", "PriceCreateParams", catalogue.create_price),
    _operation("prices.list", "GET /prices", "PriceListParams", catalogue.list_prices),
    _operation("prices.retrieve", "GET /prices/{id}", "PriceRetrieveParams", catalogue.retrieve_price),
    _operation("events.list", "GET /events", "EventListParams", events.list_),
    _operation("events.retrieve", "GET /events/{id}", "EventRetrieveParams", events.retrieve),
)
"""In the order they are tried."""
