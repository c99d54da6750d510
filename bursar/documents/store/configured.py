"""Which store the settings mean: a folder unless BURSAR_STORE_URL names a bucket."""

from urllib.parse import parse_qs, unquote, urlsplit

from bursar.documents.store.blobs import BlobStore
from bursar.documents.store.local import LocalBlobStore
from bursar.errors import Misconfigured
from bursar.settings import Settings

FOLDER = "blobs"
"""Below BURSAR_VAR."""
_OPTIONS = {"region", "endpoint"}
_FORM = "write s3://BUCKET/PREFIX?region=REGION, KEY:SECRET@ before the bucket and &endpoint=URL if needed"


def open_store(settings: Settings) -> BlobStore:
    """The store of these settings. Raises Misconfigured naming the variable."""
    if settings.store_url is None:
        return LocalBlobStore(settings.var / FOLDER)
    return _bucket(settings.store_url.get_secret_value())


def _bucket(url: str) -> BlobStore:
    try:
        parts = urlsplit(url)
    except ValueError:  # it may quote the secret
        raise Misconfigured(f"BURSAR_STORE_URL is not the address of a bucket: {_FORM}") from None
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.hostname or not set(given) <= _OPTIONS:
        raise Misconfigured(f"BURSAR_STORE_URL is not the address of a bucket: {_FORM}")
    try:
        from bursar.documents.store.s3 import S3BlobStore  # the extra `s3` only
    except ImportError:
        raise Misconfigured("BURSAR_STORE_URL needs the extra `s3`: pip install 'bursar[s3]'") from None
    if parts.username:
        given["access_key_id"] = unquote(parts.username)
        given["secret_access_key"] = unquote(parts.password or "")
    if prefix := parts.path.strip("/"):
        given["prefix"] = prefix
    return S3BlobStore(parts.hostname, **given)
