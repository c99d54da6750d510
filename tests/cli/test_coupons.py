"""`bursar coupons`: made, listed, disabled; what says nothing clear is refused."""

import pytest

from bursar.cli.coupons import FIELDS

pytestmark = pytest.mark.usefixtures("database_url")


def test_a_code_is_made_listed_and_disabled(bursar):
    words = ["--percent", "12.5", "--until", "2026-12-31", "--uses", 100, "--component", "Tuition"]

    made = bursar("coupons", "add", "earlybird", *words, "--json").json
    bursar("coupons", "add", "FIVER", "--amount", "5.00", "--currency", "eur")
    bursar("coupons", "disable", "Fiver")
    fiver, early = bursar("coupons", "list", "--json").jsonl

    assert tuple(made) == FIELDS
    assert early == made
    assert (made["code"], made["percent"], made["ends_on"], made["max_uses"], made["disabled"]) == (
        "EARLYBIRD",
        12.5,
        "2026-12-31",
        100,
        False,
    )
    assert (fiver["amount_minor"], fiver["currency"], fiver["disabled"]) == (5_00, "EUR", True)
    assert "EARLYBIRD" in bursar("coupons", "list").out


def test_without_codes_it_says_how_to_make_one(bursar):
    assert "bursar coupons add CODE" in bursar("coupons", "list").out


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["add", "X"], 2, "2 to 40 of A-Z"),
        (["add", "TENTH"], 4, "a share or an amount"),
        (["add", "TENTH", "--percent", "100"], 4, "0.01 to 99.99"),
        (["add", "TENTH", "--percent", "ten"], 2, "is no number"),
        (["add", "TENTH", "--percent", "1.005"], 2, "more than two decimals"),
        (["add", "TENTH", "--amount", "5"], 2, "--amount needs --currency"),
        (["add", "TENTH", "--percent", "5", "--currency", "INR"], 4, "a share has none"),
        (["disable", "NOBODY"], 4, "there is no code 'NOBODY'"),
    ],
)
def test_what_says_nothing_clear_is_refused(bursar, words, code, why):
    answer = bursar("coupons", *words)

    assert answer.code == code
    assert why in " ".join(answer.err.replace("│", " ").split())


def test_a_code_is_made_once(bursar):
    bursar("coupons", "add", "TENTH", "--percent", "10")

    assert bursar("coupons", "add", "tenth", "--percent", "20").code == 4
