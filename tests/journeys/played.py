"""A house of real processes in which the gateways are played: pages are opened, payers pay, banks change
their minds. What really happened to money stands in the gateways' own book.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bursar import settings
from bursar.errors import Misconfigured
from bursar.sandbox.fake.remote import Remote
from bursar.sandbox.fake.vendor import Choice
from bursar.sandbox.fake.webhooks import Plan
from bursar.sandbox.stage import PROCFILE, Stage, count
from bursar.sandbox.statement import doubled, read_into
from bursar.sandbox.story import Book
from bursar.sandbox.verdict import DUE, judge_money
from models import session
from tasks import gateways, routing
from tasks.awaiting import await_checkout
from tasks.checkouts import Wish, request_checkout
from tasks.refunds import RefundWish, approve_refund, request_refund
from tests.conftest import publish_to
from tests.support.factories import make_customer, make_invoice, rows, value
from workers.supervisor import read_procfile

CURRENCIES = {"stripe": "USD", "razorpay": "INR"}
"""What the routing gives to each."""
BADLY = Plan(seed=11, duplicated=0.3, reordered=0.4, delay_s_max=0.2)
DEADLINE_S = 60.0
_OURS = ("BURSAR_", "STRIPE_", "RAZORPAY_", "PAYPAL_")
_NEVER = "redis://127.0.0.1:1/0"

_LEFT = """
SELECT 'event', type, state, error FROM gateway_events WHERE state IN ('pending', 'running')
UNION ALL SELECT 'call', operation, state, error FROM gateway_calls WHERE state IN ('pending', 'running')
UNION ALL SELECT 'mail', kind, state, error FROM emails WHERE state IN ('pending', 'running')
UNION ALL SELECT 'document', kind, state, error FROM documents WHERE state IN ('pending', 'running')
"""


class Played:
    """What a story does and sees in this house."""

    def __init__(self, stage: Stage, remote: Remote) -> None:
        self.stage = stage
        self.remote = remote

    def bill(self, gateway: str, fees: Sequence[int] = (600_00, 400_00)) -> str:
        """An issued invoice of somebody new, in the currency that this gateway is asked first for."""
        return str(make_invoice(make_customer(), list(fees), currency=CURRENCIES[gateway]))

    def open(self, invoice: str, amount_minor: int | None = None, gateway: str | None = None) -> Any:
        """A checkout once it is decided, opened by a worker."""
        wish = Wish(invoice=invoice, amount_minor=amount_minor, gateway=gateway)
        return await_checkout(request_checkout(wish), DEADLINE_S)

    def choose(self, checkout: Any, choice: Choice) -> str:
        """What a payer does on the page."""
        return self.remote.choose(checkout.url, choice)

    def pay(self, gateway: str) -> tuple[str, UUID]:
        """An invoice that was paid in full: its id and that of the payment."""
        invoice = self.bill(gateway)
        self.choose(self.open(invoice), Choice.PAY)
        self.rest()
        return invoice, self.payment(invoice)

    def payment(self, invoice: str) -> UUID:
        """The one payment of an invoice that succeeded."""
        [[payment]] = rows(
            "SELECT id FROM payments WHERE invoice_id = %s AND status = 'succeeded'", UUID(invoice)
        )
        return payment

    def give_back(self, payment: UUID, amount_minor: int | None = None) -> UUID:
        """A refund that is requested and approved; the id of the request."""
        wish = RefundWish(
            payment_id=payment, amount_minor=amount_minor, reason="moved away", requested_by="office"
        )
        request = request_refund(wish)
        approve_refund(request, by="bursar")
        return request

    def gateway_id(self, payment: UUID) -> str:
        """What the gateway calls a payment."""
        return str(value("SELECT gateway_payment_id FROM payments WHERE id = %s", payment))

    def open_minor(self, invoice: str) -> int:
        """What is left to be paid of an invoice."""
        sql = """SELECT sum(gross_minor - allocated_minor - refunded_minor - credited_minor
                 - written_off_minor) FROM invoice_lines WHERE invoice_id = %s"""
        return int(str(value(sql, UUID(invoice))))

    def until(self, ready: Callable[[], object]) -> None:
        """Wait for something to become true. Fails with the work that is left when it does not in time."""
        assert self.stage.supervisor.wait_ready(lambda: bool(ready()), DEADLINE_S), rows(_LEFT)

    def rest(self) -> None:
        """Wait until everything is delivered and worked off."""
        self.until(lambda: not any(each["fate"] == "pending" for each in self.remote.events()))
        self.until(lambda: count(DUE) == 0)

    def taken(self, invoice: str) -> list[tuple[str, int]]:
        """The charges of an invoice in the gateways' book, of those that moved money."""
        return [
            (row["gateway"], row["amount_minor"])
            for row in self.remote.book()
            if row["kind"] == "charge"
            and row["standing"] == "captured"
            and row["metadata"].get("invoice") == invoice
        ]

    def agree(self) -> None:
        """I11, I14 and `bursar check`: our books are the gateways' book, and nothing was done twice."""
        book, told = Book(), self.remote.book()
        read_into(book, told)
        verdict = judge_money(book)
        assert (verdict.lost, verdict.doubled, verdict.broken) == ([], [], [])
        assert doubled(told) == []


@contextmanager
def opened_stage(folder: Path, names: Sequence[str] = (), **how: Any) -> Iterator[Stage]:
    """These lines of the Procfile, else all but Flower, once the receiver is ready."""
    lines = read_procfile(PROCFILE)
    chosen = {name: line for name, line in lines.items() if (name in names if names else name != "flower")}
    how["env"] = {"BURSAR_SWEEP_EVERY_S": "0.5", **how.get("env", {})}
    with Stage(folder, chosen, **how) as stage:
        try:
            stage.start_servers()
        except Misconfigured as absent:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(absent))
        stage.start_processes()
        assert stage.wait_until_ready()
        yield stage


@contextmanager
def played_house(folder: Path, plan: Plan = BADLY) -> Iterator[Played]:
    """A house in which the gateways are played."""
    with opened_stage(folder, plan=plan) as stage:
        assert stage.fakes is not None
        with Remote(stage.fakes.url) as remote:
            yield Played(stage, remote)


@contextmanager
def at_home(played: Played, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    """This process is one of the house: its settings, its books, its queues."""
    environment = played.stage.environment()
    for name, setting in environment.items():
        if name.startswith(_OURS):
            monkeypatch.setenv(name, setting)
    _forget()
    session.bind(played.stage.postgres.url)
    publish_to(environment["BURSAR_BROKER_URL"])
    yield played
    publish_to(_NEVER)
    session.bind("")
    _forget()


def _forget() -> None:
    for cached in (settings.load, gateways.api_of, routing.breaker, routing.buckets):
        cached.cache_clear()
