"""Which gateway is asked, who comes next, and what an operator reads when there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Broken, Misconfigured
from bursar.rules import routing
from bursar.rules.routing import EVERY_CURRENCY, NoGateway, choose, gateway_of, parse_order, takes

NAMES = ["paypal", "razorpay", "stripe"]
ALL = [f"{name}:test" for name in NAMES]
NEW = "acme:test"
"""Of a gateway that no table knows."""


def asked(*, candidates=ALL, currency="USD", country=None, order="", closed=(), tried=()):
    """Gateways, best first."""
    parsed = parse_order(order, [*NAMES, "acme"])
    found = choose(candidates, currency=currency, country=country, order=parsed, closed=closed, tried=tried)
    return [gateway_of(account) for account in found]


@pytest.mark.parametrize(
    ("currency", "country", "expected"),
    [
        ("INR", None, ["razorpay", "stripe"]),
        ("INR", "IN", ["razorpay", "stripe"]),
        ("INR", "US", ["razorpay", "stripe"]),
        ("USD", "IN", ["razorpay", "stripe", "paypal"]),
        ("USD", None, ["stripe", "paypal", "razorpay"]),
        ("EUR", "DE", ["stripe", "paypal", "razorpay"]),
        ("GBP", "GB", ["stripe", "paypal", "razorpay"]),
        ("KWD", "KW", ["stripe", "razorpay"]),
        ("GEL", "GE", ["stripe"]),
        ("GHS", "GH", ["razorpay"]),
    ],
)
def test_rupees_and_india_go_to_razorpay_and_all_else_to_stripe(currency, country, expected):
    assert asked(currency=currency, country=country) == expected


@pytest.mark.parametrize(
    ("order", "currency", "expected"),
    [
        ("paypal,razorpay", "USD", ["paypal", "razorpay", "stripe"]),
        ("stripe", "INR", ["stripe", "razorpay"]),
        ("paypal", "INR", ["razorpay", "stripe"]),
        ("USD:paypal", "USD", ["paypal", "stripe", "razorpay"]),
        ("USD:paypal", "EUR", ["stripe", "paypal", "razorpay"]),
        ("razorpay; usd : paypal > stripe ;", "USD", ["paypal", "stripe", "razorpay"]),
        ("razorpay; USD:paypal>stripe", "EUR", ["razorpay", "stripe", "paypal"]),
    ],
)
def test_what_the_operator_wants_comes_first_and_the_rest_as_usual(order, currency, expected):
    assert asked(order=order, currency=currency) == expected


def test_a_gateway_that_no_table_knows_comes_last_and_takes_any_currency():
    assert asked(candidates=[NEW, *ALL]) == ["stripe", "paypal", "razorpay", "acme"]
    assert asked(candidates=[NEW, *ALL], currency="XYZ") == ["acme"]
    assert asked(candidates=[NEW, *ALL], order="acme")[0] == "acme"


def test_an_account_whose_circuit_is_open_goes_last_but_stays():
    assert asked(closed={"stripe:test"}) == ["paypal", "razorpay", "stripe"]
    assert asked(closed={"stripe:test"}, candidates=["stripe:test"]) == ["stripe"]
    assert asked(closed=set(ALL)) == ["stripe", "paypal", "razorpay"]


def test_an_account_that_was_tried_is_not_asked_again():
    assert asked(tried={"stripe:test"}) == ["paypal", "razorpay"]
    assert asked(tried={"stripe:test"}, closed={"paypal:test"}) == ["razorpay", "paypal"]


def test_when_there_is_none_the_operator_reads_why_and_what_to_set():
    with pytest.raises(NoGateway) as refused:
        asked(candidates=["razorpay:test"], currency="INR", tried={"razorpay:test"})

    assert str(refused.value) == (
        "no gateway can take INR: stripe is not configured (set STRIPE_SECRET_KEY); "
        "paypal does not take INR; razorpay was asked before and did not answer"
    )
    assert refused.value.ids == {"currency": "INR"}


@pytest.mark.parametrize("currency", ["INR", "USD", "XYZ"])
def test_without_any_account_every_gateway_that_could_is_named_with_its_variables(currency):
    with pytest.raises(NoGateway) as refused:
        asked(candidates=[], currency=currency)

    for gateway, variables in routing._VARIABLES.items():
        assert (f"{gateway} is not configured (set {variables})" in str(refused.value)) == takes(
            gateway, currency
        )


def test_test_and_live_accounts_are_never_asked_together():
    with pytest.raises(Broken, match="never asked together"):
        asked(candidates=["stripe:test", "paypal:live"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("strpie", "there is no gateway 'strpie'; name paypal, razorpay, stripe"),
        ("stripe,,paypal", "there is no gateway ''"),
        ("USD:", "there is no gateway ''"),
        ("stripe,stripe", "stripe is named twice"),
        ("stripe;paypal", "every currency has two orders"),
        ("USD:stripe;usd:paypal", "USD has two orders"),
        ("DOLLAR:stripe", "'DOLLAR' is no currency; write three letters"),
        (":stripe", "'' is no currency"),
        ("INR:paypal", "paypal does not take INR; leave it out"),
    ],
)
def test_a_wrong_order_is_refused_by_the_name_of_its_variable_with_a_cure(text, said):
    with pytest.raises(Misconfigured) as refused:
        parse_order(text, NAMES)

    assert str(refused.value).startswith(f"BURSAR_GATEWAY_ORDER: {said}")
    assert "for example razorpay,stripe" in str(refused.value)


def test_the_examples_of_the_message_and_no_order_at_all_can_be_read():
    assert parse_order(" ", NAMES) == {}
    assert [parse_order(each, NAMES) for each in routing.EXAMPLES.split(" or ")] == [
        {EVERY_CURRENCY: ("razorpay", "stripe")},
        {"INR": ("razorpay", "stripe"), "USD": ("stripe", "paypal")},
    ]


def test_every_table_has_three_letter_codes_once_and_every_gateway_with_one_its_variables():
    for text in (routing._STRIPE, routing._RAZORPAY, routing._PAYPAL):
        codes = text.split()
        assert codes == sorted(set(codes), key=codes.index)
        assert [code for code in codes if not (len(code) == 3 and code.isupper())] == []
    assert routing._CURRENCIES.keys() == routing._VARIABLES.keys() == set(routing._ABROAD)
    assert set(routing._AT_HOME) == set(routing._ABROAD)


ACCOUNTS = [*ALL, NEW, "other:test"]
orders = st.dictionaries(
    st.sampled_from([EVERY_CURRENCY, "INR", "USD", "KWD"]),
    st.lists(st.sampled_from([gateway_of(each) for each in ACCOUNTS]), unique=True).map(tuple),
)


@given(
    candidates=st.lists(st.sampled_from(ACCOUNTS), max_size=8),
    currency=st.text("ABDEIKNRUSW", min_size=3, max_size=3) | st.sampled_from(["INR", "USD", "KWD"]),
    country=st.none() | st.sampled_from(["IN", "US", "DE"]),
    order=orders,
    closed=st.frozensets(st.sampled_from(ACCOUNTS)),
    tried=st.frozensets(st.sampled_from(ACCOUNTS)),
    data=st.data(),
)
def test_the_answer_is_each_able_account_once_whatever_the_order_of_candidates(
    candidates, currency, country, order, closed, tried, data
):
    able = {each for each in candidates if each not in tried and takes(gateway_of(each), currency)}
    rest = {"currency": currency, "country": country, "order": order, "closed": closed, "tried": tried}
    if not able:
        with pytest.raises(NoGateway, match=currency):
            choose(candidates, **rest)
        return

    found = choose(candidates, **rest)

    assert len(found) == len(able)
    assert set(found) == able
    assert [each in closed for each in found] == sorted(each in closed for each in found)
    assert choose(data.draw(st.permutations(candidates)), **rest) == found
