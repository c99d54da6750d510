"""I15: no mail of dunning and no charge, if the gateway's own book has shown the payment for a minute.

Payers pay whenever they like; webhooks come at once, late or never; the gateway is away at times; events,
mails and steps are worked off late. Whatever happens, what went out is compared with the book.
"""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bursar.gateways.api.requests import Charge
from tasks import gateways
from tasks.dunning import advance
from tasks.emails import send_emails
from tasks.events import apply_events
from tasks.payments import reconcile
from tasks.reconciliation import resume
from tests.support.factories import DUE, make_customer, make_invoice, rows, store_event, value
from tests.support.toy.api import ToyApi, away
from tests.support.toy.install import install
from tests.support.toy.told import toy_event
from tests.tasks.dunning_days import save_card, use_policy
from tests.tasks.listing import paid
from tests.tasks.steps import broken, hurry

MINUTE = timedelta(minutes=1)
LADDER = [(0, "remind", "due"), *((n, ["retry_charge", "remind"][n % 2], "overdue") for n in range(1, 12))]
BEGIN = datetime(DUE.year, DUE.month, DUE.day, 8, tzinfo=UTC)


class Book(ToyApi):
    """A gateway that lists what happened in a window, and nothing of the future."""

    def list_changes(self, window):
        for each in super().list_changes(window):
            if window.since <= each.occurred_at <= window.until:
                yield each


@pytest.fixture
def book(database_url, monkeypatch):
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = Book("toy")
    install(monkeypatch, api)
    return api


class Term:
    """Twelve days of some customers, drawn from a seed."""

    def __init__(self, book, seed):
        self.book, self.draw = book, random.Random(seed)
        self.paid_at = {}
        """Invoice -> when the book shows its payment."""
        self.webhooks = []
        self.wrong = []
        for n in range(3):
            customer = make_customer()
            save_card(customer, f"pm_{n}", payer=f"cus_{n}")
            invoice = make_invoice(customer, [10_00], currency="USD")
            if self.draw.random() < 0.8:
                self.pays(invoice, BEGIN + timedelta(seconds=self.draw.randrange(11 * 86_400)))

    def pays(self, invoice, moment):
        """On a page of the gateway's own; its webhook may be lost."""
        self.paid_at[invoice] = moment.replace(microsecond=0)
        said = {"payment": f"pay_{invoice}", "amount": 10_00, "currency": "USD", "invoice": str(invoice)}
        self.book.changes.append(paid(at=moment, **said))
        fate = self.draw.choice(["lost", "lost", "late", "prompt"])
        if fate != "lost":
            late = timedelta(hours=self.draw.randrange(30)) if fate == "late" else timedelta(seconds=2)
            body = toy_event("payment.succeeded", at=int(moment.timestamp()), **said)
            self.webhooks.append((moment + late, body))

    def moments(self):
        """When workers run: a few times a day, and around each payment."""
        usual = [BEGIN + timedelta(hours=self.draw.randrange(2, 12), days=n) for n in range(12)]
        near = [each + timedelta(seconds=self.draw.randrange(5, 200)) for each in self.paid_at.values()]
        return sorted([*usual, *near])

    def live(self, now):
        for each in [each for each in self.webhooks if each[0] <= now]:
            self.webhooks.remove(each)
            store_event(each[1], gateway="toy")
        self.book.when_listed = [away()] if self.draw.random() < 0.15 else []
        charged = len(self.charges())
        for work in (resume, apply_events, advance, reconcile, apply_events, send_emails):
            if self.draw.random() < 0.85:
                self.work(work, now)
        for request in self.charges()[charged:]:
            self.judge(request.purpose.invoice, now, "charged")

    def work(self, work, now):
        hurry("dunning_steps")
        hurry("emails")
        hurry("reconciliation_runs")
        sent = self.sent()
        work()
        for mail, invoice in self.sent().items() - sent.items():
            self.judge(str(invoice), now, mail)

    def judge(self, invoice, now, what):
        moment = next((at for each, at in self.paid_at.items() if str(each) == invoice), None)
        if moment is not None and moment <= now - MINUTE:
            self.wrong.append((invoice, what, now - moment))

    def charges(self):
        return [request for _, request in self.book.sent if isinstance(request, Charge)]

    def sent(self):
        asked = "kind LIKE 'dunning.%%' OR kind = 'payment.retry_failed'"
        return dict(rows(f"SELECT id, invoice_id FROM emails WHERE copies > 0 AND ({asked})"))


@pytest.mark.parametrize("seed", range(12))
def test_nobody_is_asked_whose_payment_the_gateways_own_book_has_shown_for_a_minute(
    seed, book, configure, tmp_path
):
    use_policy(configure, tmp_path, *LADDER, hours='[hours]\nopens = "08:00"\ncloses = "22:00"\n')
    term = Term(book, seed)

    for moment in term.moments():
        with time_machine.travel(moment, tick=False):
            term.live(moment)

    assert term.wrong == []
    assert term.sent() or term.charges()
    assert value("SELECT max(n) FROM (SELECT count(*) AS n FROM dunning_steps GROUP BY case_id, day) d") == 1
    assert "I13" not in broken()
