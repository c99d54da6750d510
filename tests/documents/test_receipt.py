import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.documents.receipt import ReceiptSnapshot
from bursar.documents.snapshot import SnapshotUnreadable
from bursar.errors import Broken
from tests.documents.receipts import make_line, make_receipt


@given(
    customer_name=st.text(),
    address=st.lists(st.text(), max_size=4),
    method=st.none() | st.text(),
    issued_on=st.dates(),
    paid_at=st.datetimes(timezones=st.just(UTC)),
    amounts=st.lists(st.integers(0, 10**13), max_size=5),
    test_mode=st.booleans(),
)
def test_a_snapshot_comes_back_from_its_bytes_as_it_was(
    customer_name, address, method, issued_on, paid_at, amounts, test_mode
):
    snapshot = make_receipt(
        [make_line(due_minor=amount) for amount in amounts],
        customer_name=customer_name,
        seller_address=tuple(address),
        method=method,
        issued_on=issued_on,
        paid_at=paid_at,
        test_mode=test_mode,
    )

    back = ReceiptSnapshot.from_json(snapshot.to_json())

    assert back == snapshot
    assert back.to_json() == snapshot.to_json()
    assert back.sha256() == snapshot.sha256()


def test_the_bytes_are_canonical():
    data = make_receipt(customer_name="विद्यार्थी १").to_json()

    assert data == json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode()
    assert data.isascii()


def test_another_word_is_another_hash():
    assert make_receipt().sha256() != make_receipt(customer_name="Student 2").sha256()


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "blue"},
        {"schema": "receipt/2"},
        {"amount_minor": 6100000.0},
        {"amount_minor": "6100000"},
        {"test_mode": 1},
        {"customer_name": None},
        {"method": 3},
        {"seller_address": [1]},
        {"seller_address": None},
        {"issued_on": "yesterday"},
        {"paid_at": 1785732300},
        {"lines": [{"component": "Tuition"}]},
        {"lines": [7]},
        {"lines": None},
    ],
)
def test_a_stored_snapshot_with_a_strange_field_is_not_believed(change):
    record = json.loads(make_receipt().to_json()) | change

    with pytest.raises(SnapshotUnreadable):
        ReceiptSnapshot.from_json(json.dumps(record).encode())


def test_a_stored_snapshot_with_a_missing_field_is_not_believed():
    record = json.loads(make_receipt().to_json())
    del record["credit_minor"]

    with pytest.raises(SnapshotUnreadable, match="credit_minor"):
        ReceiptSnapshot.from_json(json.dumps(record).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"\xff", b'{"schema": "receipt/1"}'])
def test_bytes_that_are_no_snapshot_are_not_believed(data):
    with pytest.raises(SnapshotUnreadable):
        ReceiptSnapshot.from_json(data)


def test_a_receipt_must_explain_the_whole_payment():
    with pytest.raises(Broken, match="explains the whole payment"):
        make_receipt([make_line(due_minor=100)], amount_minor=101)


def test_a_line_must_add_up():
    line = make_line(due_minor=100, paid_now_minor=40)

    with pytest.raises(Broken, match="balance"):
        type(line)(**{name: getattr(line, name) for name in line.__slots__} | {"balance_minor": 61})


@pytest.mark.parametrize(
    "paid_at",
    [
        datetime(2026, 8, 3),  # noqa: DTZ001  # a naive time is the point
        datetime(2026, 8, 3, tzinfo=timezone(timedelta(hours=5))),
    ],
)
def test_the_time_of_payment_is_in_utc(paid_at):
    with pytest.raises(Broken, match="UTC"):
        make_receipt(paid_at=paid_at)


def test_a_snapshot_does_not_change():
    with pytest.raises(AttributeError):
        make_receipt().issued_on = date(2020, 1, 1)
