"""The kinds of work, with the limits of each. The sweeper, the tasks and the invariants read this table."""

from models.work import WorkKind

EVENTS = WorkKind(
    table="gateway_events",
    open="done_at IS NULL",
    task="events.apply",
    batch_max=200,
    lease_s=10,
    failures_max=8,
    age_min_s=6 * 3600,
    backoff_max_s=3600,
)
ENROLLMENTS = WorkKind(
    table="enrollments",
    open="desired <> observed",
    task="enrollments.unlock",
    batch_max=200,
    lease_s=10,
    failures_max=None,
)
DOCUMENTS = WorkKind(
    table="documents", task="documents.render", batch_max=20, lease_s=60, failures_max=5, backoff_max_s=600
)
EMAILS = WorkKind(
    table="emails",
    task="emails.send",
    batch_max=1,  # a slow server may need most of a lease for one mail
    lease_s=60,
    failures_max=1,
    age_min_s=48 * 3600,
    backoff_max_s=3600,
    durable_claim=True,
)
GATEWAY_CALLS = WorkKind(
    table="gateway_calls",
    task="payments.reconcile",
    batch_max=1,  # a slow gateway may need most of a lease for one call
    lease_s=60,
    failures_max=None,  # what may have been acted on must be asked for until it is known
    backoff_max_s=3600,
    # The claim may be lost: nothing is sent before 'sending' is committed, and that takes the claim to the disk.
)
BUNDLES = WorkKind(
    table="bundles",
    task="documents.bundle",
    batch_max=1,  # a file of a thousand documents is one step, and each is committed
    lease_s=120,
    failures_max=5,
    backoff_max_s=600,
)
RECONCILIATION_RUNS = WorkKind(
    table="reconciliation_runs",
    task="reconciliation.resume",
    batch_max=1,  # one may take all the time a task has
    lease_s=120,
    failures_max=8,
    backoff_max_s=3600,
)
NOTIFICATIONS = WorkKind(
    table="notifications",
    task="notifications.send",
    batch_max=1,  # a slow host may need most of a lease for one
    lease_s=60,
    failures_max=None,  # a host that was away for a week still hears of everything
    backoff_max_s=3600,
)
CREDIT_NOTES = WorkKind(
    table="credit_notes",
    task="invoices.credit",
    batch_max=50,  # each is a snapshot of its own, numbered in one commit
    lease_s=60,
    failures_max=None,  # what was taken back must stand on paper
    backoff_max_s=3600,
)
ISSUING_RUNS = WorkKind(
    table="issuing_runs",
    task="invoices.issue_due",
    batch_max=1,  # one may take all the time a task has
    lease_s=60,
    failures_max=8,
    backoff_max_s=600,
)

DUNNING_STEPS = WorkKind(
    table="dunning_steps",
    task="dunning.advance",
    batch_max=20,
    lease_s=60,
    failures_max=5,
    backoff_max_s=3600,
)

KINDS = (
    EVENTS,
    ENROLLMENTS,
    DOCUMENTS,
    EMAILS,
    GATEWAY_CALLS,
    BUNDLES,
    RECONCILIATION_RUNS,
    NOTIFICATIONS,
    CREDIT_NOTES,
    ISSUING_RUNS,
    DUNNING_STEPS,
)
