"""`bursar installments`: split, shown, overdue, and paid part by part."""

import pytest

from tests.support.factories import make_customer, make_invoice


@pytest.fixture
def invoice(database_url):
    return str(make_invoice(make_customer(), [900_00]))


def test_an_invoice_is_split_into_equal_parts_and_shown(bursar, invoice):
    made = bursar("installments", "split", invoice, "--parts", 3, "--first", "2020-01-31", "--json")
    shown = bursar("installments", "show", invoice)
    late = bursar("installments", "overdue", "--json")

    assert [(each["due_on"], each["amount_minor"], each["state"]) for each in made.jsonl] == [
        ("2020-01-31", 300_00, "overdue"),
        ("2020-02-29", 300_00, "overdue"),
        ("2020-03-31", 300_00, "overdue"),
    ]
    assert "2020-02-29" in shown.out
    assert [each["open_minor"] for each in late.jsonl] == [300_00] * 3
    assert len(bursar("installments", "overdue", "--on", "2020-02-29", "--json").jsonl) == 1


def test_parts_may_be_named_one_by_one(bursar, invoice):
    words = ["--part", "2090-01-01=500.00", "--part", "2090-06-01=400.00"]

    made = bursar("installments", "split", invoice, *words, "--json")

    assert [(each["amount_minor"], each["state"]) for each in made.jsonl] == [
        (500_00, "open"),
        (400_00, "open"),
    ]
    assert "nothing is overdue" in bursar("installments", "overdue").out


def test_an_invoice_without_parts_says_so(bursar, invoice):
    assert "is due as a whole" in bursar("installments", "show", invoice).out


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["--parts", 3], 2, "--first is missing"),
        ([], 2, "give --parts and --first"),
        (["--parts", 3, "--first", "2026-12-05", "--part", "2026-12-05=1"], 2, "give --parts and --first"),
        (["--part", "tomorrow=1"], 2, "must be a day and an amount"),
        (["--part", "2026-12-05"], 2, "must be a day and an amount"),
        (["--part", "2026-12-05=1.00", "--part", "2027-01-05=2.00"], 4, "come to 300 minor units"),
        (["--parts", 99, "--first", "2026-12-05"], 4, "2 to 60 parts"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_reason(bursar, invoice, words, code, why):
    answer = bursar("installments", "split", invoice, *words)

    assert answer.code == code
    assert why in " ".join(answer.err.replace("│", " ").split())


def test_a_checkout_takes_what_is_due_or_an_amount_and_not_both(bursar, invoice):
    answer = bursar("checkout", invoice, "--due", "--amount", "5")

    assert answer.code == 2
    assert "leave --amount out" in answer.err
