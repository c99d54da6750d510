"""What the receiver writes in PostgreSQL's binary form is what PostgreSQL reads back."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest

from bursar.ids import new_id
from webhook_receiver.inbox import Inbox
from webhook_receiver.rows import Row, binary_columns

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

INDIA = timezone(timedelta(hours=5, minutes=30))


def make_row(n: int, **changes: object) -> Row:
    row = Row(
        id=new_id(),
        gateway_account="razorpay:live",
        dedupe_key=f"key_{n}",
        gateway_event_id="evt_ü€😀",
        type="payment.captured",
        object_id="pay_1",
        api_version="2026-01-01",
        livemode=True,
        occurred_at=datetime(2026, 11, 21, 13, 37, 42, 123456, tzinfo=UTC),
        body=b'{"id": "\x00\xff"}',
        key_id="abc",
    )
    return row._replace(**changes)


ROWS = [
    make_row(0),
    make_row(1, object_id=None, api_version=None, livemode=None, occurred_at=None),
    make_row(2, livemode=False, body=b"", object_id="", gateway_event_id="x" * 70_000),
    make_row(3, occurred_at=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
    make_row(4, occurred_at=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    make_row(5, occurred_at=datetime(2026, 3, 31, 23, 59, tzinfo=INDIA)),
    make_row(6, body=bytes(range(256)) * 1024),
]


async def test_every_column_is_read_back_as_it_was_written(database_url: str, anyio_backend: str) -> None:
    inbox = Inbox(database_url)
    new = await inbox.insert(ROWS)
    await inbox.close()

    with psycopg.connect(database_url) as connection:
        read = connection.execute(
            f"SELECT {', '.join(Row._fields)} FROM gateway_events ORDER BY id"
        ).fetchall()
    assert [Row(*each) for each in read] == ROWS
    assert new == ROWS


async def test_only_what_was_new_is_named(database_url: str, anyio_backend: str) -> None:
    inbox = Inbox(database_url)
    await inbox.insert(ROWS[:3])
    again = [row._replace(id=new_id()) for row in ROWS[1:]]
    new = await inbox.insert(again)
    await inbox.close()

    assert new == again[2:]


async def test_a_statement_larger_than_any_buffer_is_sent_in_parts(database_url: str) -> None:
    inbox = Inbox(database_url)
    rows = [make_row(n, body=b"x" * 200_000) for n in range(20)]
    async with asyncio.timeout(20):
        new = await inbox.insert(rows)
    await inbox.close()

    assert len(new) == 20


def test_a_lone_surrogate_is_the_rows_own_fault() -> None:
    with pytest.raises(UnicodeError):
        binary_columns([make_row(0, type="\ud800")])
