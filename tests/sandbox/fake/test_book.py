from datetime import UTC, datetime

import pytest

from bursar.errors import Broken
from bursar.sandbox.fake.book import Book, Kind, Row, Standing
from tests.sandbox.fake.stripe.asking import payment

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _row(**more) -> Row:
    told = {
        "gateway": "stripe",
        "kind": Kind.CHARGE,
        "id": "ch_1",
        "payment": "pi_1",
        "amount_minor": 100,
        "currency": "USD",
        "standing": Standing.CAPTURED,
        "at": AT,
        **more,
    }
    return Row(**told)


def test_the_same_thing_is_written_once():
    book = Book()
    book.write(_row())

    with pytest.raises(Broken):
        book.write(_row())


def test_a_row_is_restated_and_never_taken_out():
    book = Book()
    book.write(_row(standing=Standing.AUTHORIZED))

    book.restate("stripe", Kind.CHARGE, "ch_1", Standing.CAPTURED, 60)

    assert book.captured() == {"pi_1": 60}
    assert book.sums() == {"stripe.USD.charge.captured": 60}


def test_two_charges_for_one_attempt_are_seen():
    book = Book()
    book.write(_row(metadata={"attempt": "a1"}))
    book.write(_row(id="ch_2", payment="pi_2", metadata={"attempt": "a1"}))
    book.write(_row(id="ch_3", payment="pi_3", metadata={"attempt": "a2"}, standing=Standing.FAILED))

    assert {name: len(rows) for name, rows in book.charges_by("attempt").items()} == {"a1": 2}


def test_the_book_tells_of_everything_that_happened_to_money(stage):
    paid = payment(stage, amount=10_000, metadata={"attempt": "a1"})
    stage.v1.refunds.create({"payment_intent": paid.id, "amount": 4_000}, {"idempotency_key": "r1"})
    disputed = payment(stage, "pm_card_createDispute", amount=2_000)
    stage.gateways.catch_up()

    assert stage.book.captured("stripe") == {paid.id: 10_000, disputed.id: 2_000}
    assert stage.book.sums() == {
        "stripe.USD.charge.captured": 12_000,
        "stripe.USD.refund.succeeded": 4_000,
        "stripe.USD.dispute.open": 2_000,
    }
    assert [row.key for row in stage.book.rows(Kind.REFUND)] == ["r1"]
