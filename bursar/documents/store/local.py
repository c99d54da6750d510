"""A store in a folder of this machine's file system. Files are readable by their owner only."""

import hashlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from bursar.documents.store.blobs import (
    CHUNK_BYTES,
    BlobDamaged,
    BlobMissing,
    BlobSound,
    StoreAway,
    blob_key,
    check_key,
    key_of,
    verified,
    verified_file,
)
from bursar.documents.store.disk import Disk
from bursar.ids import new_id

INCOMING, DAMAGED = "incoming", "damaged"
UNFINISHED_S = 3600.0
"""Seconds after which a file that is not in its place has lost its writer: none is given so long."""


class LocalBlobStore:
    """Writes beside the goal, then moves into place: a reader sees all of the bytes or none."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where the file of a key lies. Raises BlobKeyMalformed."""
        return self.root / check_key(key)

    def put_if_absent(self, data: bytes) -> str:
        """Keep a PDF."""
        return self.put_all([data])[0]

    def put_all(self, blobs: Sequence[bytes]) -> list[str]:
        """Keep many: one pass makes the files durable, one more the folders that name them."""
        keyed = {blob_key(data): data for data in blobs}
        with self._writing() as (disk, unplaced):
            files = {key: _write(unplaced, data) for key, data in keyed.items() if not self._is_kept(key)}
            self._place(disk, files, keyed)
        return [blob_key(data) for data in blobs]

    def put_file(self, file: IO[bytes], suffix: str) -> str:
        """Copy what a file holds, taking its hash on the way."""
        with self._writing() as (disk, unplaced):
            file.seek(0)
            digest = hashlib.sha256()
            fresh = unplaced.new()
            with fresh.open("wb") as copy:
                while chunk := file.read(CHUNK_BYTES):
                    digest.update(chunk)
                    copy.write(chunk)
            key = key_of(digest.hexdigest(), suffix)
            self._place(disk, {} if self._is_kept(key) else {key: fresh}, [key])
        return key

    def get(self, key: str) -> bytes:
        """Read the bytes and compare their hash with the key."""
        with self._reading(key) as path:
            return verified(key, path.read_bytes())

    def open(self, key: str) -> IO[bytes]:
        """Read the file through once, then give it."""
        with self._reading(key) as path:
            return verified_file(key, path.open("rb"))

    def exists(self, key: str) -> bool:
        """Tell whether the file is there."""
        return self.path(key).is_file()

    def size(self, key: str) -> int:
        """Ask the file system for the length in bytes."""
        with self._reading(key) as path:
            return path.stat().st_size

    def url(self, key: str, ttl_s: int) -> None:  # noqa: ARG002 - a folder serves nobody
        """There is none."""
        check_key(key)

    def set_aside(self, key: str) -> None:
        """Move a damaged file into the folder `damaged`."""
        try:
            self.open(key).close()
        except BlobMissing:
            return
        except BlobDamaged:
            with self._writing() as (disk, _):
                goal = self.root / DAMAGED / f"{new_id()}-{self.path(key).name}"
                goal.parent.mkdir(exist_ok=True)
                self.path(key).rename(goal)
                disk.flush([goal.parent, self.path(key).parent])
            return
        raise BlobSound(key=key)

    def discard_unfinished(self) -> int:
        """Delete what writers that died have left behind; how many files."""
        lost = [
            path
            for path in (self.root / INCOMING).glob("*")
            if path.stat().st_mtime < time.time() - UNFINISHED_S
        ]
        for path in lost:
            path.unlink(missing_ok=True)
        return len(lost)

    def _is_kept(self, key: str) -> bool:
        """Whether the bytes are there already. Raises BlobDamaged when others are."""
        if not self.exists(key):
            return False
        self.open(key).close()
        return True

    def _place(self, disk: Disk, files: dict[str, Path], keys: Sequence[str] | dict[str, bytes]) -> None:
        """Make the bytes durable, move them into place, make the names durable.

        Folders are made durable also where the file was there already: its writer may not have come to that
        yet, and our caller is about to commit a row that says the document is safe.
        """
        disk.flush(list(files.values()))
        for key, fresh in files.items():
            self.path(key).parent.mkdir(parents=True, exist_ok=True)
            fresh.replace(self.path(key))
        disk.flush(sorted({folder for key in keys for folder in self._folders(key)}))

    def _folders(self, key: str) -> Iterator[Path]:
        """The folders from the file up to the root: a new entry in each must survive a power cut."""
        for folder in self.path(key).parents:
            yield folder
            if folder == self.root:
                return

    @contextmanager
    def _writing(self) -> Iterator[tuple[Disk, "_Unplaced"]]:
        """Files of ours are gone at the end unless they were placed. Raises StoreAway."""
        try:
            (self.root / INCOMING).mkdir(parents=True, exist_ok=True)
            with Disk(self.root) as disk, ExitStack() as stack:
                yield disk, _Unplaced(self.root / INCOMING, stack)
        except OSError as error:
            raise _away(self.root, error) from error

    @contextmanager
    def _reading(self, key: str) -> Iterator[Path]:
        try:
            yield self.path(key)
        except FileNotFoundError as error:
            raise BlobMissing(key=key) from error
        except OSError as error:
            raise _away(self.root, error) from error


class _Unplaced:
    """Makes files that are deleted with the stack, unless they were moved by then."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def new(self) -> Path:
        handle, name = tempfile.mkstemp(dir=self._folder)
        fresh = Path(name)
        self._stack.callback(fresh.unlink, missing_ok=True)
        with open(handle, "wb"):  # noqa: PTH123 - takes over the descriptor, and closes it
            return fresh


def _write(unplaced: _Unplaced, data: bytes) -> Path:
    fresh = unplaced.new()
    fresh.write_bytes(data)
    return fresh


def _away(root: Path, error: OSError) -> StoreAway:
    return StoreAway(f"the folder of documents {root}: {error.strerror}; free space or mend its permissions")
