"""A row of the inbox, and how many of them become the parameters of one statement. No connection."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from webhook_receiver.arrays import BOOLS, BYTES, TEXTS, TIMES, UUIDS, binary_array

Key = tuple[str, str]
"""(gateway_account, dedupe_key): what the inbox holds once."""


class Row(NamedTuple):
    """One verified event; the fields are the columns, in this order, and an Envelope's in the middle."""

    id: UUID
    gateway_account: str
    dedupe_key: str
    gateway_event_id: str
    type: str
    object_id: str | None
    api_version: str | None
    livemode: bool | None
    occurred_at: datetime | None
    body: bytes
    key_id: str

    @property
    def key(self) -> Key:
        """What makes it a duplicate of another."""
        return self.gateway_account, self.dedupe_key


_KINDS = (UUIDS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, BOOLS, TIMES, BYTES, TEXTS)
"""Of the fields, in their order."""


def binary_columns(rows: Sequence[Row]) -> list[bytes]:
    """One binary array per column. Raises UnicodeError for what no database can hold."""
    return [binary_array(kind, values) for kind, values in zip(_KINDS, zip(*rows, strict=True), strict=True)]
