"""What people keep of money that moved: receipts, mails and rights."""

from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import DocumentKind, MailKind
from bursar.rules.enrollment import TrackPolicy, UnlockRule
from bursar.rules.facts import Claims
from bursar.rules.states import CheckoutStatus, EnrollmentState, PaymentStatus, RefundStatus
from bursar.sandbox.memory.store import World
from tests.rules.make import (
    ACCOUNT,
    BEN,
    checkout,
    make_directory,
    make_invoice,
    paid,
    refunded,
)
from tests.rules.stories import Story
from tests.rules.world import grant, make_world, open_invoice, tell

OF_ASHA = Claims(customer="asha")
FAILED = PaymentStatus.FAILED
ACTIVE, PENDING, WITHDRAWN = EnrollmentState.ACTIVE, EnrollmentState.PENDING, EnrollmentState.WITHDRAWN


def test_money_of_somebody_gets_a_receipt_and_a_mail():
    world = tell(make_world(make_invoice(1, [100])), paid(100, claims=OF_ASHA))

    payment = world.payment("pi_1")
    assert world.documents == {(DocumentKind.RECEIPT, payment.id)}
    assert world.mails == {(MailKind.PAYMENT_RECEIVED, payment.id)}
    assert world.waits == set()


def test_a_receipt_waits_while_only_weak_evidence_says_whose_money_it_is():
    world = tell(make_world(), paid(100, claims=Claims(gateway_customer="cus_asha")))

    assert world.waits == {world.payment("pi_1").id}


def test_a_failed_payment_gets_no_receipt():
    world = tell(make_world(), paid(100, claims=OF_ASHA, status="failed"))

    assert world.documents == set()


def test_an_enrollment_opens_when_its_invoice_is_paid_and_is_withdrawn_with_the_refund():
    invoice = make_invoice(1, [100])
    world = make_world(invoice)
    grant(world, invoice)
    seen = []

    for fact in (paid(60, "pi_1", claims=OF_ASHA), paid(40, "pi_2", claims=OF_ASHA)):
        tell(world, fact)
        seen += world.desired.values()
    for refund in (refunded(60, "re_1", payment="pi_1"), refunded(40, "re_2", payment="pi_2")):
        tell(world, refund)
        seen += world.desired.values()
    tell(world, refunded(40, "re_2", payment="pi_2", status=RefundStatus.FAILED))

    assert [*seen, *world.desired.values()] == [PENDING, ACTIVE, ACTIVE, WITHDRAWN, ACTIVE]


def test_an_enrollment_closes_again_when_better_evidence_takes_its_money_away():
    invoice = make_invoice(1, [100])
    world = make_world(invoice, make_invoice(2, [100], customer=BEN))
    grant(world, invoice)

    tell(world, paid(100, claims=Claims(gateway_customer="cus_asha")))
    opened = list(world.desired.values())
    tell(world, paid(100, claims=Claims(customer="ben")))

    assert (opened, list(world.desired.values())) == ([ACTIVE], [PENDING])


def test_another_grant_keeps_an_enrollment_open():
    first, second = make_invoice(1, [100]), make_invoice(2, [100])
    world = make_world(first, second)
    grant(world, first)
    grant(world, second, TrackPolicy(unlock_rule=UnlockRule.FIRST_PAYMENT))

    tell(world, paid(101, claims=OF_ASHA))
    tell(world, refunded(1))

    assert list(world.desired.values()) == [ACTIVE]


def test_credit_that_pays_a_new_invoice_opens_its_enrollment():
    invoice = make_invoice(1, [100])
    world = World(directory=make_directory([invoice]))
    grant(world, invoice)

    tell(world, paid(100, claims=Claims(invoice="INV-1")))
    open_invoice(world, invoice)

    assert list(world.desired.values()) == [ACTIVE]


def test_our_own_checkout_says_best_what_was_paid_and_is_completed_once():
    invoices = (make_invoice(1, [100]), make_invoice(2, [100], customer=BEN))
    world = Story(invoices=invoices, policies=(), payments=()).world()

    paid_through = Claims(checkouts=("cs_1",), invoice="INV-1", customer="asha")
    tell(world, paid(100, claims=paid_through), checkout("cs_1", "pi_1"), checkout("cs_1", "pi_1"))
    tell(world, checkout("cs_1", status=CheckoutStatus.EXPIRED))

    assert world.payment("pi_1").attribution.customer_id == BEN
    assert world.checkouts[ACCOUNT, "cs_1"].status is CheckoutStatus.COMPLETED
    assert world.audits.count("checkout.completed") == 1


def test_a_payment_for_a_draft_is_credit_until_the_draft_opens():
    invoice = make_invoice(1, [100])
    world = World(directory=make_directory([invoice]))

    tell(world, paid(100, claims=Claims(invoice="INV-1")))
    credit_minor = world.payment("pi_1").credit_minor
    open_invoice(world, invoice)

    assert credit_minor == 100
    assert world.payment("pi_1").credit_minor == 0
    assert BreakKind.WRONG_CURRENCY not in world.open_breaks()


def test_a_payer_whose_payment_failed_is_told_once_it_is_known_who_he_is():
    world = tell(make_world(make_invoice(1, [100])), paid(100, status=FAILED))
    assert world.mails == set()

    tell(world, paid(100, claims=OF_ASHA, status=FAILED))

    assert world.mails == {(MailKind.PAYMENT_FAILED, world.payment("pi_1").id)}


def test_nobody_is_told_of_a_failure_that_is_announced_after_the_success():
    world = tell(make_world(), paid(100, claims=OF_ASHA))

    tell(world, paid(100, claims=OF_ASHA, status=FAILED))

    assert world.mails == {(MailKind.PAYMENT_RECEIVED, world.payment("pi_1").id)}
