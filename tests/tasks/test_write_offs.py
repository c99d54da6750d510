"""What nobody waits for any longer: ruled by an operator, or the small rest that policy gives up."""

import orjson
import pytest

from bursar.gateways.shapes import EFFECT_KEY
from bursar.rules.states import RefundEffect
from bursar.settings import load
from models.queries.payable import InvoiceUnknown
from tasks.events import apply_events
from tasks.rulings import REASON_LENGTH_MAX, RulingRefused, write_off
from tests.support.factories import execute, make_customer, make_invoice, make_track, rows, value
from tests.tasks.steps import broken, open_breaks, paid, refunded, tell, twice, work_off


@pytest.fixture
def asha(database_url):
    return make_customer()


@pytest.fixture
def tolerant(database_url, monkeypatch):
    monkeypatch.setenv("BURSAR_WRITE_OFF_TOLERANCE_MINOR", "100")
    load.cache_clear()
    yield
    load.cache_clear()


def sums(invoice):
    """(written off, by policy, ruled at most, still open)."""
    [found] = rows(
        """SELECT sum(written_off_minor), sum(tolerated_minor), sum(given_up_minor),
             sum(gross_minor - allocated_minor - refunded_minor - credited_minor - written_off_minor)
           FROM invoice_lines WHERE invoice_id = %s""",
        invoice,
    )
    return tuple(map(int, found))


def give_up(invoice):
    """Somebody rules it, and it is applied."""
    write_off(str(invoice), "moved abroad", "desk")
    twice(apply_events)


def test_what_is_given_up_is_a_loss_until_late_money_takes_it_back(asha):
    invoice = make_invoice(asha, [600_00, 400_00])
    tell(paid(700_00, invoice=invoice))

    give_up(invoice)
    given_up = sums(invoice)
    tell(paid(100_00, invoice=invoice))

    assert given_up == (300_00, 0, 300_00, 0)
    assert sums(invoice) == (200_00, 0, 300_00, 0)
    assert rows("SELECT kind, policy FROM ledger_entries WHERE policy = 'ruling' ORDER BY posted_at") == [
        ("written_off", "ruling"),
        ("write_off_reversed", "ruling"),
    ]
    assert open_breaks() == []
    assert broken() == []


def test_what_is_owed_again_later_is_not_given_up_unseen(asha):
    invoice = make_invoice(asha, [1000_00])
    tell(paid(900_00, payment="pi_1", invoice=invoice))
    give_up(invoice)

    reopening = orjson.loads(refunded("pi_1", 400_00))
    reopening["data"]["object"]["metadata"] = {EFFECT_KEY: RefundEffect.REOPEN}
    tell(orjson.dumps(reopening))

    assert sums(invoice) == (100_00, 0, 100_00, 400_00)
    assert broken() == []


def test_a_small_rest_is_given_up_by_policy_and_opens_the_track(asha, tolerant):
    invoice = make_invoice(asha, [499_00], currency="USD", track=make_track())

    tell(paid(498_00, currency="USD", invoice=invoice))
    work_off()

    assert sums(invoice) == (1_00, 1_00, 0, 0)
    assert value("SELECT observed FROM enrollments") == "active"
    assert value("SELECT tolerance_minor FROM invoices") == 100
    assert broken() == []


def test_money_that_comes_for_it_after_all_takes_it_back_first(asha, tolerant):
    invoice = make_invoice(asha, [600_00, 400_00])
    tell(paid(999_50, invoice=invoice))
    rest = sums(invoice)

    tell(paid(2_00, invoice=invoice))

    assert rest == (50, 50, 0, 0)
    assert sums(invoice) == (0, 0, 0, 0)
    assert value("SELECT sum(credit_minor) FROM payments") == 1_50
    assert broken() == []


def test_more_than_the_tolerance_is_owed(asha, tolerant):
    invoice = make_invoice(asha, [1000_00])

    tell(paid(998_99, invoice=invoice))

    assert sums(invoice) == (0, 0, 0, 1_01)


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ("UPDATE invoices SET tolerance_minor = 10", ["I2"]),
        ("UPDATE invoice_lines SET tolerated_minor = 0, given_up_minor = 50", ["I2"]),
    ],
)
def test_a_loss_that_nothing_explains_is_reported(asha, tolerant, change, reported):
    tell(paid(999_50, invoice=make_invoice(asha, [1000_00])))
    assert broken() == []

    execute(change)

    assert broken() == reported


def test_a_write_off_is_audited_with_who_and_why(asha):
    give_up(make_invoice(asha, [1000_00]))

    assert rows(
        "SELECT actor, detail ->> 'reason', detail ->> 'minor' FROM audit_log"
        " WHERE action = 'invoice.write_off_ruled'"
    ) == [("desk", "moved abroad", "100000")]


@pytest.mark.parametrize(
    ("make", "reason", "error", "said"),
    [
        (lambda who: make_invoice(who, [5]), " ", RulingRefused, "reason"),
        (lambda who: make_invoice(who, [5]), "x" * (REASON_LENGTH_MAX + 1), RulingRefused, "reason"),
        (lambda who: make_invoice(who, [5], issued=False), "gone", RulingRefused, "is draft"),
        (lambda _: "INV-0", "gone", InvoiceUnknown, "INV-0"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_entered(asha, make, reason, error, said):
    with pytest.raises(error, match=said):
        write_off(str(make(asha)), reason, "desk")

    assert value("SELECT count(*) FROM gateway_events") == 0


def test_what_is_given_up_or_paid_already_is_refused(asha):
    invoice = make_invoice(asha, [1000_00])
    give_up(invoice)

    with pytest.raises(RulingRefused, match="nothing of invoice"):
        write_off(str(invoice), "again", "desk")
