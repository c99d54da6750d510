"""Tax by profile and place, rounded by policy: the parts are the whole, whatever the fees are."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.money import exponent
from bursar.rules.sellers import DEFAULT, Seller, TaxProfileMissing
from bursar.rules.tax import (
    HALVED,
    Abroad,
    InvoiceKind,
    Place,
    RoundingPolicy,
    Taxable,
    TaxKind,
    TaxProfile,
    TaxSystem,
    Treatment,
    half_up,
    invoice_kind,
    sentences,
    summary,
    tax,
    treat,
)

KARNATAKA, KERALA, CHANDIGARH = Place("IN", "29"), Place("IN", "32"), Place("IN", "04")
GERMANY, FRANCE, NOWHERE = Place("DE"), Place("FR"), Place()
GST = TaxProfile(system=TaxSystem.GST, rate_bp=1800, code="999293")
EXPORTED = TaxProfile(system=TaxSystem.GST, rate_bp=1800, abroad=Abroad.ZERO, words="Under LUT")
VAT = TaxProfile(system=TaxSystem.VAT, rate_bp=1900, abroad=Abroad.REVERSE_CHARGE, rates_abroad={"FR": 2000})


def line(net_minor: int, kind: TaxKind = TaxKind.VAT, rate_bp: int = 1900, code=None, told_minor=0):
    return Taxable(net_minor, Treatment(kind, rate_bp, code), told_minor)


@pytest.mark.parametrize(
    ("profile", "seller", "buyer", "registered", "kind", "rate_bp"),
    [
        (GST, KARNATAKA, KARNATAKA, False, TaxKind.CGST_SGST, 1800),
        (GST, KARNATAKA, KERALA, True, TaxKind.IGST, 1800),
        (GST, KARNATAKA, NOWHERE, False, TaxKind.CGST_SGST, 1800),
        (GST, CHANDIGARH, CHANDIGARH, False, TaxKind.CGST_UTGST, 1800),
        (GST, CHANDIGARH, KARNATAKA, False, TaxKind.IGST, 1800),
        (GST, KARNATAKA, GERMANY, False, TaxKind.IGST, 1800),
        (EXPORTED, KARNATAKA, GERMANY, False, TaxKind.ZERO, 0),
        (EXPORTED, KARNATAKA, KERALA, False, TaxKind.IGST, 1800),
        (VAT, GERMANY, GERMANY, True, TaxKind.VAT, 1900),
        (VAT, GERMANY, NOWHERE, False, TaxKind.VAT, 1900),
        (VAT, GERMANY, FRANCE, False, TaxKind.VAT, 2000),
        (VAT, GERMANY, FRANCE, True, TaxKind.REVERSE_CHARGE, 0),
        (VAT, GERMANY, Place("US"), False, TaxKind.VAT, 1900),
        (TaxProfile(system=TaxSystem.EXEMPT), KARNATAKA, KERALA, True, TaxKind.EXEMPT, 0),
        (TaxProfile(system=TaxSystem.NONE), NOWHERE, GERMANY, False, TaxKind.NONE, 0),
        (TaxProfile(system=TaxSystem.TOLD), NOWHERE, NOWHERE, False, TaxKind.TOLD, 0),
    ],
)
def test_the_place_of_the_buyer_decides_which_tax_it_is(profile, seller, buyer, registered, kind, rate_bp):
    found = treat(profile, seller, buyer, registered=registered)

    assert (found.kind, found.rate_bp, found.code) == (kind, rate_bp, profile.code)


def test_the_words_of_the_law_are_said_once_beside_those_of_the_profile():
    reverse = treat(VAT, GERMANY, FRANCE, registered=True)
    exported = treat(EXPORTED, KARNATAKA, GERMANY, registered=False)
    lines = tax([Taxable(1, each) for each in (reverse, reverse, exported)], RoundingPolicy.LINE, "EUR")

    assert sentences(lines) == [
        "Reverse charge: the recipient is liable for the tax.",
        "Zero-rated supply.",
        "Under LUT",
    ]


@pytest.mark.parametrize(
    ("policy", "taxes"),
    [
        (RoundingPolicy.LINE, [0, 0, 0, 0]),
        (RoundingPolicy.RATE_GROUP, [1, 0, 0, 0]),
        (RoundingPolicy.DOCUMENT, [1, 0, 0, 1]),
    ],
)
def test_a_policy_says_over_what_is_rounded(policy, taxes):
    lines = [line(4, rate_bp=1000)] * 3 + [line(4, rate_bp=1100)]

    assert [each.tax_minor for each in tax(lines, policy, "EUR")] == taxes


def test_half_of_a_minor_unit_goes_up():
    assert [half_up(n, 4) for n in range(9)] == [0, 0, 1, 1, 1, 1, 2, 2, 2]


def test_each_half_of_the_indian_tax_is_rounded_by_itself():
    [found] = tax([line(105, TaxKind.CGST_SGST, 1800)], RoundingPolicy.LINE, "INR")

    assert (found.halves_minor, found.tax_minor) == ((9, 9), 18)
    [whole] = tax([line(105, TaxKind.IGST, 1800)], RoundingPolicy.LINE, "INR")
    assert (whole.halves_minor, whole.tax_minor) == ((0, 0), 19)


def test_a_total_in_whole_rupees_says_what_was_rounded_off_on_its_largest_line():
    lines = [line(100_20, TaxKind.EXEMPT, 0), line(200_31, TaxKind.EXEMPT, 0)]

    off = tax(lines, RoundingPolicy.LINE, "INR", to_whole=True)

    assert [(each.rounding_minor, each.gross_minor) for each in off] == [(0, 100_20), (49, 200_80)]


@pytest.mark.parametrize("nets", [[30], [30, 19], [35] * 4])
def test_nothing_is_rounded_away(nets):
    lines = [line(net, TaxKind.NONE, 0) for net in nets]

    assert {each.rounding_minor for each in tax(lines, RoundingPolicy.LINE, "INR", to_whole=True)} == {0}


def test_a_currency_without_decimals_has_nothing_to_round_off():
    [found] = tax([line(1234, TaxKind.NONE, 0)], RoundingPolicy.LINE, "JPY", to_whole=True)

    assert found.rounding_minor == 0


def test_the_tax_that_the_host_told_is_kept():
    [found] = tax([line(100, TaxKind.TOLD, 0, told_minor=7)], RoundingPolicy.LINE, "INR")

    assert (found.tax_minor, found.gross_minor) == (7, 107)


def test_the_summary_names_every_rate_and_code_once_the_highest_first():
    lines = [
        line(100, TaxKind.IGST, 500, "4901"),
        line(50, TaxKind.IGST, 1800),
        line(50, TaxKind.IGST, 500, "4901"),
    ]

    rows = summary(tax(lines, RoundingPolicy.LINE, "INR"))

    assert [tuple(row) for row in rows] == [
        (TaxKind.IGST, 1800, None, 50, 9),
        (TaxKind.IGST, 500, "4901", 150, 8),
    ]


TAXABLE, FREE, OUTSIDE = line(100, TaxKind.IGST, 1800), line(1, TaxKind.EXEMPT, 0), line(1, TaxKind.NONE, 0)


@pytest.mark.parametrize(
    ("lines", "gst", "kind"),
    [
        ([TAXABLE], True, InvoiceKind.TAX_INVOICE),
        ([TAXABLE, OUTSIDE], True, InvoiceKind.TAX_INVOICE),
        ([FREE], True, InvoiceKind.BILL_OF_SUPPLY),
        ([FREE, OUTSIDE], True, InvoiceKind.BILL_OF_SUPPLY),
        ([TAXABLE, FREE], True, InvoiceKind.INVOICE_CUM_BILL_OF_SUPPLY),
        ([TAXABLE, FREE], False, InvoiceKind.TAX_INVOICE),
        ([FREE], False, InvoiceKind.INVOICE),
        ([OUTSIDE], True, InvoiceKind.INVOICE),
        ([line(1, TaxKind.TOLD, 0)], False, InvoiceKind.INVOICE),
        ([line(1, TaxKind.TOLD, 0, told_minor=1)], False, InvoiceKind.TAX_INVOICE),
        ([line(1, TaxKind.REVERSE_CHARGE, 0)], False, InvoiceKind.TAX_INVOICE),
    ],
)
def test_what_an_invoice_is_called_follows_from_its_lines(lines, gst, kind):
    assert invoice_kind(tax(lines, RoundingPolicy.LINE, "INR"), gst=gst) is kind


kinds = st.sampled_from([TaxKind.CGST_SGST, TaxKind.IGST, TaxKind.VAT, TaxKind.EXEMPT, TaxKind.NONE])
nets = st.integers(0, 10**9)
bills = st.lists(st.builds(line, nets, kinds, st.integers(0, 10_000)), min_size=1, max_size=12)
policies = st.sampled_from(RoundingPolicy)


@given(bills, policies)
def test_a_line_is_off_by_less_than_a_minor_unit_for_each_tax_on_it(lines, policy):
    for told, found in zip(lines, tax(lines, policy, "INR"), strict=True):
        exact = Fraction(told.net_minor * told.treatment.rate_bp, 10_000)
        assert abs(found.tax_minor - exact) < (2 if told.treatment.kind in HALVED else 1)
        assert found.tax_minor >= 0
        if told.treatment.kind in HALVED:
            assert sum(found.halves_minor) == found.tax_minor


@given(bills, policies)
def test_what_is_rounded_together_is_off_by_half_a_minor_unit_at_most(lines, policy):
    for kind in {each.treatment.kind in HALVED for each in lines}:
        of = [each for each in lines if (each.treatment.kind in HALVED) == kind]
        exact = Fraction(sum(each.net_minor * each.treatment.rate_bp for each in of), 10_000)
        found = sum(each.tax_minor for each in tax(of, RoundingPolicy.DOCUMENT, "INR"))
        assert abs(found - exact) <= (1 if kind else Fraction(1, 2))


@given(bills, policies, st.sampled_from(["INR", "JPY", "KWD"]))
def test_the_summary_and_the_round_off_are_the_document(lines, policy, currency):
    found = tax(lines, policy, currency, to_whole=True)
    total_minor = sum(each.gross_minor for each in found)
    off_minor = sum(each.rounding_minor for each in found)

    rows = summary(found)

    assert sum(row.taxable_minor + row.tax_minor for row in rows) + off_minor == total_minor
    unit = 10 ** exponent(currency)
    assert off_minor == 0 or total_minor % unit == 0
    assert abs(off_minor) * 2 <= unit
    assert sum(each.rounding_minor != 0 for each in found) <= 1


def test_a_component_without_a_profile_is_refused_with_the_cure():
    seller = Seller(name="School", profiles={"tuition": GST})

    assert seller.profile_of("tuition") is GST
    with pytest.raises(TaxProfileMissing, match=r"'books' has no tax profile: add \[tax.books\]"):
        seller.profile_of("books")


def test_a_seller_without_a_file_takes_the_tax_that_is_told():
    assert Seller(name="School").profile_of("anything").system is TaxSystem.TOLD
    assert DEFAULT in Seller(name="School").profiles


@pytest.mark.parametrize(
    ("place", "tax_id", "buyer", "text"),
    [
        (KARNATAKA, "29X", KERALA, "Kerala (32)"),
        (KARNATAKA, "29X", NOWHERE, "Karnataka (29)"),
        (KARNATAKA, "29X", Place("IN", "77"), "77"),
        (KARNATAKA, "29X", GERMANY, "Outside India (DE)"),
        (Place("IN"), "29X", NOWHERE, None),
        (KARNATAKA, None, KERALA, None),
        (GERMANY, "DE1", FRANCE, None),
    ],
)
def test_the_place_of_supply_is_printed_where_the_law_asks_for_it(place, tax_id, buyer, text):
    assert Seller(name="School", place=place, tax_id=tax_id).place_of_supply(buyer) == text
