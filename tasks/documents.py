"""Turn reserved documents into papers: number and freeze, render, store, then let their mails go."""

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.documents.freezing import tax_ids
from bursar.documents.receipt import ReceiptLine, ReceiptSnapshot
from bursar.documents.render import Rendered, read_snapshot, render
from bursar.documents.store import StoreAway, open_store
from bursar.errors import BursarError, Transient, invariant
from bursar.rules.amount_words import amount_words, scale_of
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import DocumentKind
from bursar.rules.numbering import document_number
from bursar.rules.sellers import Seller
from bursar.sellers import RECEIPT_PREFIX, seller_of
from bursar.settings import load
from models.inbox_writes import open_break
from models.kinds import DOCUMENTS
from models.queries import papers, receipts
from models.session import is_transient, transaction
from models.work import Claim, fail, release, still_ours
from tasks.accounts import parse_span, request_statements
from tasks.bundling import work_off
from tasks.custody import verify
from tasks.drain import claims
from tasks.jobs import end
from tasks.wakes import Wakes
from workers.crashpoints import crash_point
from workers.queues import Queue
from workers.task import task

log = structlog.get_logger(__name__)

VERIFY_S = 1200.0
"""Seconds after which no further page is compared: tomorrow goes on where this ended."""
VERIFY_REST_S = 20 * 3600.0
"""Once a day is often enough for a document."""
DRAIN_S = 20.0
"""Seconds after which no further documents are claimed: twenty slow ones still fit into the limit of 45."""
Frozen = dict[UUID, tuple[bytes, str] | None]
"""By document: its snapshot and the hash it was frozen with; None when its subject is not ready."""


class DocumentSubjectMissing(BursarError):
    """The payment of a document has no customer yet: the receipt waits. Or what it shows is not issued."""


@task("documents.render", queue=Queue.DOCUMENTS, time_limit_s=45)
def render_documents(ids: Sequence[UUID] = ()) -> None:
    """Render what is due, until nothing is.

    Safe to repeat: the number and the snapshot are taken once per payment, and equal bytes have one address.
    """
    for held in claims(DOCUMENTS, ids, "id, kind, subject_id", drain_s=DRAIN_S):
        _keep(held, _drawn(held, _frozen(held, held.rows)))


@task("documents.bundle", queue=Queue.DOCUMENTS, time_limit_s=300)
def bundle_documents(ids: Sequence[UUID] = ()) -> None:
    """Make the files of bundles that were asked for, one after the other.

    Safe to repeat: a file that was stored but not noted is made again from the same documents, with the same
    bytes and so in the same place.
    """
    work_off([UUID(str(each)) for each in ids])


@task("documents.statement", queue=Queue.DOCUMENTS, time_limit_s=60)
def state_accounts(
    ids: Sequence[UUID] = (), first_day: str | None = None, last_day: str | None = None
) -> None:
    """Make statements of account of these customers, in each of their currencies (days as 2026-04-01).

    Safe to repeat: the same words are one statement. Without days: the month before this one.
    """
    for customer_id in ids:
        request_statements(UUID(str(customer_id)), parse_span(first_day, last_day, load().zone))


@task("documents.verify", queue=Queue.BATCH, time_limit_s=1800)
def verify_documents(ids: Sequence[UUID] = ()) -> None:
    """Compare stored documents with their hashes and with what was frozen, those longest ago first.

    Safe to repeat: it writes only when it looked and what it found; what was looked at today is left alone.
    """
    started = time.monotonic()
    for _ in verify(draw, [UUID(str(each)) for each in ids], rest_s=VERIFY_REST_S):
        if time.monotonic() - started > VERIFY_S:
            return
    end("documents.verify")


def _frozen(held: Claim, rows: Sequence[Any]) -> Frozen:
    """Freeze all at once; on an error that is one paper's own, each by itself: no neighbour dies with it."""
    try:
        return _freeze(held, rows)
    except Exception as error:  # noqa: BLE001 - each row of the claim must learn its fate
        if is_transient(error) or len(rows) == 1:
            _put_back(held, [row.id for row in rows], error)
            return {}
    alone = [_frozen(held, [row]) for row in rows]
    return {row_id: snapshot for each in alone for row_id, snapshot in each.items()}


def _freeze(held: Claim, rows: Sequence[Any]) -> Frozen:
    """Give every payment its receipt number and snapshot, all in one commit: the series stays gapless."""
    paid = [row for row in rows if row.kind == DocumentKind.RECEIPT]
    with transaction() as session:
        ours = still_ours(session, DOCUMENTS, held, [row.id for row in rows])
        wanted = [row.subject_id for row in paid if row.id in ours]
        heads = receipts.unreceipted(session, wanted)
        if heads:
            lines = receipts.receipt_lines(session, [head.payment_id for head in heads])
            _number(session, seller_of(load()), heads, lines)
    crash_point("documents.numbered")
    with transaction() as session:
        frozen = receipts.finished_receipts(session, [row.subject_id for row in paid])
        for kind in papers.FROZEN_KINDS:
            subjects = [row.subject_id for row in rows if row.kind == kind]
            frozen |= papers.frozen(session, kind, subjects) if subjects else {}
    return {row.id: frozen.get(row.subject_id) for row in rows}


def _number(
    session: Session, seller: Seller, heads: Sequence[Row[Any]], lines: Mapping[UUID, list[Row[Any]]]
) -> None:
    """Take a block of numbers and write one receipt per payment with its frozen snapshot."""
    series = {"entity": seller.entity, "kind": "receipt", "prefix": RECEIPT_PREFIX}
    now, year = receipts.lock_series(session, **series, year_of=seller.fiscal.label_at)
    today = seller.fiscal.day(now)
    series_id, first = receipts.take_numbers(session, **series, fiscal_year=year, count=len(heads))
    for seq, head in enumerate(heads, start=first):
        number = document_number(RECEIPT_PREFIX, year, seq)
        snapshot = _snapshot(seller, head, lines[head.payment_id], number, today)
        receipts.insert_receipt(
            session,
            payment_id=head.payment_id,
            series=(series_id, seq),
            number=number,
            issued_at=now,
            snapshot=(snapshot.to_json(), snapshot.sha256()),
        )


def _snapshot(
    seller: Seller, head: Row[Any], lines: Sequence[Row[Any]], number: str, issued_on: date
) -> ReceiptSnapshot:
    printed = tuple(
        ReceiptLine(
            invoice_number=line.invoice_number,
            component=line.component,
            due_minor=line.due_minor,
            paid_before_minor=line.before_minor,
            paid_now_minor=line.now_minor,
            balance_minor=line.due_minor - line.before_minor - line.now_minor,
        )
        for line in lines
    )
    gateway, _, mode = head.gateway_account.partition(":")
    return ReceiptSnapshot(
        number=number,
        issued_on=issued_on,
        seller_name=seller.name,
        seller_address=seller.address,
        seller_tax_ids=tax_ids(seller),
        customer_name=head.customer_name,
        customer_ref=head.customer_ref,
        payment_ref=head.gateway_payment_id,
        gateway=gateway,
        method=head.method,
        paid_at=head.paid_at,
        currency=head.currency,
        amount_minor=head.amount_minor,
        lines=printed,
        credit_minor=head.amount_minor - sum(line.paid_now_minor for line in printed),
        invoice_balance_minor=sum(line.balance_minor for line in printed),
        locale=head.locale,
        test_mode=mode == "test",
        words=amount_words(head.amount_minor, head.currency, scale_of(head.locale)),
        theme=seller.theme,
    )


def _drawn(held: Claim, frozen: Frozen) -> dict[UUID, Rendered]:
    """Render outside any transaction; one broken paper does not hold up the others."""
    drawn = {}
    for row_id, snapshot in frozen.items():
        try:
            drawn[row_id] = draw(snapshot)
        except Exception as error:  # noqa: BLE001 - each row of the claim must learn its fate
            _put_back(held, [row_id], error)
    return drawn


def draw(snapshot: tuple[bytes, str] | None) -> Rendered:
    """The paper of a frozen snapshot and its hash. Raises Broken, or DocumentSubjectMissing for None."""
    if snapshot is None:
        raise DocumentSubjectMissing
    frozen = read_snapshot(snapshot[0])
    invariant(frozen.sha256() == snapshot[1], "a paper's snapshot has changed since it was issued")
    return render(frozen, load().themes)


def _keep(held: Claim, drawn: Mapping[UUID, Rendered]) -> None:
    """Store all at once, then commit only what the store already has; on an error each by itself."""
    try:
        mails = _kept(held, drawn)
    except Exception as error:  # noqa: BLE001 - as above
        if isinstance(error, StoreAway):
            log.error("documents.store_away", documents=len(drawn), reason=str(error))
        if len(drawn) == 1 or is_transient(error) or isinstance(error, Transient):
            _put_back(held, list(drawn), error)
            return
        for row_id, paper in drawn.items():
            _keep(held, {row_id: paper})
        return
    for row_id, paper in drawn.items():
        missing = paper.missing_glyphs
        log.info("documents.rendered", document_id=str(row_id), pages=paper.pages, missing_glyphs=missing)
    Wakes(emails=mails).publish()


def _kept(held: Claim, drawn: Mapping[UUID, Rendered]) -> list[UUID]:
    """The mails that are due now."""
    if not drawn:
        return []
    keys = open_store(load()).put_all([paper.pdf for paper in drawn.values()])
    crash_point("documents.stored")
    with transaction() as session:
        ours = still_ours(session, DOCUMENTS, held, list(drawn))
        for (row_id, paper), key in zip(drawn.items(), keys, strict=True):
            if row_id in ours:
                receipts.store_document(
                    session,
                    row_id,
                    blob_key=key,
                    size_bytes=len(paper.pdf),
                    renderer_version=paper.version,
                )
        mails = receipts.release_mails(session, sorted(ours))
    crash_point("documents.closed")
    return mails


def _put_back(held: Claim, ids: Sequence[UUID], error: Exception) -> None:
    """Give rows back, or count a failure; a dead document lets its mail go without it and opens a break."""
    if is_transient(error) or isinstance(error, Transient):
        release(DOCUMENTS, held, ids)
        return
    for row_id in ids:
        died = fail(DOCUMENTS, held, row_id, error)
        crash_point("documents.failed")
        log.error("documents.failed", document_id=str(row_id), died=died, error=type(error).__name__)
        if died:
            with transaction() as session:
                receipts.release_mails(session, [row_id])
                open_break(session, BreakKind.DOCUMENT_DEAD, f"document:{row_id}", type(error).__name__)
