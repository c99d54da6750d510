"""What an invoice grants is suspended by a mark, for as long as something of it is open."""

import pytest

from bursar.rules.books import Books, Grant
from bursar.rules.dunning.suspending import follow_suspension
from bursar.rules.enrollment import TrackPolicy, UnlockRule
from bursar.rules.states import EnrollmentState
from tests.rules.make import an_id, make_invoice, make_line

ACTIVE, SUSPENDED = EnrollmentState.ACTIVE, EnrollmentState.SUSPENDED


def follow(paid_minor, *, overdue=True, contested=False, was=ACTIVE):
    """What the right becomes, and whether anything changed."""
    line = make_line(17, 1000_00, allocated_minor=paid_minor)._replace(invoice_id=an_id(1))
    invoice = make_invoice(1, [line])._replace(overdue=overdue, contested=contested)
    policy = TrackPolicy(unlock_rule=UnlockRule.FIRST_PAYMENT)
    grant = Grant(id=an_id(2), enrollment_id=an_id(3), invoice_id=invoice.id, policy=policy, state=was)
    books = Books(invoices={invoice.id: invoice}, grants=[grant], desired={an_id(3): was})
    return follow_suspension(books, invoice.id).enrollments.get(an_id(3))


@pytest.mark.parametrize(
    ("paid_minor", "more", "expected"),
    [
        (400_00, {}, SUSPENDED),
        (1000_00, {}, None),
        (1000_00, {"was": SUSPENDED}, ACTIVE),
        (1000_00, {"contested": True}, SUSPENDED),
        (400_00, {"overdue": False, "was": SUSPENDED}, ACTIVE),
        (0, {"was": EnrollmentState.PENDING}, None),
    ],
)
def test_a_right_is_suspended_while_it_is_overdue_and_open_again_once_it_is_paid(paid_minor, more, expected):
    assert follow(paid_minor, **more) is expected
