"""A store in a bucket of Amazon S3 or of what speaks like it. Needs the extra `s3`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, cast

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from bursar.documents.store.blobs import (
    CHUNK_BYTES,
    PDF,
    BlobDamaged,
    BlobMissing,
    BlobSound,
    StoreAway,
    blob_key,
    check_key,
    file_digest,
    key_of,
    verified,
    verified_file,
)
from bursar.ids import new_id

if TYPE_CHECKING:
    from obstore import Attributes

DAMAGED = "damaged"
URL_TTL_MAX_S = 900
"""Seconds: a presigned link cannot be taken back, so it lives as long as a click needs."""
_CLIENT: Any = {"timeout": timedelta(seconds=20), "connect_timeout": timedelta(seconds=5)}
_RETRY: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
"""Below the time limit of the task that waits; the work row tries again later."""
_TYPES = {PDF: "application/pdf"}


class S3BlobStore:
    """Keeps blobs as objects of a bucket. S3 says an object is durable when it has answered."""

    def __init__(self, bucket: str, **options: Any) -> None:
        """`options` are obstore's: prefix, region, endpoint, access_key_id, secret_access_key.

        Without keys they come from where AWS's own tools take them: environment, web identity, instance.
        """
        allow_http = str(options.get("endpoint", "")).startswith("http://")
        self._store = S3Store(
            bucket, client_options=_CLIENT | {"allow_http": allow_http}, retry_config=_RETRY, **options
        )

    def put_if_absent(self, data: bytes) -> str:
        """Keep a PDF."""
        key = blob_key(data)
        with self._asking(key):
            try:
                obstore.put(self._store, key, data, mode="create", attributes=_attributes(PDF))
            except AlreadyExistsError:
                self.get(key)
        return key

    def put_all(self, blobs: Sequence[bytes]) -> list[str]:
        """Keep many, one after the other: the bucket syncs for us."""
        return [self.put_if_absent(data) for data in blobs]

    def put_file(self, file: IO[bytes], suffix: str) -> str:
        """Upload what a file holds, in parts when it is large."""
        key = key_of(file_digest(file), suffix)
        if self.exists(key):
            self.open(key).close()
            return key
        file.seek(0)
        with self._asking(key):
            obstore.put(self._store, key, file, attributes=_attributes(suffix))
        return key

    def get(self, key: str) -> bytes:
        """Fetch the bytes and compare their hash with the key."""
        with self._asking(key):
            return verified(key, bytes(obstore.get(self._store, key).bytes()))

    def open(self, key: str) -> IO[bytes]:
        """Fetch into a temporary file, then give it."""
        with self._asking(key):
            chunks = obstore.get(self._store, key).stream(min_chunk_size=CHUNK_BYTES)
            file = cast(IO[bytes], SpooledTemporaryFile(CHUNK_BYTES))  # noqa: SIM115 - the caller's
            try:
                for chunk in chunks:
                    file.write(chunk)
            except BaseException:
                file.close()
                raise
        return verified_file(key, file)

    def exists(self, key: str) -> bool:
        """Ask the bucket."""
        try:
            self.size(key)
        except BlobMissing:
            return False
        return True

    def size(self, key: str) -> int:
        """Ask the bucket for the length in bytes."""
        with self._asking(key):
            return obstore.head(self._store, key)["size"]

    def url(self, key: str, ttl_s: int) -> str:
        """A presigned GET, made without asking the bucket; at most 15 minutes."""
        with self._asking(key):
            lifetime = timedelta(seconds=min(ttl_s, URL_TTL_MAX_S))
            return obstore.sign(self._store, "GET", key, lifetime)

    def set_aside(self, key: str) -> None:
        """Move a damaged object under `damaged/`."""
        try:
            self.open(key).close()
        except BlobMissing:
            return
        except BlobDamaged:
            with self._asking(key):
                obstore.rename(self._store, key, f"{DAMAGED}/{new_id()}-{key.rpartition('/')[2]}")
            return
        raise BlobSound(key=key)

    @contextmanager
    def _asking(self, key: str) -> Iterator[None]:
        check_key(key)
        try:
            yield
        except FileNotFoundError as error:
            raise BlobMissing(key=key) from error
        except (BaseError, OSError) as error:
            reason = str(error).partition("\n")[0][:200]
            raise StoreAway(f"the bucket of BURSAR_STORE_URL did not do as asked: {reason}") from error


def _attributes(suffix: str) -> "Attributes":
    return {"Content-Type": _TYPES.get(suffix, "application/zip"), "Content-Disposition": "attachment"}
