"""From drafts to bills: what is billed is what the lines say, and what cannot be is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.billing import LINES_MAX, Bill, Buyer, Draft, DraftLine, bill
from bursar.rules.invoicing import Fee, InvoiceRefused, issue_entry
from bursar.rules.ledger import RECEIVABLE, ROUNDING, TAX_PAYABLE
from bursar.rules.sellers import NOWHERE, Seller
from bursar.rules.tax import InvoiceKind, Place, RoundingPolicy, TaxKind, TaxProfile, TaxSystem
from tests.rules.make import ASHA, DUE, an_id

TAXED = TaxProfile(system=TaxSystem.GST, rate_bp=1800, code="999293")
EXEMPT = TaxProfile(system=TaxSystem.EXEMPT)
SCHOOL = Seller(
    name="School",
    place=Place("IN", "27"),
    tax_id="27AAPFU0939F1ZV",
    to_whole=True,
    profiles={"default": TAXED, "tuition": EXEMPT},
)


def make_draft(*fees: Fee, place: Place = NOWHERE, tax_id=None) -> Draft:
    lines = tuple(DraftLine(an_id(n), n, fee) for n, fee in enumerate(fees, start=1))
    buyer = Buyer(ASHA, "Asha", "pupil-1", place, (), tax_id)
    return Draft(an_id(99), buyer, "INR", DUE, "term-1", lines)


def accounts(billed: Bill) -> dict[str, int]:
    entry = issue_entry(billed.draft.id, ASHA, "INR", billed.issued_lines())
    sums: dict[str, int] = {}
    for leg in entry.legs:
        sums[leg.account] = sums.get(leg.account, 0) + leg.amount_minor
    return sums


def test_exempt_and_taxed_fees_make_one_bill_of_both():
    billed = bill(
        make_draft(Fee(component="tuition", unit_minor=100_00), Fee(component="kit", unit_minor=10_03)),
        SCHOOL,
    )

    assert billed.kind is InvoiceKind.INVOICE_CUM_BILL_OF_SUPPLY
    assert billed.place_of_supply == "Maharashtra (27)"
    assert [line.treatment.kind for line in billed.lines] == [TaxKind.EXEMPT, TaxKind.CGST_SGST]
    assert (billed.tax_minor, billed.round_off_minor, billed.total_minor) == (1_80, 17, 112_00)


def test_the_round_off_is_booked_where_the_ledger_has_a_place_for_it():
    up = bill(make_draft(Fee(component="kit", unit_minor=10_03)), SCHOOL)
    down = bill(make_draft(Fee(component="kit", unit_minor=10_30)), SCHOOL)

    assert accounts(up) == {RECEIVABLE: 12_00, "revenue:kit": -10_03, TAX_PAYABLE: -1_80, ROUNDING: -17}
    assert accounts(down) == {RECEIVABLE: 12_00, "revenue:kit": -10_30, TAX_PAYABLE: -1_86, ROUNDING: 16}


@pytest.mark.parametrize(
    ("fees", "says"),
    [
        ([], "1 to 500 lines, not 0"),
        ([Fee(component="x", unit_minor=1)] * (LINES_MAX + 1), "not 501"),
        ([Fee(component="x", unit_minor=0)], "'x': its amount must be above zero"),
        ([Fee(component="x", unit_minor=1, discount_minor=2)], "above zero"),
        ([Fee(component="x", unit_minor=10**14)], "above zero"),
    ],
)
def test_what_cannot_be_billed_is_refused(fees, says):
    seller = Seller(name="School", profiles={"default": EXEMPT})

    with pytest.raises(InvoiceRefused, match=says):
        bill(make_draft(*fees), seller)


def test_a_negative_tax_that_is_told_is_refused():
    with pytest.raises(InvoiceRefused):
        bill(make_draft(Fee(component="x", unit_minor=5, tax_minor=-1)), Seller(name="School"))


fees = st.builds(
    Fee,
    component=st.sampled_from(["tuition", "kit", "bus"]),
    unit_minor=st.integers(100, 10**7),
    quantity=st.integers(1, 9),
    discount_minor=st.integers(0, 99),
)


@given(st.lists(fees, min_size=1, max_size=8), st.sampled_from(RoundingPolicy), st.booleans(), st.booleans())
def test_every_bill_is_its_lines_and_balances(told, policy, to_whole, far):
    seller = Seller(
        name="School",
        place=Place("IN", "27"),
        tax_id="27AAPFU0939F1ZV",
        rounding=policy,
        to_whole=to_whole,
        profiles={"default": TAXED, "tuition": EXEMPT},
    )
    billed = bill(make_draft(*told, place=Place("IN", "29" if far else "27")), seller)

    assert billed.total_minor == sum(line.gross_minor for line in billed.lines)
    assert (
        billed.total_minor == sum(fee.net_minor for fee in told) + billed.tax_minor + billed.round_off_minor
    )
    assert sum(accounts(billed).values()) == 0
    assert accounts(billed).get(ROUNDING, 0) == -billed.round_off_minor
