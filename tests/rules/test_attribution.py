"""Whose money is it? Evidence by rank, whatever came first, and what a person must see."""

from itertools import permutations

import pytest

from bursar.rules.attribution import attribute
from bursar.rules.books import Checkout
from bursar.rules.breaks import BreakKind
from bursar.rules.evidence import NOBODY, Attribution, Evidence, better
from bursar.rules.facts import NO_CLAIMS, Claims
from bursar.rules.states import CheckoutStatus
from tests.rules.make import ACCOUNT, ASHA, BEN, an_id, make_directory, make_invoice

GUITAR = make_invoice(1, [100], customer=ASHA)
DRUMS = make_invoice(2, [100], customer=ASHA)
OF_BEN = make_invoice(3, [100], customer=BEN)
DIRECTORY = make_directory(
    [GUITAR, DRUMS, OF_BEN], track_invoices={(ASHA, "guitar"): GUITAR.id, (ASHA, "drums"): DRUMS.id}
)
CHECKOUTS = {
    (ACCOUNT, "cs_guitar"): Checkout(id=an_id(9), status=CheckoutStatus.OPEN, invoice_id=GUITAR.id),
    (ACCOUNT, "cs_ben"): Checkout(id=an_id(8), status=CheckoutStatus.OPEN, invoice_id=OF_BEN.id),
}


def told_by(**claims):
    return attribute(ACCOUNT, Claims(**claims), DIRECTORY, CHECKOUTS)


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({}, NOBODY),
        ({"customer": "nobody"}, NOBODY),
        ({"gateway_customer": "cus_lost"}, NOBODY),
        ({"gateway_customer": "cus_ben"}, Attribution(Evidence.GATEWAY_CUSTOMER, "cus_ben", BEN, None)),
        ({"customer": "asha"}, Attribution(Evidence.METADATA_CUSTOMER, "asha", ASHA, None)),
        (
            {"customer": "asha", "gateway_customer": "cus_ben"},
            Attribution(Evidence.METADATA_CUSTOMER, "asha", ASHA, None),
        ),
        (
            {"customer": "asha", "track": "drums"},
            Attribution(Evidence.METADATA_TRACK, "asha/drums", ASHA, DRUMS.id),
        ),
        (
            {"customer": "asha", "track": "violin"},
            Attribution(Evidence.METADATA_CUSTOMER, "asha", ASHA, None),
        ),
        ({"track": "guitar"}, NOBODY),
        ({"invoice": "INV-1"}, Attribution(Evidence.METADATA_INVOICE, "INV-1", ASHA, GUITAR.id)),
        (
            {"invoice": "INV-1", "customer": "asha", "track": "drums"},
            Attribution(Evidence.METADATA_INVOICE, "INV-1", ASHA, GUITAR.id),
        ),
        (
            {"invoice": "INV-1", "customer": "nobody"},
            Attribution(Evidence.METADATA_INVOICE, "INV-1", ASHA, GUITAR.id),
        ),
        (
            {"checkouts": ("cs_lost", "cs_ben"), "invoice": "INV-1", "customer": "asha"},
            Attribution(Evidence.CHECKOUT, "cs_ben", BEN, OF_BEN.id),
        ),
        (
            {"checkouts": ("cs_guitar", "cs_ben")},
            Attribution(Evidence.CHECKOUT, "cs_ben", BEN, OF_BEN.id),
        ),
    ],
)
def test_the_best_claim_of_one_fact_counts(claims, found):
    assert told_by(**claims) == (found, [])


def test_a_checkout_of_another_account_says_nothing():
    found, odd = attribute("stripe:live", Claims(checkouts=("cs_ben",)), DIRECTORY, CHECKOUTS)

    assert (found, odd) == (NOBODY, [])


def test_an_unknown_invoice_leaves_the_money_with_the_customer_and_a_person_must_look():
    found, [(kind, _)] = told_by(invoice="INV-404", customer="asha")

    assert found == Attribution(Evidence.METADATA_CUSTOMER, "asha", ASHA, None)
    assert kind is BreakKind.UNKNOWN_INVOICE


def test_an_unknown_invoice_alone_leaves_the_money_with_nobody():
    found, [(kind, _)] = told_by(invoice="INV-404")

    assert (found, kind) == (NOBODY, BreakKind.UNKNOWN_INVOICE)


def test_an_invoice_of_another_customer_is_not_paid_and_a_person_must_look():
    found, [(kind, detail)] = told_by(invoice="INV-3", customer="asha")

    assert found == Attribution(Evidence.METADATA_CUSTOMER, "asha", ASHA, None)
    assert kind is BreakKind.OWNER_MISMATCH
    assert str(OF_BEN.id) in detail


def test_the_best_evidence_is_the_same_in_whatever_order_it_came():
    told = [
        told_by(**claims)[0]
        for claims in (
            {},
            {"gateway_customer": "cus_ben"},
            {"customer": "asha"},
            {"invoice": "INV-2"},
            {"invoice": "INV-1"},
        )
    ]
    for order in permutations(told):
        best = NOBODY
        for each in order:
            best = better(best, each)
        assert best.claim == "INV-1"


def test_an_operator_outranks_everything_and_no_claim_is_nobody():
    assert max(Evidence) is Evidence.OPERATOR
    assert attribute(ACCOUNT, NO_CLAIMS, DIRECTORY, CHECKOUTS) == (NOBODY, [])
