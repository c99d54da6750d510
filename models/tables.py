"""All tables, imported once: for migrations and for tests that compare models with the database."""

from models import (
    catalogue,
    consequences,
    gateway,
    inbox,
    ledger,
    money,
    parties,
    receivables,
    rights,
    trust,
)
from models.base import Base

METADATA = Base.metadata
AGGREGATES = (catalogue, consequences, gateway, inbox, ledger, money, parties, receivables, rights, trust)
