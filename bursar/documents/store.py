"""Where finished documents are kept: by the hash of their bytes, written once, checked when read.

It knows nothing of receipts or rows. Because the key is the content, storing twice is storing once.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from bursar.errors import Broken

_KEY = re.compile(r"docs/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})\.pdf")


class BlobMissing(Broken):
    """A document that the books name is not in the store."""


class BlobDamaged(Broken):
    """A stored document no longer has the hash that it was stored under."""


class BlobKeyMalformed(Broken):
    """A key that no store has ever given out."""


class BlobStore(Protocol):
    """Keeps bytes by their content. Every implementation passes the same contract tests."""

    def put(self, data: bytes) -> str:
        """Keep the bytes and give their key. They are durable when this returns; a repeat changes nothing."""
        ...

    def get(self, key: str) -> bytes:
        """Give the bytes back. Raises BlobMissing, or BlobDamaged when they are no longer the same."""
        ...

    def exists(self, key: str) -> bool:
        """Tell whether the key is kept, without reading it."""
        ...

    def size(self, key: str) -> int:
        """Give the length in bytes, without reading them. Raises BlobMissing."""
        ...


def blob_key(data: bytes) -> str:
    """Name bytes by their hash, in two levels of folders so that none grows beyond thousands of entries."""
    digest = hashlib.sha256(data).hexdigest()
    return f"docs/{digest[:2]}/{digest[2:4]}/{digest}.pdf"


class MemoryBlobStore:
    """A store for tests and demonstrations; it forgets with its process."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keep the bytes."""
        key = blob_key(data)
        self._blobs.setdefault(key, bytes(data))
        return key

    def get(self, key: str) -> bytes:
        """Give the bytes back."""
        _check_key(key)
        if key not in self._blobs:
            raise BlobMissing(key=key)
        return _verified(key, self._blobs[key])

    def exists(self, key: str) -> bool:
        """Tell whether the key is kept."""
        _check_key(key)
        return key in self._blobs

    def size(self, key: str) -> int:
        """Give the length in bytes."""
        _check_key(key)
        if key not in self._blobs:
            raise BlobMissing(key=key)
        return len(self._blobs[key])


class LocalBlobStore:
    """A store in a folder of this machine's file system. Files are readable by their owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where the file of a key lies, for a server that streams it. Raises BlobKeyMalformed."""
        _check_key(key)
        return self.root / key

    def put(self, data: bytes) -> str:
        """Write beside the goal, then move into place: a reader sees all of the bytes or none.

        The folders are made durable also when the file is already there: its writer may not have come to that
        yet, and our caller is about to commit a row that says the document is safe.
        """
        key = blob_key(data)
        goal = self.path(key)
        if goal.exists():
            self.get(key)
        else:
            goal.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(goal, data)
        for folder in self._folders(goal):
            _sync_folder(folder)
        return key

    def get(self, key: str) -> bytes:
        """Read the bytes and compare their hash with the key."""
        try:
            return _verified(key, self.path(key).read_bytes())
        except FileNotFoundError as error:
            raise BlobMissing(key=key) from error

    def exists(self, key: str) -> bool:
        """Tell whether the file is there."""
        return self.path(key).is_file()

    def size(self, key: str) -> int:
        """Ask the file system for the length in bytes."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError as error:
            raise BlobMissing(key=key) from error

    def _folders(self, goal: Path) -> Iterator[Path]:
        """The folders from the file up to the root: a new entry in each must survive a power cut."""
        for folder in goal.parents:
            yield folder
            if folder == self.root:
                return


def _check_key(key: str) -> None:
    """Refuse anything but a key: a path from outside must never reach the file system."""
    if not _KEY.fullmatch(key):
        raise BlobKeyMalformed(f"not a document key: {key!r:.100}")


def _verified(key: str, data: bytes) -> bytes:
    if blob_key(data) != key:
        raise BlobDamaged(key=key)
    return data


def _write_whole(goal: Path, data: bytes) -> None:
    """Put the bytes under a temporary name in the same folder, make them durable, then rename."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=goal.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(goal)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
