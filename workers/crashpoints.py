"""Named places where a worker can be made to die, to prove that dying there loses and doubles nothing.

A place is worth a name when something has just been committed or sent and something else was to follow.
"""

import os
import signal
from collections.abc import Mapping

from bursar.errors import Misconfigured

CRASH_POINTS = frozenset(
    {
        "receiver.storing",  # verified, before COMMIT 1
        "receiver.stored",  # after COMMIT 1, before the wake
        "receiver.offered",  # the wake is on its way, the gateway has no answer yet
        "publish.sent",  # the broker has a message; whoever sent it does no more
        "drain.claimed",  # any kind: claimed, nothing done
        "drain.handed_on",  # time is up, the successor is woken, a feared row was to be taken
        "drain.feared",  # a row that has killed workers is claimed alone
        "events.claimed",  # between COMMIT 2a and COMMIT 2
        "events.unreadable",  # one event is dead, its readable neighbours are not applied yet
        "events.halved",  # a batch failed and its lease was renewed, the halves are not tried yet
        "events.applied",  # after COMMIT 2, before the wakes
        "events.woken",  # after the wakes, before the enrollments are opened
        "enrollments.claimed",  # by the worker that booked the money, before they are opened
        "enrollments.observed",  # opened, before the wakes
        "payments.settled",  # one customer's credit is applied, before the wakes
        "wakes.half_sent",  # one kind of work is woken, the next is not
        "invoices.drafted",  # a chunk of a host's file is drafted, the next is not
        "invoices.run_begun",  # a run that issues what is due is committed, nobody is woken
        "invoices.run_looked",  # its next drafts are known, none is issued
        "invoices.chunk_issued",  # a chunk is issued, before the wakes
        "invoices.passed_over",  # a draft that cannot be issued says why, the next is not looked at
        "invoices.issued",  # one invoice is issued, before the wakes
        "invoices.credited",  # a charge is taken back and its note reserved, nobody is woken
        "invoices.notes_reserved",  # refunds have their notes reserved, none is numbered
        "invoices.notes_numbered",  # notes have numbers and frozen papers, before the wakes
        "documents.numbered",  # the number and the snapshot are committed, nothing is rendered
        "documents.stored",  # the bytes are in the store, the row does not say so yet
        "documents.closed",  # the row says so and its mail is due, before the wake
        "documents.failed",  # the failure is recorded; had it been the last, the mail is not let go yet
        "bundles.stored",  # a file is in the store, the bundle does not say so yet
        "bundles.part_kept",  # the bundle says so and is due again, the next file is not begun
        "bundles.finished",  # nothing is left to put into a file
        "accounts.stated",  # a statement and its document are committed, nobody is woken
        "documents.verified",  # a page was compared and what was found is committed, the next is not
        "documents.regenerated",  # a new version is reserved, nobody is woken
        "dunning.opened",  # cases are open, nothing is planned
        "dunning.called_up",  # what is over is found, nothing is closed
        "dunning.closed",  # one case is over, the next is not
        "dunning.planned",  # steps are to be taken, none is
        "dunning.told",  # mails about declines are reserved, nobody is woken
        "dunning.taken",  # a step is taken with what follows from it, nobody is woken
        "emails.sending",  # 'sending' is committed, the mail has not gone out
        "emails.delivered",  # the server has taken the mail, the row still says 'sending'
        "emails.retracted",  # the server said "later": not sent, the failure is not counted yet
        "notifications.told",  # the host has the notice, the row does not say so yet
        "calls.sending",  # 'sending' is committed, nothing has been sent to the gateway
        "calls.answered",  # the gateway has acted, the row still says 'sending'
        "calls.kept",  # the answer and its objects are committed, nobody is woken
        "calls.refused",  # the refusal is committed, before the wakes
        "calls.rekeyed",  # an earlier sending was proven not acted on; the new key is committed, not sent
        "calls.unknown",  # an outcome nobody knows is committed, before the wakes
        "calls.quarantined",  # a person has been told, the row is not put aside yet
        "checkouts.requested",  # the pending payment and its call are committed, nobody is woken
        "checkouts.opening",  # the same, and the caller itself makes the call
        "charges.requested",  # the charge and its call are committed, nobody is woken
        "charges.making",  # the same, and the caller itself makes the call
        "charges.followed",  # charges that banks decided have ended, no call is made yet
        "proofs.proven",  # what a proof names will be fetched, nobody is woken
        "proofs.confirming",  # a payment that was begun will be collected, nobody is woken
        "customers.asked",  # records will be made, no call is made yet
        "customers.requested",  # the same, asked for by an operator, nobody is woken
        "offline.entered",  # a slip is in the inbox, nobody is woken
        "rulings.entered",  # a ruling is in the inbox, nobody is woken
        "subscriptions.requested",  # a subscription and its first call are committed, nobody is woken
        "subscriptions.asked",  # a change of one and its call are committed, nobody is woken
        "refunds.approved",  # the approval and its call are committed, nobody is woken
        "reconciliation.asked",  # objects that events named will be asked for, no call is made yet
        "reconciliation.begun",  # a run is committed, nothing has been asked
        "reconciliation.heard",  # a page of what a gateway told is in the inbox or beside the books
        "reconciliation.advanced",  # a part of a window is gone through, the next is not
        "reconciliation.tied",  # a part's settlements are beside the books, before the wakes
        "reconciliation.judged",  # what differs is committed with the calls that may heal it, nobody is woken
        "reconciliation.ended",  # a backfill is over
        "reconciliation.put_off",  # a gateway is away, the run will go on later
        "reconciliation.ignored",  # a gateway cannot tell what was asked, the run is over
        "reconciliation.concluded",  # a run over settlements is over, or will look again
        "sweeper.swept",  # one kind's dead leases are taken back, nobody is woken
        "maintenance.settled",  # mails that died in 'sending' are unknown, the sweep has not begun
        "maintenance.released",  # stranded mails are due, before the wake
        "maintenance.ticked",  # a periodic job's window is taken, the job has not run
        "customers.erased",  # a person is forgotten, the next is not
        "maintenance.forgotten",  # a chunk of what was kept long enough is forgotten, the next is not
        "maintenance.sealed",  # a block of the audit log is sealed, the next is not
    }
)
POINT_VARIABLE = "BURSAR_CRASH_POINT"
HIT_VARIABLE = "BURSAR_CRASH_HIT"


class CrashPoints:
    """Counts how often the armed point was passed in this process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._armed = environment.get(POINT_VARIABLE)
        if self._armed is not None and self._armed not in CRASH_POINTS:
            raise Misconfigured(
                f"{POINT_VARIABLE}={self._armed}: known are {', '.join(sorted(CRASH_POINTS))}"
            )
        self._left = int(environment.get(HIT_VARIABLE, "1"))

    def passed(self, name: str) -> bool:
        """Whether the process must die here and now."""
        if name not in CRASH_POINTS:
            raise ValueError(f"unknown crash point {name}")
        if name != self._armed:
            return False
        self._left -= 1
        return self._left == 0


_points: CrashPoints | None = None


def crash_point(name: str) -> None:
    """Die by SIGKILL, the whole process group (worker parent and pool), when this point is armed."""
    global _points  # the environment is read on the first pass, not at import
    if _points is None:
        _points = CrashPoints(os.environ)  # noqa: TID251  # armed by tests and the demo only
    if _points.passed(name):
        os.killpg(os.getpgid(0), signal.SIGKILL)
