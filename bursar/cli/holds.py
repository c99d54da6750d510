"""`bursar customers hold` and `release`: whether anything may be charged to a customer."""

from typing import TYPE_CHECKING, Annotated, Protocol

import typer

if TYPE_CHECKING:
    from uuid import UUID


class Act(Protocol):
    """What is done to a customer; whether that changed anything."""

    def __call__(self, customer_id: "UUID", *, by: str, reason: str) -> bool:
        """Do it."""
        ...


Ref = Annotated[
    str,
    typer.Argument(metavar="REF", help="Our id, the host's reference, or the gateway's id of the customer."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit log.")]


def hold(ref: Ref, reason: Reason) -> None:
    """Let nothing more be charged to a customer and no page be opened, until somebody releases it."""
    from tasks import holds

    _change(ref, reason, holds.hold, "held", "was held before")


def release(ref: Ref, reason: Reason) -> None:
    """Let a customer pay again, and resolve the warnings about its failed tries."""
    from tasks import holds

    _change(ref, reason, holds.release, "released", "is not held")


def _change(ref: str, reason: str, act: Act, done: str, nothing: str) -> None:
    from bursar.cli.environment import connect, operator
    from bursar.cli.meant import find_customer
    from bursar.cli.output import print_line
    from bursar.errors import Refused

    if not reason.strip():
        raise Refused("--reason is empty: say why, for the audit log")
    connect()
    customer = find_customer(ref)
    changed = act(customer.id, by=operator(), reason=reason.strip())
    print_line(f"{customer.label} {done if changed else nothing}")
