"""Shapes that no sample has: of old versions, and what only a fetch expands. Every field, anything in it."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from bursar.gateways.protocol import Unreadable
from bursar.gateways.stripe.facts import read
from bursar.rules.facts import ConversionFact, FeeFact
from tests.gateways.stripe.reading import document

_MOVED = {
    "id": "txn_1",
    "amount": -110_000,
    "currency": "eur",
    "fee": 500,
    "fee_details": [{"type": "tax", "amount": 50}],
}
_CARD = {"object": "card", "brand": "Visa", "last4": "1881", "exp_month": 1, "exp_year": 2030}
_BILL = {
    "id": "in_1",
    "status": "open",
    "currency": "usd",
    "amount_paid": 5,
    "lines": {"data": [{"metadata": {"student": "s-1"}}]},
    "payments": {
        "data": [
            {
                "status": "open",
                "is_default": True,
                "amount_paid": 5,
                "payment": {"charge": {"id": "ch_1"}, "payment_intent": {"id": "pi_1"}},
            }
        ]
    },
}
_SHAPES: dict[str, dict[str, Any]] = {
    "payment_intent.succeeded": {
        "charges": {"data": [{"id": "ch_1", "source": _CARD}]},
        "latest_charge": {"id": "ch_1", "balance_transaction": _MOVED | {"amount": 110_000}},
    },
    "charge.updated": {"source": _CARD, "balance_transaction": _MOVED | {"amount": 110_000}},
    "charge.refunded": {
        "refunds": [{"id": "re_1", "amount": 5, "currency": "usd", "status": "failed"}],
    },
    "refund.updated": {
        "charge": {"id": "ch_1", "captured": True},
        "payment_intent": {"id": "pi_1", "status": "succeeded", "amount_received": 5},
        "balance_transaction": _MOVED,
    },
    "checkout.session.completed": {
        "subscription": {
            "id": "sub_1",
            "status": "active",
            "plan": {"id": "p_1"},
            "pause_collection": {"a": 1},
        }
    },
    "charge.dispute.created": {"balance_transactions": None, "balance_transaction": _MOVED},
    "invoice.paid": _BILL | {"status": "paid", "subscription": {"id": "sub_1", "metadata": {"student": "s"}}},
    "invoice.payment_failed": _BILL,
    "invoice.updated": {"status": ..., "paid": False, "forgiven": False, "payment_intent": {"id": "pi_1"}},
    "invoice_payment.paid": {"invoice": _BILL},
    "customer.source.updated": {"object": "source", "type": "card", "card": _CARD},
}
_HOSTILE = (None, True, 0, -1, 1.5, 2**63, "", "\ud800", "x" * 300, "succeeded", [], {}, [[]], {"id": 1})


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield value, key
        yield from _places(child)


@pytest.mark.parametrize("event_type", _SHAPES)
def test_any_field_may_be_replaced_by_anything(event_type):
    event = copy.deepcopy(document(event_type, _SHAPES[event_type]))
    assert isinstance(read(event_type, event), tuple)
    for container, key in list(_places(event)):
        kept = container[key]
        for value in _HOSTILE:
            container[key] = value
            with suppress(Unreadable):
                reading = read(event_type, event)
                assert all(_is_sound(fact) for fact in reading) if isinstance(reading, tuple) else reading
        container[key] = kept


def _is_sound(fact: Any) -> bool:
    """What the books may rely on: bounded printable ids, and money of one sign in an exchange or a fee."""
    if isinstance(fact, ConversionFact) and fact.sold_minor * fact.bought_minor <= 0:
        return False
    if isinstance(fact, FeeFact) and (not fact.fee_minor or fact.fee_minor * fact.tax_minor < 0):
        return False
    return bool(fact.kind) and all(0 < len(name) <= 255 and name.isascii() for name in fact.gateway_ids)
