"""Credit notes, write-offs and void invoices: what is owed is given up, what was paid stays the payer's."""

import itertools

import pytest

from bursar.rules.books import Share
from bursar.rules.facts import Claims
from bursar.rules.ledger import CauseType, EntryKind, entry
from bursar.rules.relief import ReliefRefused, credit, void_legs, write_off
from bursar.rules.states import EnrollmentState
from bursar.sandbox.memory.laws import check_laws
from bursar.sandbox.memory.loading import load
from bursar.sandbox.memory.writing import write
from tests.rules.make import ASHA, an_id, line_id, make_invoice, make_line, paid, refunded
from tests.rules.views import open_and_credit
from tests.rules.world import grant, make_world, open_invoice, tell

OF_ASHA = Claims(customer="asha")
GROUP = frozenset([(ASHA, "INR")])
_actions = itertools.count(90_000)


def relieve(world, how, **minor):
    """Credit or write off amounts of lines named `l1`, `l2` of invoice 1."""
    amounts = {line_id(1, int(name[1:])): each for name, each in minor.items()}
    write(world, how(load(world, (), GROUP), an_id(1), amounts, an_id(next(_actions))))
    check_laws(world)
    return world


def test_a_write_off_is_a_loss_and_nobody_owes_it():
    world = tell(make_world(make_invoice(1, [100])), paid(70, claims=OF_ASHA))
    relieve(world, write_off, l1=30)

    assert world.balance("bad_debt") == 30
    assert open_and_credit(world, (ASHA, "INR")) == (0, 0)


def test_late_money_reverses_a_write_off_first():
    world = relieve(make_world(make_invoice(1, [100])), write_off, l1=100)

    tell(world, paid(60, claims=OF_ASHA))

    assert world.balance("bad_debt") == 40
    assert world.allocations("pi_1") == {line_id(1): Share(allocated_minor=60)}


def test_a_write_off_stays_while_other_lines_are_paid():
    world = relieve(make_world(make_invoice(1, [100, 50])), write_off, l2=50)

    tell(world, paid(100, claims=OF_ASHA))

    assert world.balance("bad_debt") == 50


def test_a_credit_note_takes_back_income_and_its_tax():
    world = relieve(make_world(make_invoice(1, [make_line(1, 118, tax_minor=18)])), credit, l1=59)

    assert (world.balance("revenue:tuition"), world.balance("tax_payable")) == (-50, -9)
    assert world.balance("receivable") == 59


def test_what_was_paid_beyond_a_credit_note_is_credit_and_pays_the_next_invoice():
    world = tell(make_world(make_invoice(1, [100])), paid(100, claims=OF_ASHA))
    relieve(world, credit, l1=40)
    between = open_and_credit(world, (ASHA, "INR"))
    open_invoice(world, make_invoice(2, [100]))

    assert between == (0, 40)
    assert world.allocations("pi_1") == {
        line_id(1): Share(allocated_minor=60),
        line_id(2): Share(allocated_minor=40),
    }


def test_a_refund_after_a_credit_note_takes_the_credit_and_cancels_nothing_more():
    world = tell(make_world(make_invoice(1, [100])), paid(100, claims=OF_ASHA))
    relieve(world, credit, l1=100)
    tell(world, refunded(100))

    assert open_and_credit(world, (ASHA, "INR")) == (0, 0)
    assert world.balance("revenue:tuition") == 0


def test_a_right_follows_what_a_credit_note_leaves():
    invoice = make_invoice(1, [100])
    world = make_world(invoice)
    grant(world, invoice)
    tell(world, paid(100, claims=OF_ASHA))
    relieve(world, credit, l1=20)

    assert list(world.desired.values()) == [EnrollmentState.ACTIVE]

    relieve(world, credit, l1=80)

    assert list(world.desired.values()) == [EnrollmentState.WITHDRAWN]


@pytest.mark.parametrize(
    ("how", "minor", "says"),
    [
        (write_off, {"l1": 31}, "30 minor units are open"),
        (credit, {"l1": 101}, "100 minor units are charged"),
        (credit, {"l1": 0}, "above zero"),
        (credit, {"l9": 1}, "lines of this invoice"),
        (write_off, {}, "lines of this invoice"),
    ],
)
def test_more_than_there_is_cannot_be_given_up(how, minor, says):
    world = tell(make_world(make_invoice(1, [100])), paid(70, claims=OF_ASHA))

    with pytest.raises(ReliefRefused, match=says):
        relieve(world, how, **minor)


def test_a_void_invoice_is_the_exact_reversal_of_its_issue():
    world = make_world(make_invoice(1, [make_line(1, 118, tax_minor=18), 40]))

    voided = entry(CauseType.INVOICE, an_id(1), EntryKind.VOIDED, void_legs(world.invoices[an_id(1)]))

    [issued] = world.entries.values()
    assert {(leg.account, leg.invoice_line_id): -leg.amount_minor for leg in voided.legs} == {
        (leg.account, leg.invoice_line_id): leg.amount_minor for leg in issued.legs
    }


def test_an_invoice_that_was_paid_in_part_is_not_voided():
    world = tell(make_world(make_invoice(1, [100])), paid(1, claims=OF_ASHA))

    with pytest.raises(ReliefRefused, match="credit note"):
        void_legs(world.invoices[an_id(1)])
