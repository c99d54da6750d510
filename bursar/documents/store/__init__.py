"""Where finished documents are kept: by the hash of their bytes, written once, checked when read."""

from bursar.documents.store.blobs import (
    BlobDamaged,
    BlobKeyMalformed,
    BlobMissing,
    BlobSound,
    BlobStore,
    StoreAway,
    blob_key,
)
from bursar.documents.store.configured import open_store
from bursar.documents.store.local import LocalBlobStore
from bursar.documents.store.memory import MemoryBlobStore

__all__ = [
    "BlobDamaged",
    "BlobKeyMalformed",
    "BlobMissing",
    "BlobSound",
    "BlobStore",
    "LocalBlobStore",
    "MemoryBlobStore",
    "StoreAway",
    "blob_key",
    "open_store",
]
