"""The queues, apart so that a dead mail server or a bulk run never delays money."""

from enum import StrEnum


class Queue(StrEnum):
    """The wire name of each queue."""

    EVENTS = "events"
    GATEWAY = "gateway"
    DOCUMENTS = "documents"
    EMAILS = "emails"
    NOTIFICATIONS = "notifications"
    CONTROL = "control"
    BATCH = "batch"


ROUTES = {
    "events.apply": Queue.EVENTS,
    "payments.allocate": Queue.EVENTS,
    "enrollments.unlock": Queue.EVENTS,
    "payments.create_checkout": Queue.GATEWAY,
    "payments.charge": Queue.GATEWAY,
    "payments.confirm": Queue.GATEWAY,
    "payments.refund": Queue.GATEWAY,
    "payments.reconcile": Queue.GATEWAY,
    "customers.sync": Queue.GATEWAY,
    "subscriptions.change": Queue.GATEWAY,
    "documents.render": Queue.DOCUMENTS,
    "documents.bundle": Queue.DOCUMENTS,
    "documents.statement": Queue.DOCUMENTS,
    "documents.verify": Queue.BATCH,
    "emails.send": Queue.EMAILS,
    "notifications.send": Queue.NOTIFICATIONS,
    "invoices.credit": Queue.DOCUMENTS,
    "invoices.issue_due": Queue.BATCH,
    "maintenance.sweep": Queue.CONTROL,
    "maintenance.tick": Queue.CONTROL,
    "maintenance.check": Queue.BATCH,
    "maintenance.seal": Queue.BATCH,
    "maintenance.retain": Queue.BATCH,
    "customers.erase": Queue.BATCH,
    "dunning.advance": Queue.BATCH,
    "reconciliation.backfill": Queue.BATCH,
    "reconciliation.diff": Queue.BATCH,
    "reconciliation.settle": Queue.BATCH,
    "reconciliation.resume": Queue.BATCH,
}
"""Where each task name is published. The publisher needs no task code; a house test keeps the two equal."""
