"""Days of dunning: the clock of the process moves, the database's own does not."""

from contextlib import contextmanager
from datetime import datetime, timedelta

import time_machine
from psycopg.types.json import Jsonb

from bursar import settings
from bursar.ids import new_id
from tasks.dunning import advance
from tasks.emails import send_emails
from tasks.events import apply_events
from tasks.payments import reconcile
from tests.rules.dunning.policies import text
from tests.support.factories import DUE, execute, link_gateway_customer, rows
from tests.tasks.steps import hurry


@contextmanager
def day(n, clock="10:00"):
    """So many days after the due day, in UTC; the clock stands still."""
    moment = datetime.fromisoformat(f"{DUE + timedelta(days=n)}T{clock}:00+00:00")
    with time_machine.travel(moment, tick=False):
        yield


def run(n, clock="10:00"):
    """What beat does on that day, and what follows from it."""
    with day(n, clock):
        hurry("dunning_steps")
        advance()
        reconcile()
        apply_events()
        send_emails()


def use_policy(configure, tmp_path, *steps, name="policy.toml", **more):
    """New cases get this policy."""
    path = tmp_path / name
    path.write_text(text(*steps, **more), encoding="utf-8")
    configure(BURSAR_DUNNING_POLICY=str(path))
    settings.load.cache_clear()


def save_card(customer, method="pm_1", *, payer="toy_cus_1", at="2026-11-01", link=True, **said):
    """A card at the toy gateway, as it last told of it."""
    if link:
        link_gateway_customer(customer, payer, account="toy:test")
    data = {
        "gateway_customer": payer,
        "brand": "visa",
        "last4": "4242",
        "fingerprint": f"fp_{method}",
        **said,
    }
    columns = "id, gateway_account, kind, external_id, status, data, occurred_at, rank, event_key"
    execute(
        f"""INSERT INTO gateway_objects ({columns})
           VALUES (%s, 'toy:test', 'payment_method', %s, 'attached', %s, %s, 0, 'k')""",
        new_id(),
        method,
        Jsonb(data),
        at,
    )


def cases():
    return rows("SELECT status FROM dunning_cases ORDER BY opened_at, id")


def steps():
    """(place in the policy, what was done), of every step that was taken."""
    return rows("SELECT policy_step, action FROM dunning_steps WHERE state = 'done' ORDER BY case_id, n")


def mails():
    """(kind, how far it went) of every mail of dunning."""
    kinds = "kind LIKE 'dunning.%%' OR kind = 'charge.announced'"
    return rows(f"SELECT kind, send_state, state FROM emails WHERE {kinds} ORDER BY created_at, id")


def waits():
    """Why each pending step or open case waits."""
    return [
        why
        for (why,) in rows(
            """SELECT coalesce(s.why, k.why)
               FROM dunning_cases k LEFT JOIN dunning_steps s ON s.case_id = k.id AND s.state = 'pending'
               WHERE k.status = 'open'"""
        )
    ]
