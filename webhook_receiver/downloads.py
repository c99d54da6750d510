"""GET /documents/{token}: a document for whoever has its link. Renders nothing and knows no money."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import IO, Any, LiteralString, NamedTuple
from urllib.parse import quote
from uuid import UUID

import psycopg
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bursar.clock import utc_now
from bursar.documents.links import LINKS_PATH, LinkEnded, LinkWrong, read_link
from bursar.documents.store import BlobStore
from bursar.documents.store.blobs import CHUNK_BYTES, digest_of
from bursar.errors import BursarError
from bursar.rotation import DatedSecret
from webhook_receiver.inbox import connection_url

log = structlog.get_logger(__name__)

AT_ONCE_MAX = 16
"""Links being looked up: each holds a connection and a thread, and events come first."""
ASK_LIMIT_S = 2.0
"""Connect and read one row."""
REDIRECT_S = 60
"""Seconds for which a bucket's own address works: the browser follows at once."""
_FIND: LiteralString = """
    SELECT d.kind, d.blob_key, coalesce(r.number, i.number, n.number, s.number) AS number
    FROM documents d
    LEFT JOIN receipts r ON d.kind = 'receipt' AND r.payment_id = d.subject_id
    LEFT JOIN invoices i ON d.kind = 'invoice' AND i.id = d.subject_id
    LEFT JOIN credit_notes n ON d.kind = 'credit_note' AND n.id = d.subject_id
    LEFT JOIN statements s ON d.kind = 'statement' AND s.id = d.subject_id
    WHERE d.id = %s AND d.state = 'done'
"""
_PRIVATE = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_MISSING = "There is no such document."
_ENDED = "This link has ended. Please ask for a new one."
_AWAY = "The document cannot be fetched at the moment. Please try again in a minute."


class Found(NamedTuple):
    """What the books say of a document."""

    kind: str
    blob_key: str
    number: str | None


class Downloads:
    """The endpoint of links. Without secrets there are none, and every link is wrong."""

    def __init__(
        self, database_url: str, secrets: Sequence[DatedSecret], open_store: Callable[[], BlobStore]
    ) -> None:
        self._url = connection_url(database_url)
        self._secrets = secrets
        self._store = open_store() if secrets else None
        self._asking = 0

    def routes(self) -> list[Route]:
        """The routes of this module."""
        return [Route(LINKS_PATH + "{token}", self.download)]

    async def download(self, request: Request) -> Response:
        """The bytes, or one of three sentences: what is not right is not told apart."""
        try:
            document_id = read_link(self._secrets, request.path_params["token"], utc_now())
        except LinkWrong:
            return _told(404, _MISSING)
        except LinkEnded:
            return _told(410, _ENDED)
        if self._store is None or self._asking >= AT_ONCE_MAX:
            return _told(503, _AWAY)
        self._asking += 1
        try:
            return await self._fetched(document_id, self._store)
        except (BursarError, psycopg.Error, OSError) as error:
            log.error("downloads.failed", document_id=str(document_id), error=type(error).__name__)
            return _told(503, _AWAY)
        finally:
            self._asking -= 1

    async def _fetched(self, document_id: UUID, store: BlobStore) -> Response:
        found = await self._find(document_id)
        if found is None:
            return _told(404, _MISSING)
        elsewhere = store.url(found.blob_key, REDIRECT_S)
        if elsewhere is not None:
            return RedirectResponse(elsewhere, status_code=303, headers=_PRIVATE)
        file = await run_in_threadpool(store.open, found.blob_key)
        size = await run_in_threadpool(store.size, found.blob_key)
        log.info("downloads.served", document_id=str(document_id))
        headers = _PRIVATE | {
            "Content-Disposition": disposition(found),
            "Content-Length": str(size),
            "ETag": f'"{digest_of(found.blob_key)}"',
        }
        return StreamingResponse(_chunks(file), headers=headers, media_type="application/pdf")

    async def _find(self, document_id: UUID) -> Found | None:
        async with asyncio.timeout(ASK_LIMIT_S):
            connection: Any = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
            async with connection:
                cursor = await connection.execute(_FIND, [document_id])
                row = await cursor.fetchone()
        return None if row is None else Found(*row)


def disposition(found: Found) -> str:
    """To be saved, never shown inside our origin, under a name that no file system misreads (RFC 6266)."""
    name = f"{found.kind}-{found.number or digest_of(found.blob_key)[:12]}".replace("/", "-") + ".pdf"
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while chunk := await run_in_threadpool(file.read, CHUNK_BYTES):
            yield chunk
    finally:
        file.close()


def _told(status: int, sentence: str) -> Response:
    headers = _PRIVATE | ({"Retry-After": "60"} if status == 503 else {})
    return PlainTextResponse(f"{sentence}\n", status, headers)
