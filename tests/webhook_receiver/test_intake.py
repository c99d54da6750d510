"""The batch inbox itself: one bad row fails alone, whatever makes it bad."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from bursar.ids import new_id
from tests.webhook_receiver.conftest import stored
from webhook_receiver.inbox import Inbox, Row
from webhook_receiver.intake import BATCH_ROWS_MAX, Intake, Outcome
from webhook_receiver.tally import Tally

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

ACCOUNT = "stripe:test"


@dataclass
class Running:
    intake: Intake
    tally: Tally
    woken: list[UUID] = field(default_factory=list)

    async def store(self, rows: list[Row]) -> list[Outcome]:
        return await asyncio.gather(*(self.intake.store(row) for row in rows))


@pytest.fixture
async def running(database_url: str, anyio_backend: str) -> AsyncIterator[Running]:
    woken: list[UUID] = []
    tally = Tally()
    intake = Intake(Inbox(database_url), {ACCOUNT: tally}, woken.extend)
    intake.start()
    yield Running(intake, tally, woken)
    await intake.stop()


def make_row(key: str, event_type: str = "payment_intent.succeeded") -> Row:
    return Row(
        id=new_id(),
        gateway_account=ACCOUNT,
        dedupe_key=key,
        gateway_event_id=key,
        type=event_type,
        object_id=None,
        api_version=None,
        livemode=None,
        occurred_at=None,
        body=b"{}",
        key_id="abc",
    )


@pytest.mark.parametrize(
    "bad",
    [
        make_row("evt_5", "a\x00b"),
        make_row("evt_5", "a\ud800b"),
        make_row("evt_5" + random.Random(0).randbytes(8_000).hex()),
    ],
    ids=["NUL", "lone surrogate", "too long for an index"],
)
async def test_a_row_the_database_refuses_fails_alone(bad: Row, running: Running, database_url: str) -> None:
    rows = [make_row(f"evt_{n}") for n in range(10)]
    rows[5] = bad

    outcomes = await running.store(rows)

    assert outcomes == [Outcome.STORED] * 5 + [Outcome.UNSTORABLE] + [Outcome.STORED] * 4
    assert sorted(running.woken) == stored(database_url, "id")
    assert len(running.woken) == 9


async def test_one_delivery_of_a_batch_is_new_and_its_repeats_are_duplicates(running: Running) -> None:
    outcomes = await running.store([make_row("evt_1") for _ in range(3)])
    again = await running.store([make_row("evt_1")])

    assert outcomes == [Outcome.STORED, Outcome.DUPLICATE, Outcome.DUPLICATE]
    assert again == [Outcome.DUPLICATE]
    assert (running.tally.accepted, running.tally.duplicates, len(running.woken)) == (1, 3, 1)


async def test_more_rows_than_a_batch_holds_are_all_stored(running: Running, database_url: str) -> None:
    rows = [make_row(f"evt_{n:04}") for n in range(3 * BATCH_ROWS_MAX + 1)]

    outcomes = await running.store(rows)

    assert set(outcomes) == {Outcome.STORED}
    assert sorted(map(str, stored(database_url))) == [row.dedupe_key for row in rows]


async def test_nothing_is_taken_in_before_the_start_or_after_the_stop(database_url: str) -> None:
    intake = Intake(Inbox(database_url), {ACCOUNT: Tally()}, lambda _: None)
    before = await intake.store(make_row("evt_1"))
    intake.start()
    await intake.stop()
    after = await intake.store(make_row("evt_1"))

    assert (before, after) == (Outcome.UNAVAILABLE, Outcome.UNAVAILABLE)
    assert stored(database_url) == []
