"""Webhooks get lost; what they would have told is asked for."""

import pytest

from bursar.rules.reconciling import RunKind
from bursar.sandbox.fake.vendor import Choice
from bursar.sandbox.fake.webhooks import Plan
from tasks.reconciliation import start_runs
from tests.journeys.played import CURRENCIES, at_home, played_house
from tests.support.factories import rows

pytestmark = pytest.mark.journey

LOSING = Plan(seed=5, duplicated=0.2, reordered=0.3, lost=0.9)
EACH = 4
"""Payers at each gateway: of most every word is lost."""


@pytest.fixture
def house(tmp_path, monkeypatch):
    with played_house(tmp_path / "var", LOSING) as played, at_home(played, monkeypatch) as house:
        yield house


def test_what_lost_webhooks_would_have_told_is_found_and_booked_once(house):
    invoices = [house.bill(gateway) for gateway in sorted(CURRENCIES) for _ in range(EACH)]
    for invoice in invoices:
        house.choose(house.open(invoice), Choice.PAY)
    house.until(lambda: not any(each["fate"] == "pending" for each in house.remote.events()))

    start_runs(RunKind.BACKFILL)
    house.until(lambda: all(house.open_minor(invoice) == 0 for invoice in invoices))
    house.rest()

    assert sum(each["fate"] == "lost" for each in house.remote.events()) > len(invoices)
    assert [house.taken(invoice) for invoice in invoices] == [
        [(gateway, 1000_00)] for gateway in sorted(CURRENCIES) for _ in range(EACH)
    ]
    assert rows("SELECT count(*) FROM payments WHERE status = 'succeeded'") == [(len(invoices),)]
    house.agree()
