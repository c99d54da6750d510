import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.declines import CODES, WORDS, DeclineReason, decline_reason

GATEWAYS = ("stripe", "razorpay", "paypal")


def test_every_reason_has_two_sentences_for_the_payer():
    assert set(WORDS) == set(DeclineReason)
    for words in WORDS.values():
        assert [text for text in words if not text.endswith(".") or "_" in text] == []


def test_every_gateway_is_listed_with_a_code_for_nearly_every_reason():
    assert set(CODES) == set(GATEWAYS)
    for gateway in GATEWAYS:
        assert set(CODES[gateway].values()) >= set(DeclineReason) - {DeclineReason.CANCELED}


@pytest.mark.parametrize(
    ("gateway", "code", "reason"),
    [
        ("stripe", "insufficient_funds", DeclineReason.NO_MONEY),
        ("stripe", "expired_card", DeclineReason.EXPIRED),
        ("stripe", "authentication_required", DeclineReason.NOT_CONFIRMED),
        ("stripe", "stolen_card", DeclineReason.BLOCKED),
        ("stripe", "lost_card", DeclineReason.BLOCKED),
        ("stripe", "fraudulent", DeclineReason.BLOCKED),
        ("razorpay", "payment_cancelled", DeclineReason.CANCELED),
        ("razorpay", "incorrect_otp", DeclineReason.WRONG_DETAILS),
        ("razorpay", "gateway_technical_error", DeclineReason.BANK_AWAY),
        ("paypal", "5120", DeclineReason.NO_MONEY),
        ("paypal", "0R00", DeclineReason.REFUSED),
        ("paypal", "instrument_declined", DeclineReason.REFUSED),
    ],
)
def test_a_code_means_what_its_gateway_says(gateway, code, reason):
    assert decline_reason(gateway, code) is reason
    assert decline_reason(gateway, code.upper()) is reason


@pytest.mark.parametrize("gateway", [*GATEWAYS, "manual", "nobody"])
def test_a_code_that_nobody_listed_and_none_at_all_are_a_plain_no(gateway):
    assert decline_reason(gateway, "brand_new_code") is DeclineReason.REFUSED
    assert decline_reason(gateway, None) is DeclineReason.REFUSED


@given(st.text(max_size=40))
def test_whatever_a_gateway_says_there_are_words_and_the_code_is_not_among_them(code):
    words = WORDS[decline_reason("stripe", code)]

    assert len(code) < 8 or code not in " ".join(words)
