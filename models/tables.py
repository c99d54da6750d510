"""All tables, imported once: for migrations and for tests that compare models with the database."""

from models import (
    calls,
    catalogue,
    consequences,
    coupons,
    crediting,
    gateway,
    inbox,
    installments,
    issuing_runs,
    ledger,
    limits,
    money,
    notifications,
    papers,
    parties,
    receivables,
    reconciliation,
    rights,
    subscriptions,
    trust,
)
from models.base import Base

METADATA = Base.metadata
AGGREGATES = (
    calls,
    catalogue,
    consequences,
    crediting,
    coupons,
    gateway,
    inbox,
    installments,
    issuing_runs,
    ledger,
    limits,
    money,
    notifications,
    papers,
    parties,
    receivables,
    reconciliation,
    rights,
    subscriptions,
    trust,
)
