"""Secrets that change while in use: `new,old@2026-12-01`. The newest signs, all verify until they end."""

import re
from datetime import date
from typing import NamedTuple

SECRET_LENGTH_MIN = 16
"""Bytes. Shorter than this a secret is a typo or a placeholder (reliability F02)."""
_ENDING = re.compile(r"(.*)@(\d{4}-\d{2}-\d{2})", re.DOTALL)


class DatedSecret(NamedTuple):
    """One secret; `last_day` is the last day in UTC on which it is accepted."""

    value: bytes
    last_day: date | None


def parse_secrets(text: str) -> tuple[DatedSecret, ...]:
    """`new,old@2026-12-01`, newest first. Raises ValueError, which never quotes a secret."""
    newest, *older = [part.strip() for part in text.split(",")]
    if _ENDING.fullmatch(newest):
        raise ValueError(
            "the first secret must not end with @ and a date: it is the one in use; "
            "put the new secret in front of the one that ends"
        )
    secrets = [DatedSecret(newest.encode(), None), *(_ending_secret(part) for part in older)]
    # An empty secret verifies against an empty key, which anyone can forge; a short one can be guessed.
    if any(len(secret.value) < SECRET_LENGTH_MIN for secret in secrets):
        raise ValueError(
            f"each secret needs at least {SECRET_LENGTH_MIN} bytes; "
            "copy a webhook secret from the gateway's dashboard, or unset the variable"
        )
    return tuple(secrets)


def _ending_secret(text: str) -> DatedSecret:
    ending = _ENDING.fullmatch(text)
    if ending is None:
        return DatedSecret(text.encode(), None)
    try:
        return DatedSecret(ending[1].encode(), date.fromisoformat(ending[2]))
    except ValueError:
        raise ValueError(f"{ending[2]} is no day; write the last day of a secret as 2026-12-01") from None
