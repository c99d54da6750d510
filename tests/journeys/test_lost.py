"""Webhooks get lost; what they would have told is asked for."""

import pytest

from bursar.rules.reconciling import RunKind
from bursar.sandbox.fake.vendor import Choice
from bursar.sandbox.fake.webhooks import Plan
from tasks.reconciliation import start_runs
from tests.journeys.played import at_home, played_house
from tests.support.factories import rows

pytestmark = pytest.mark.journey

LOSING = Plan(seed=5, duplicated=0.2, reordered=0.3, lost=0.9)
BILLED_AS = {"paypal": "stripe", "razorpay": "razorpay", "stripe": "stripe"}
"""Gateway -> the one whose currency the invoice has."""
EACH = 4
"""Payers at each gateway: of most every word is lost."""


@pytest.fixture
def house(tmp_path, monkeypatch):
    with played_house(tmp_path / "var", LOSING) as played, at_home(played, monkeypatch) as house:
        yield house


def test_what_lost_webhooks_would_have_told_is_found_and_booked_once(house):
    """PayPal's payers only agreed, and not even that was heard: we take their money once we hear of it."""
    invoices = [(gateway, house.bill(BILLED_AS[gateway])) for gateway in BILLED_AS for _ in range(EACH)]
    for gateway, invoice in invoices:
        house.choose(house.open(invoice, gateway=gateway), Choice.PAY)
    house.until(lambda: not any(each["fate"] == "pending" for each in house.remote.events()))

    start_runs(RunKind.BACKFILL)
    house.until(lambda: all(house.open_minor(invoice) == 0 for _, invoice in invoices))
    house.rest()

    assert sum(each["fate"] == "lost" for each in house.remote.events()) > len(invoices)
    assert [house.taken(invoice) for _, invoice in invoices] == [
        [(gateway, 1000_00)] for gateway, _ in invoices
    ]
    assert rows("SELECT count(*) FROM payments WHERE status = 'succeeded'") == [(len(invoices),)]
    house.agree()
