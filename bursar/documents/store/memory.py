"""A store that forgets with its process: for tests and demonstrations."""

from collections.abc import Sequence
from io import BytesIO
from typing import IO

from bursar.documents.store.blobs import (
    BlobDamaged,
    BlobMissing,
    BlobSound,
    blob_key,
    check_key,
    file_digest,
    key_of,
    verified,
)


class MemoryBlobStore:
    """Keeps blobs in a dictionary. `blobs` and `aside` are its whole state, for tests that damage it."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.aside: list[bytes] = []

    def put_if_absent(self, data: bytes) -> str:
        """Keep a PDF."""
        return self._keep(blob_key(data), data)

    def put_all(self, blobs: Sequence[bytes]) -> list[str]:
        """Keep many."""
        return [self.put_if_absent(data) for data in blobs]

    def put_file(self, file: IO[bytes], suffix: str) -> str:
        """Keep what a file holds."""
        key = key_of(file_digest(file), suffix)
        file.seek(0)
        return self._keep(key, file.read())

    def get(self, key: str) -> bytes:
        """Give the bytes back."""
        if check_key(key) not in self.blobs:
            raise BlobMissing(key=key)
        return verified(key, self.blobs[key])

    def open(self, key: str) -> IO[bytes]:
        """Give the bytes as a file."""
        return BytesIO(self.get(key))

    def exists(self, key: str) -> bool:
        """Tell whether the key is kept."""
        return check_key(key) in self.blobs

    def size(self, key: str) -> int:
        """Give the length in bytes."""
        if check_key(key) not in self.blobs:
            raise BlobMissing(key=key)
        return len(self.blobs[key])

    def url(self, key: str, ttl_s: int) -> None:  # noqa: ARG002 - nobody else reaches our memory
        """There is none."""
        check_key(key)

    def set_aside(self, key: str) -> None:
        """Keep damaged bytes elsewhere."""
        try:
            self.get(key)
        except BlobMissing:
            return
        except BlobDamaged:
            self.aside.append(self.blobs.pop(key))
            return
        raise BlobSound(key=key)

    def _keep(self, key: str, data: bytes) -> str:
        if key in self.blobs:
            self.get(key)
        self.blobs.setdefault(key, bytes(data))
        return key
