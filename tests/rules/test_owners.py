"""Whose money it is: evidence as it arrives, and what moves when better evidence comes."""

from bursar.rules.books import Share
from bursar.rules.breaks import BreakKind
from bursar.rules.evidence import Evidence
from bursar.rules.facts import Claims
from tests.rules.make import ASHA, BEN, line_id, make_invoice, paid, refunded
from tests.rules.world import make_world, tell

OF_ASHA = Claims(customer="asha")


def test_money_of_nobody_is_kept_apart_and_put_before_a_person():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100))

    assert world.payment("pi_1").unidentified_minor == 100
    assert world.balance("unidentified") == -100
    assert world.open_breaks() == {BreakKind.UNIDENTIFIED_PAYMENT}
    assert world.mails == set()


def test_better_evidence_moves_money_from_nobody_to_its_owner_and_closes_the_break():
    world = make_world(make_invoice(1, [60]))

    tell(world, paid(100))
    tell(world, paid(100, claims=OF_ASHA))

    assert world.payment("pi_1").credit_minor == 40
    assert world.balance("unidentified") == 0
    assert world.open_breaks() == set()


def test_better_evidence_moves_money_to_another_customer_and_whoever_waited_takes_the_place():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [50], customer=BEN))

    tell(world, paid(100, payment="pi_1", claims=Claims(gateway_customer="cus_asha")))
    tell(world, paid(100, payment="pi_2", claims=OF_ASHA))
    tell(world, paid(100, payment="pi_1", claims=Claims(customer="ben")))

    assert world.payment("pi_1").attribution.customer_id == BEN
    assert world.allocations("pi_1") == {line_id(2): Share(allocated_minor=50)}
    assert world.allocations("pi_2") == {line_id(1): Share(allocated_minor=100)}
    assert world.payment("pi_2").credit_minor == 0


def test_better_evidence_for_the_same_customer_moves_money_to_the_invoice_it_names():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [100]))

    tell(world, paid(100, claims=OF_ASHA))
    tell(world, paid(100, claims=Claims(invoice="INV-2")))
    tell(world, paid(100, claims=Claims(customer="ben")))

    assert world.allocations("pi_1") == {line_id(2): Share(allocated_minor=100)}
    assert world.payment("pi_1").attribution.rank is Evidence.METADATA_INVOICE


def test_better_evidence_that_says_the_same_moves_nothing():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=Claims(gateway_customer="cus_asha")))
    before = len(world.entries)
    tell(world, paid(100, claims=OF_ASHA))

    assert world.payment("pi_1").attribution.rank is Evidence.METADATA_CUSTOMER
    assert len(world.entries) == before


def test_better_evidence_twice_in_one_event_moves_money_once_to_the_best():
    world = make_world(make_invoice(1, [100]), make_invoice(2, [100], customer=BEN))

    tell(world, paid(100))
    tell(world, paid(100, claims=OF_ASHA), paid(100, claims=Claims(invoice="INV-2")))

    assert world.allocations("pi_1") == {line_id(2): Share(allocated_minor=100)}


def test_a_new_owner_of_nothing_moves_nothing():
    world = make_world()

    tell(world, paid(100))
    tell(world, refunded(100))
    tell(world, paid(100, claims=OF_ASHA))

    assert world.payment("pi_1").attribution.customer_id == ASHA
    assert world.balance("customer_credit") == 0


def test_who_claims_money_that_was_partly_refunded_gets_what_is_left():
    world = make_world()

    tell(world, paid(100))
    tell(world, refunded(30))
    tell(world, paid(100, claims=OF_ASHA))

    assert world.payment("pi_1").credit_minor == 70


def test_money_in_another_currency_than_its_invoice_is_credit_in_its_own():
    world = make_world(make_invoice(1, [100], currency="INR"))

    tell(world, paid(100, currency="USD", claims=Claims(invoice="INV-1")))

    assert world.payment("pi_1").credit_minor == 100
    assert world.balance("customer_credit", "USD") == -100
    assert world.balance("receivable") == 100
    assert world.open_breaks() == {BreakKind.WRONG_CURRENCY}


def test_an_unknown_invoice_is_put_before_a_person_until_better_evidence_comes():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=Claims(invoice="INV-404")))
    before = world.open_breaks()
    tell(world, paid(100, claims=Claims(invoice="INV-1")))

    assert before == {BreakKind.UNKNOWN_INVOICE, BreakKind.UNIDENTIFIED_PAYMENT}
    assert world.open_breaks() == set()


def test_an_unknown_invoice_asks_nobody_once_a_better_claim_is_known():
    world = make_world(make_invoice(1, [100]))

    tell(world, paid(100, claims=Claims(invoice="INV-1")), paid(100, claims=Claims(invoice="INV-404")))

    assert world.open_breaks() == set()


def test_an_invoice_of_somebody_else_is_not_paid_and_a_person_must_look():
    world = make_world(make_invoice(1, [100], customer=BEN))

    tell(world, paid(100, claims=Claims(invoice="INV-1", customer="asha")))

    assert world.payment("pi_1").credit_minor == 100
    assert world.balance("receivable") == 100
    assert world.open_breaks() == {BreakKind.OWNER_MISMATCH}


def test_the_metadata_of_a_subscription_is_weaker_than_that_of_the_payment_and_better_than_the_card():
    world = make_world(make_invoice(1, [100]))
    card_and_subscription = Claims(subscriber="ben", gateway_customer="cus_asha")

    tell(world, paid(100, claims=card_and_subscription))
    subscriber = world.payment("pi_1").attribution
    tell(world, paid(100, claims=OF_ASHA))

    assert (subscriber.rank, subscriber.customer_id) == (Evidence.SUBSCRIBER, BEN)
    assert world.payment("pi_1").attribution.customer_id == ASHA
