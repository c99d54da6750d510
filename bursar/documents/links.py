"""Links to documents for people who have no account here: an id and an end, signed.

A link is checked before the database is asked, so guessing costs nobody anything but a hash.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from bursar.errors import Misconfigured, Refused
from bursar.rotation import DatedSecret
from bursar.settings import Settings

LINKS_PATH = "/documents/"
TOKEN_LENGTH_MAX = 512
"""Characters; ours have about 130. What is longer is not even hashed."""
TTL_MAX = timedelta(days=366)
"""A link in an old mail is a key that was forgotten: for longer, a new one is made."""
_SALT = "bursar.documents.links"


class LinkWrong(Refused):
    """Nobody here made this link, or its secret has ended."""


class LinkEnded(Refused):
    """The link was right, and its time is over."""


class TtlRefused(Refused):
    """A link must live for a moment at least and for a year at most."""


def document_link(settings: Settings, document_id: UUID, now: datetime, ttl: timedelta | None = None) -> str:
    """The address where anybody can fetch a document until `now + ttl` (BURSAR_LINK_TTL_H by default).

    Raises Misconfigured without a secret, and TtlRefused.
    """
    secrets = settings.link_secrets()
    if not secrets:
        raise Misconfigured("BURSAR_LINK_SECRET is not set: give it 16 random bytes or more")
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return (
        base.rstrip("/") + LINKS_PATH + sign_link(secrets[0].value, document_id, now, lifetime(settings, ttl))
    )


def lifetime(settings: Settings, ttl: timedelta | None = None) -> timedelta:
    """How long a link lives: as long as was asked for, or BURSAR_LINK_TTL_H."""
    return timedelta(hours=settings.link_ttl_h) if ttl is None else ttl


def sign_link(secret: bytes, document_id: UUID, now: datetime, ttl: timedelta) -> str:
    """A token that names a document until `now + ttl`. Raises TtlRefused."""
    if not timedelta() < ttl <= TTL_MAX:
        raise TtlRefused(f"a link may live up to {TTL_MAX.days} days, and longer than nothing")
    ends_at = int((now + ttl).timestamp())
    token: Any = _serializer([secret]).dumps({"d": document_id.hex, "e": ends_at})
    return str(token)


def read_link(secrets: Sequence[DatedSecret], token: str, now: datetime) -> UUID:
    """The document that a token names. Raises LinkWrong or LinkEnded; a secret counts until its last day."""
    today = now.astimezone(UTC).date()
    accepted = [each.value for each in secrets if each.last_day is None or today <= each.last_day]
    if not accepted or len(token) > TOKEN_LENGTH_MAX:
        raise LinkWrong
    try:
        said: Any = _serializer(accepted).loads(token)
        document_id, ends_at = UUID(said["d"]), int(said["e"])
    except (BadData, LookupError, TypeError, ValueError):
        raise LinkWrong from None
    if now.timestamp() >= ends_at:
        raise LinkEnded(document=document_id)
    return document_id


def _serializer(secrets: Sequence[bytes]) -> URLSafeSerializer:
    """The library signs with the last key, we name the newest first."""
    return URLSafeSerializer(
        list(reversed(secrets)), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
    )
