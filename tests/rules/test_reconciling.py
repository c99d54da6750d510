"""Two sides compared: what differs, what to ask about it, and that healing ends it."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.facts import CheckoutFact, DisputeFact, FeeFact, PaymentFact, RefundFact
from bursar.rules.reconciling import (
    BACK_MAX,
    OVERLAP,
    SLICE,
    Difference,
    Name,
    Span,
    Standing,
    Thing,
    Told,
    compare,
    next_span,
    slices,
    to_fetch,
)
from bursar.rules.states import CheckoutStatus, DisputeStatus, PaymentStatus, RefundStatus

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
P1, R1, D1, F1 = (
    Name(Thing.PAYMENT, "p1"),
    Name(Thing.REFUND, "r1"),
    Name(Thing.DISPUTE, "d1"),
    Name(Thing.FEE, "f1"),
)


def payment(status=PaymentStatus.SUCCEEDED, amount_minor=100, currency="INR", at=NOON, **more):
    return PaymentFact(
        status=status,
        payment=more.pop("payment", "p1"),
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=at,
        **more,
    )


def refund(status=RefundStatus.SUCCEEDED, amount_minor=30, at=NOON):
    return RefundFact(
        status=status, refund="r1", payment="p1", amount_minor=amount_minor, currency="INR", occurred_at=at
    )


def dispute(status=DisputeStatus.NEEDS_RESPONSE, at=NOON):
    return DisputeFact(
        status=status, dispute="d1", payment="p1", amount_minor=100, currency="INR", occurred_at=at
    )


def fee(fee_minor=2, at=NOON):
    return FeeFact(source="f1", about="p1", fee_minor=fee_minor, currency="INR", occurred_at=at)


def told(*facts) -> Told:
    heard = Told()
    for n, fact in enumerate(facts):
        heard.hear((fact,), f"key {n}")
    return heard


SUCCEEDED = Standing("succeeded", 100, "INR")
REFUNDED = Standing("succeeded", 30, "INR", "p1")


@pytest.mark.parametrize(
    ("fact", "name", "ours", "differences"),
    [
        (payment(), P1, SUCCEEDED, ()),
        (payment(), P1, None, (Difference.MISSING_HERE,)),
        (None, P1, SUCCEEDED, (Difference.MISSING_THERE,)),
        (payment(amount_minor=101), P1, SUCCEEDED, (Difference.AMOUNT,)),
        (payment(currency="USD"), P1, SUCCEEDED, (Difference.CURRENCY,)),
        (payment(PaymentStatus.FAILED), P1, SUCCEEDED, (Difference.STATUS,)),
        (payment(PaymentStatus.PROCESSING, 101), P1, SUCCEEDED, (Difference.STATUS,)),
        (
            payment(PaymentStatus.FAILED, currency="USD"),
            P1,
            SUCCEEDED,
            (Difference.CURRENCY, Difference.STATUS),
        ),
        (refund(), R1, REFUNDED, ()),
        (refund(amount_minor=31), R1, REFUNDED, (Difference.AMOUNT,)),
        (refund(RefundStatus.FAILED), R1, REFUNDED, (Difference.STATUS,)),
        (dispute(), D1, Standing("needs_response", 100, "INR", "p1"), ()),
        (dispute(DisputeStatus.LOST), D1, Standing("needs_response", 100, "INR", "p1"), (Difference.STATUS,)),
        (fee(), F1, Standing("charged", 2, "INR", "p1"), ()),
        (fee(), F1, Standing("charged", 2, "INR", "ch_of_p1"), ()),
        (fee(), F1, Standing("charged", 3, "INR", "p1"), (Difference.FEE,)),
        (fee(), F1, None, (Difference.FEE,)),
        (None, F1, Standing("charged", 2, "INR", "p1"), ()),
    ],
)
def test_how_one_thing_differs(fact, name, ours, differences):
    found = compare(told(fact) if fact else Told(), {name: ours} if ours else {})

    assert [each.differences for each in found] == ([differences] if differences else [])


def test_of_two_words_about_a_payment_the_higher_state_counts_and_about_a_dispute_the_later():
    heard = told(
        payment(PaymentStatus.SUCCEEDED),
        payment(PaymentStatus.FAILED, at=NOON + DAY),
        dispute(DisputeStatus.WON),
        dispute(DisputeStatus.LOST, at=NOON - DAY),
    )

    assert heard.standings[P1].status == "succeeded"
    assert heard.standings[D1].status == "won"


def test_another_id_of_a_payment_that_was_named_is_not_missing_there():
    heard = told(payment(aliases=("ch_1",)))

    assert compare(heard, {P1: SUCCEEDED, Name(Thing.PAYMENT, "ch_1"): SUCCEEDED}) == ()


def test_what_the_gateway_shows_when_it_is_asked_alone_is_not_missing_there():
    assert compare(Told(), {P1: SUCCEEDED}, confirmed=[P1]) == ()


def test_what_says_nothing_of_money_is_not_compared():
    opened = CheckoutFact(status=CheckoutStatus.EXPIRED, checkout="cs_1", occurred_at=NOON)

    assert told(opened).standings == {}


def test_a_refund_of_an_unknown_payment_is_asked_for_with_its_payment():
    missing = compare(told(refund(), fee()), {})

    assert to_fetch(missing, {}) == (P1, R1)
    assert to_fetch(compare(told(refund()), {P1: SUCCEEDED}, [P1]), {P1: SUCCEEDED}) == (R1,)


def test_a_person_reads_what_each_side_has():
    [differing] = compare(told(payment(PaymentStatus.FAILED, currency="USD")), {P1: SUCCEEDED})
    [missing] = compare(told(payment()), {})

    assert (
        differing.detail == "currency, status: the gateway has $1.00 failed, the books have ₹1.00 succeeded"
    )
    assert missing.detail == "missing here: the gateway has ₹1.00 succeeded, the books have nothing"


NAMES = [P1, Name(Thing.PAYMENT, "p2"), R1, D1, F1]
ids = st.sampled_from(["p1", "p2", "p3"])
facts = st.one_of(
    st.builds(
        payment,
        st.sampled_from([PaymentStatus.PROCESSING, PaymentStatus.FAILED, PaymentStatus.SUCCEEDED]),
        st.integers(1, 3),
        st.sampled_from(["INR", "USD"]),
        st.sampled_from([NOON, NOON + DAY, None]),
        payment=ids,
    ),
    st.builds(refund, st.sampled_from(RefundStatus), st.integers(1, 3), st.sampled_from([NOON, None])),
    st.builds(dispute, st.sampled_from(DisputeStatus), st.sampled_from([NOON, NOON + DAY])),
    st.builds(fee, st.integers(1, 3), st.sampled_from([NOON, NOON + DAY])),
)
standings = st.builds(
    Standing, st.sampled_from(["succeeded", "failed"]), st.integers(1, 3), st.sampled_from(["INR", "USD"])
)
keyed = st.lists(st.tuples(facts, st.text("ab", max_size=3)), max_size=8, unique_by=lambda each: each[1])


def hear(said) -> Told:
    heard = Told()
    for fact, key in said:
        heard.hear((fact,), key)
    return heard


@given(keyed, st.randoms())
def test_order_and_doublets_do_not_matter(said, chance):
    shuffled = said * 2
    chance.shuffle(shuffled)

    assert hear(shuffled).standings == hear(said).standings


@given(keyed)
def test_equal_sides_do_not_differ(said):
    heard = hear(said)

    assert compare(heard, dict(heard.standings)) == ()


@given(keyed, st.dictionaries(st.sampled_from(NAMES), standings))
def test_healing_ends_in_no_difference_but_for_what_the_gateway_does_not_have(said, ours):
    heard = hear(said)
    healed = dict(ours)
    for _ in range(2):
        differing = compare(heard, healed)
        asked = to_fetch(differing, healed)
        assert len(asked) == len(set(asked))
        healed |= {each.name: each.theirs for each in differing if each.theirs}

    left = compare(heard, healed)

    assert {each.differences for each in left} <= {(Difference.MISSING_THERE,)}
    assert all(each.name.id not in heard.heard for each in left)


@given(keyed, st.dictionaries(st.sampled_from(NAMES), standings))
def test_every_difference_but_a_fee_the_gateway_does_not_name_is_asked_about(said, ours):
    for each in compare(hear(said), ours):
        assert to_fetch([each], ours) != ()


@pytest.mark.parametrize(
    ("last_until", "oldest_open", "since"),
    [
        (None, None, NOON - OVERLAP),
        (NOON - DAY, None, NOON - DAY - OVERLAP),
        (NOON + DAY, None, NOON - OVERLAP),
        (NOON - DAY, NOON - 9 * DAY, NOON - 9 * DAY - OVERLAP),
        (NOON - DAY, NOON - 90 * DAY, NOON - BACK_MAX),
        (NOON - 40 * DAY, NOON - 90 * DAY, NOON - 40 * DAY - OVERLAP),
    ],
)
def test_a_window_begins_where_the_last_one_ended_or_a_difference_is_still_open(
    last_until, oldest_open, since
):
    assert next_span(NOON, last_until, oldest_open) == Span(since, NOON)


@given(st.integers(1, 40 * 86_400), st.none() | st.integers(0, 40 * 86_400))
def test_the_parts_of_a_window_cover_what_is_left_of_it_without_a_gap(length_s, done_s):
    span = Span(NOON, NOON + timedelta(seconds=length_s))
    done = None if done_s is None else NOON + timedelta(seconds=done_s)

    parts = slices(span, done)

    if done and done >= span.until:
        assert parts == ()
        return
    assert (parts[0].since, parts[-1].until) == (done or span.since, span.until)
    assert all(before.until == after.since for before, after in itertools.pairwise(parts))
    assert all(timedelta() < part.until - part.since <= SLICE for part in parts)
