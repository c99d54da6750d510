"""What a toy gateway lists, and runs over it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bursar.clock import utc_now
from bursar.gateways.api.results import Found, SettledLine
from tasks.events import apply_events
from tasks.payments import reconcile
from tasks.reconciliation import resume
from tests.support.factories import execute, rows
from tests.support.toy.api import found
from tests.tasks.steps import hurry

HOUR = timedelta(hours=1)


def shown(event_type: str, *, at: datetime | None = None, currency: str = "INR", **said: Any) -> Found:
    """A thing as the toy lists it; it happened six hours ago unless said otherwise."""
    moment = (at or utc_now() - 6 * HOUR).replace(microsecond=0)
    made = found(event_type, at=int(moment.timestamp()), currency=currency, **said)
    return replace(made, occurred_at=moment)


def paid(payment: str = "toy_pay_1", amount: int = 1000_00, **said: Any) -> Found:
    return shown("payment.succeeded", payment=payment, amount=amount, **said)


def refunded(
    refund: str = "toy_re_1", payment: str = "toy_pay_1", amount: int = 300_00, **said: Any
) -> Found:
    return shown("refund.succeeded", refund=refund, payment=payment, amount=amount, **said)


def disputed(status: str = "needs_response", **said: Any) -> Found:
    return shown(f"dispute.{status}", dispute="toy_dp_1", payment="toy_pay_1", amount=1000_00, **said)


def charged_fee(fee: int = 20_00, payment: str = "toy_pay_1", **said: Any) -> Found:
    return shown("fee.known", source=f"fee_of_{payment}", payment=payment, fee=fee, **said)


def settled(amount: int, settlement: str = "toy_set_1", **said: Any) -> Found:
    return shown("settlement.paid", settlement=settlement, amount=amount, **said)


def line(name: str, kind: str, about: str | None, gross: int, fee: int = 0, **said: Any) -> SettledLine:
    """One line of a settlement, in rupees."""
    told = {"settlement": "toy_set_1", "currency": "INR", "occurred_at": utc_now() - 6 * HOUR, **said}
    return SettledLine(
        line=name, kind=kind, about=about, gross_minor=gross, fee_minor=fee, net_minor=gross - fee, **told
    )


def heal() -> None:
    """Calls are made, events applied, and the run looks again, until nothing is due."""
    for _ in range(4):
        reconcile()
        apply_events()
        hurry("reconciliation_runs")
        resume()


def long_ago(hours: int = 13) -> None:
    """The runs so far ended a while ago."""
    execute(
        "UPDATE reconciliation_runs SET since = since - make_interval(hours => %s), until = until"
        " - make_interval(hours => %s)",
        hours,
        hours,
    )


def last_run() -> tuple[Any, ...]:
    """(kind, state, look) and counts of the newest run."""
    [[kind, state, look, counts]] = rows(
        "SELECT kind, state, look, counts FROM reconciliation_runs ORDER BY created_at DESC, id DESC LIMIT 1"
    )
    return kind, state, look, counts


def only_break(detail: str) -> str:
    """The detail of the only open break, which has these words."""
    [[said]] = rows("SELECT detail FROM breaks WHERE resolved_at IS NULL")
    assert detail in str(said)
    return str(said)
