"""A day of keeping papers: compared, made again, bundled; run in processes that die there."""

from collections.abc import Sequence
from uuid import UUID

from bursar.rules.bundles import BundleFormat
from models.queries.bundles import Scope, reserve_bundle
from models.session import transaction
from tasks.custody import regenerate
from tasks.documents import bundle_documents, render_documents, state_accounts, verify_documents
from tasks.events import apply_events
from tests.support.factories import rows, store_event
from tests.tasks.steps import paid


def keeping(invoices: Sequence[UUID]) -> None:
    """Each invoice is paid; its receipt is compared, made again and put into a file."""
    for n, invoice in enumerate(invoices):
        [(payer,)] = rows("SELECT customer_id FROM invoices WHERE id = %s", invoice)
        store_event(paid(1000_00, payment=f"pi_{n}", invoice=invoice))
        apply_events()
        render_documents()
        verify_documents()
        [(newest,)] = rows("SELECT id FROM documents WHERE state = 'done' ORDER BY id DESC LIMIT 1")
        regenerate(str(newest), by="operator", reason="a day of keeping")
        render_documents()
        with transaction() as session:
            reserve_bundle(session, BundleFormat.ZIP, Scope(), by="operator")
        bundle_documents()
        state_accounts(ids=[payer])
