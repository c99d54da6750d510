"""Small worlds for tests: who is in them, and what is told to them; every law is checked each time."""

from bursar.rules.books import Directory, Grant, Invoice
from bursar.rules.enrollment import TrackPolicy
from bursar.rules.facts import Fact
from bursar.rules.states import EnrollmentState
from bursar.sandbox.memory.store import World
from bursar.sandbox.memory.telling import decided, deliver, open_invoice
from tests.rules.make import ACCOUNT, an_id, make_directory, told

__all__ = ["decided", "deliver", "grant", "make_world", "open_invoice", "tell"]


def make_world(*invoices: Invoice, directory: Directory | None = None) -> World:
    """A world where these invoices are open and nothing is paid."""
    world = World(directory=directory or make_directory(invoices))
    for invoice in invoices:
        open_invoice(world, invoice)
    return world


def grant(world: World, invoice: Invoice, policy: TrackPolicy | None = None, enrollment: int = 1) -> None:
    """Let an invoice grant something in an enrollment."""
    policy = policy or TrackPolicy()
    given = Grant(
        id=an_id(10_000 + len(world.grants)),
        enrollment_id=an_id(20_000 + enrollment),
        invoice_id=invoice.id,
        policy=policy,
        state=EnrollmentState.PENDING,
    )
    world.grants[given.id] = given
    world.desired.setdefault(given.enrollment_id, EnrollmentState.PENDING)


def tell(world: World, *facts: Fact, account: str = ACCOUNT) -> World:
    """Deliver one event by itself."""
    deliver(world, [[told(*facts, account=account)]])
    return world
