"""Refunds of which gateways told only the sum: asked for, and put before a person when nobody knows them."""

import structlog

from bursar.settings import load
from models.queries import watermarks
from models.session import transaction
from tasks.fetches import ask_for_refunds
from tasks.gateways import configured_accounts
from workers.publish import wake_by_name

log = structlog.get_logger(__name__)


def find_missing_refunds() -> None:
    """Ask for refunds that only a cumulative amount knows of; put what stays missing before a person."""
    accounts = configured_accounts(load())
    with transaction() as session:
        watermarks.heal_missing_refunds(session)
        asked = [
            ask_for_refunds(session, row.gateway_account, row.gateway_payment_id)
            for row in watermarks.payments_to_ask_about(session, accounts)
        ]
        opened = watermarks.open_missing_refunds(session, accounts)
    if asked:
        wake_by_name("payments.reconcile", [each for each in asked if each])
    if opened:
        log.warning("maintenance.refunds_missing", breaks=opened)
