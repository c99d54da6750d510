"""The parts of what is taken back: however many notes there are, net, tax and round-off are the line's."""

from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.ledger import RECEIVABLE, ROUNDING, TAX_PAYABLE
from bursar.rules.noting import noted_line
from bursar.rules.posting import taken_back, taken_back_legs
from bursar.rules.relief import void_legs
from tests.rules.make import ASHA, make_invoice, make_line

pieces = st.lists(st.integers(1, 400), min_size=1, max_size=12)


@given(pieces, st.integers(0, 90), st.integers(-49, 49))
def test_notes_of_a_whole_line_sum_to_its_parts(minors, tax_minor, rounding_minor):
    gross_minor = sum(minors) + 200
    line = make_line(1, gross_minor, tax_minor=tax_minor, rounding_minor=rounding_minor)
    noted = 0
    notes = []
    for minor in [*minors, 200]:
        notes.append(noted_line(line, noted, minor))
        noted += minor

    assert sum(note.tax_minor for note in notes) == tax_minor
    assert sum(note.rounding_minor for note in notes) == rounding_minor
    assert sum(note.net_minor for note in notes) == gross_minor - tax_minor - rounding_minor
    assert all(note.gross_minor == sum(note[:3]) for note in notes)


def test_what_is_taken_back_comes_out_of_income_tax_and_round_off():
    line = make_line(1, 12_00, tax_minor=1_80, rounding_minor=17)
    back = line._replace(credited_minor=12_00)

    legs = taken_back_legs(line, back, "INR", ASHA)

    assert {leg.account: leg.amount_minor for leg in legs} == {
        "revenue:tuition": 10_03,
        TAX_PAYABLE: 1_80,
        ROUNDING: 17,
    }
    assert taken_back(back) == taken_back(line, 12_00)


def test_a_void_invoice_takes_its_round_off_back_too():
    line = make_line(1, 12_00, tax_minor=1_86, rounding_minor=-16)

    legs = void_legs(make_invoice(1, [line]))

    assert {leg.account: leg.amount_minor for leg in legs} == {
        "revenue:tuition": 10_30,
        TAX_PAYABLE: 1_86,
        ROUNDING: -16,
        RECEIVABLE: -12_00,
    }
