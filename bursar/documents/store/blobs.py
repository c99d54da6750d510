"""What a store of documents promises, and how its keys are made. It knows nothing of receipts or rows.

Because the key is the content, storing twice is storing once.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import IO, Protocol

from bursar.errors import Broken, Refused, Transient

PDF, ZIP = ".pdf", ".zip"
CHUNK_BYTES = 1 << 20
"""Bytes of a file in memory at once: a bundle may be larger than a worker's memory."""
_KEY = re.compile(r"docs/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})(\.pdf|\.zip)")


class BlobMissing(Broken):
    """A document that the books name is not in the store."""


class BlobDamaged(Broken):
    """A stored document no longer has the hash that it was stored under."""


class BlobKeyMalformed(Broken):
    """A key that no store has ever given out."""


class BlobSound(Refused):
    """The stored bytes are right: there is nothing to set aside."""


class StoreAway(Transient):
    """The store takes or gives no documents now: its disk is full, it is not reachable, or it refuses us."""


class BlobStore(Protocol):
    """Keeps bytes by their content. Every implementation passes the same contract tests.

    Every method raises StoreAway when the store is not to be had, BlobKeyMalformed for a key that is none.
    """

    def put_if_absent(self, data: bytes) -> str:
        """Keep a PDF and give its key. It is durable when this returns; a repeat changes nothing.

        Raises BlobDamaged when other bytes lie under that key: they are evidence, never overwritten.
        """
        ...

    def put_all(self, blobs: Sequence[bytes]) -> list[str]:
        """Keep many PDFs for about the price of one: they become durable together, before this returns."""
        ...

    def put_file(self, file: IO[bytes], suffix: str) -> str:
        """Keep what a file holds from its begin, `.pdf` or `.zip`, without reading it into memory."""
        ...

    def get(self, key: str) -> bytes:
        """Give the bytes back. Raises BlobMissing, or BlobDamaged when they are no longer the same."""
        ...

    def open(self, key: str) -> IO[bytes]:
        """Give the bytes as a file of which the hash was checked. Raises as `get` does."""
        ...

    def exists(self, key: str) -> bool:
        """Tell whether the key is kept, without reading it."""
        ...

    def size(self, key: str) -> int:
        """Give the length in bytes, without reading them. Raises BlobMissing."""
        ...

    def url(self, key: str, ttl_s: int) -> str | None:
        """Where anybody can fetch the bytes for so many seconds; None when only we can reach the store."""
        ...

    def set_aside(self, key: str) -> None:
        """Move damaged bytes away from their key, so that it can be filled again; they are kept.

        Nothing happens when the key is not kept. Raises BlobSound when the bytes are right.
        """
        ...


def blob_key(data: bytes) -> str:
    """Name the bytes of a PDF by their hash."""
    return key_of(hashlib.sha256(data).hexdigest(), PDF)


def key_of(digest: str, suffix: str) -> str:
    """Name bytes by their hash, in two levels of folders so that none grows beyond thousands of entries."""
    return check_key(f"docs/{digest[:2]}/{digest[2:4]}/{digest}{suffix}")


def check_key(key: str) -> str:
    """Refuse anything but a key: a path from outside must never reach a file system."""
    if not _KEY.fullmatch(key):
        raise BlobKeyMalformed(f"not a document key: {key!r:.100}")
    return key


def digest_of(key: str) -> str:
    """The sha256 of the bytes under a key, as 64 hexadecimal digits."""
    return check_key(key).rpartition("/")[2].partition(".")[0]


def verified(key: str, data: bytes) -> bytes:
    """The same bytes. Raises BlobDamaged when the key does not name them."""
    if hashlib.sha256(data).hexdigest() != digest_of(key):
        raise BlobDamaged(key=key)
    return data


def verified_file(key: str, file: IO[bytes]) -> IO[bytes]:
    """The same file at its begin, read through once. Closes it and raises BlobDamaged when it is another."""
    if file_digest(file) != digest_of(key):
        file.close()
        raise BlobDamaged(key=key)
    file.seek(0)
    return file


def file_digest(file: IO[bytes]) -> str:
    """The sha256 of all that a file holds, as 64 hexadecimal digits."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
