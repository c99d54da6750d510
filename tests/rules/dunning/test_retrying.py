"""The law of retries: no history of charges, declines and waits breaks a network's budget."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.declines import DeclineReason
from bursar.rules.dunning.declining import (
    BY_REASON,
    STRICTER,
    Network,
    Retry,
    advised_wait,
    network_of,
    retry_class,
)
from bursar.rules.dunning.policy import RetryLaw
from bursar.rules.dunning.retrying import (
    Allowed,
    Attempt,
    Card,
    Forbidden,
    NotBefore,
    Noticed,
    NoticeFirst,
    best,
    may_charge,
)
from tests.rules.dunning.policies import at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = at(20)
LAW = RetryLaw()


def attempt(ago=DAY, *, card="card", amount_minor=100_00, currency="USD", declined=True, **said):
    return Attempt(
        at=NOW - ago, card=card, amount_minor=amount_minor, currency=currency, declined=declined, **said
    )


def judged(
    *attempts, network=Network.VISA, amount_minor=100_00, currency="USD", notices=(), now=NOW, law=LAW
):
    return may_charge(
        law,
        Card(key="card", network=network),
        amount_minor=amount_minor,
        currency=currency,
        attempts=attempts,
        notices=notices,
        now=now,
    )


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (Network.VISA, {"decline_code": "stolen_card"}),
        (Network.OTHER, {"decline_code": "mandate_cancelled"}),
        (Network.OTHER, {"advice_code": "do_not_try_again"}),
        (Network.OTHER, {"decline_code": "CARD_EXPIRED"}),
        (Network.OTHER, {"decline_code": "9500"}),
        (Network.VISA, {"network_code": "R1"}),
        (Network.UNKNOWN, {"network_code": "R1"}),
        (Network.MASTERCARD, {"network_code": "03"}),
        (Network.MASTERCARD, {"network_code": "21", "decline_code": "insufficient_funds"}),
        (Network.VISA, {"decline_code": "authentication_required"}),
        (Network.VISA, {"advice_code": "confirm_card_data"}),
    ],
)
def test_a_card_that_was_refused_for_good_is_never_charged_again(network, said):
    assert isinstance(judged(attempt(300 * DAY, **said), network=network), Forbidden)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (Network.VISA, {"decline_code": "insufficient_funds"}),
        (Network.VISA, {"decline_code": "a word of tomorrow"}),
        (Network.VISA, {"network_code": "51"}),
        (Network.MASTERCARD, {"network_code": "14"}),
        (Network.OTHER, {"network_code": "03"}),
        (Network.VISA, {"decline_code": "stolen_card", "declined": False}),
        (Network.VISA, {"decline_code": "stolen_card", "card": "another"}),
    ],
)
def test_all_other_declines_leave_the_card_to_its_budget(network, said):
    assert judged(attempt(**said), network=network) == Allowed()


@pytest.mark.parametrize(
    ("code", "days"),
    [("02", 3), ("24", 1 / 24), ("25", 1), ("26", 2), ("27", 4), ("28", 6), ("29", 8), ("30", 10)],
)
def test_what_mastercard_advises_is_waited_for(code, days):
    wait = days * DAY
    declined = attempt(timedelta(), network_code=code)

    early = judged(declined, network=Network.MASTERCARD, now=NOW + wait - timedelta(seconds=1))

    assert early == NotBefore(NOW + wait, "the network wants the card left alone")
    assert judged(declined, network=Network.MASTERCARD, now=NOW + wait) == Allowed()
    assert advised_wait(Network.VISA, code) == timedelta()


def test_visa_counts_alike_amounts_and_mastercard_counts_all():
    other = [attempt(n * HOUR, amount_minor=n) for n in range(1, 16)]

    assert judged(*other, network=Network.VISA) == Allowed()
    assert isinstance(judged(*other, network=Network.MASTERCARD), NotBefore)
    assert isinstance(judged(*other, network=Network.UNKNOWN), NotBefore)
    assert judged(*other, network=Network.OTHER) == Allowed()


def test_a_budget_is_free_again_when_its_oldest_charge_leaves_the_window():
    full = [attempt((n + 1) * DAY) for n in range(15)]

    assert judged(*full) == NotBefore(NOW + 15 * DAY, "15 charges in 30 days are used up")
    assert judged(*full, now=NOW + 15 * DAY) == Allowed()


def test_a_policy_may_forbid_retries():
    assert isinstance(judged(law=RetryLaw(visa_30d_max=0)), NotBefore)


@pytest.mark.parametrize(
    ("amount_minor", "notices", "expected"),
    [
        (15_000_00, [], NoticeFirst()),
        (15_000_00, [Noticed(at=NOW - 24 * HOUR, amount_minor=15_000_00)], Allowed()),
        (15_000_00, [Noticed(at=NOW - 24 * HOUR, amount_minor=14_000_00)], NoticeFirst()),
        (
            15_000_00,
            [Noticed(at=NOW - 23 * HOUR, amount_minor=15_000_00)],
            NotBefore(NOW + HOUR, "the notice of the charge is not a day old"),
        ),
        (15_000_01, [], Forbidden("an e-mandate may not take so much without its owner")),
    ],
)
def test_india_wants_a_notice_a_day_before_and_small_amounts(amount_minor, notices, expected):
    assert judged(amount_minor=amount_minor, currency="INR", notices=notices) == expected


def test_india_wants_a_notice_for_each_charge():
    told = Noticed(at=NOW - 5 * DAY, amount_minor=100_00)

    assert judged(attempt(currency="INR"), currency="INR", notices=[told]) == NoticeFirst()


def test_of_several_cards_the_one_that_may_be_charged_soonest_counts():
    wait = NotBefore(NOW, "later")

    assert best([Forbidden("no"), wait, NoticeFirst(), Allowed()]) == Allowed()
    assert best([Forbidden("no"), wait]) == wait
    assert best([]) == Forbidden("no card is saved")


@pytest.mark.parametrize(
    ("brand", "network"),
    [
        ("visa", Network.VISA),
        ("Visa", Network.VISA),
        ("MasterCard", Network.MASTERCARD),
        ("MC", Network.MASTERCARD),
        ("RuPay", Network.OTHER),
        (None, Network.UNKNOWN),
    ],
)
def test_whose_card_it_is(brand, network):
    assert network_of(brand) is network


def test_every_reason_says_whether_to_try_again_and_the_strictest_word_counts():
    assert BY_REASON.keys() == set(DeclineReason)
    assert all(code == code.lower() for code in STRICTER)
    assert retry_class(Network.VISA, "incorrect_cvc", "do_not_try_again", None) is Retry.NEVER


SAID = st.fixed_dictionaries(
    {},
    optional={
        "decline_code": st.sampled_from(
            ["insufficient_funds", "stolen_card", "authentication_required", None]
        ),
        "advice_code": st.sampled_from(["try_again_later", "do_not_try_again", None]),
        "network_code": st.sampled_from(["03", "21", "24", "26", "30", "51", None]),
    },
)
MOVES = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([100_00, 200_00]), st.sampled_from("ab"), SAID),
    max_size=90,
)


@given(moves=MOVES, network=st.sampled_from(Network), soft=st.booleans())
def test_no_history_breaks_a_budget(moves, network, soft):
    made, now = [], NOW
    for wait_min, amount_minor, card, said in moves:
        now += timedelta(minutes=wait_min)
        verdict = may_charge(
            LAW,
            Card(key=card, network=network),
            amount_minor=amount_minor,
            currency="USD",
            attempts=made,
            notices=(),
            now=now,
        )
        if verdict == Allowed():
            codes = {} if soft else said
            made.append(
                Attempt(at=now, card=card, amount_minor=amount_minor, currency="USD", declined=True, **codes)
            )

    for card in "ab":
        own = [each for each in made if each.card == card]
        assert no_charge_follows_a_final_word(own, network)
        for each in own:
            month = [one for one in own if each.at - 30 * DAY < one.at <= each.at]
            day = [one for one in month if one.at > each.at - DAY]
            alike = [one for one in month if one.amount_minor == each.amount_minor]
            assert len(alike) <= 15 or network not in (Network.VISA, Network.UNKNOWN)
            if network in (Network.MASTERCARD, Network.UNKNOWN):
                assert len(day) <= 10
                assert len(month) <= 35


def no_charge_follows_a_final_word(attempts, network):
    """Only the last attempt may have ended so."""
    for before, after in itertools.pairwise(attempts):
        said = retry_class(network, before.decline_code, before.advice_code, before.network_code)
        assert said is Retry.LATER
        assert after.at - before.at >= advised_wait(network, before.network_code)
    return True
