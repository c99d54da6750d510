"""The `bursar` command. Importing it imports Typer only: every command loads what it needs when it runs."""

from typing import Annotated

import typer

from bursar.cli import (
    audit,
    breaks,
    check,
    checkout,
    coupons,
    customers,
    db,
    dead,
    doctor,
    documents,
    dunning,
    emails,
    enqueue,
    events,
    explain,
    gateways,
    installments,
    invoices,
    jobs,
    limits,
    notifications,
    payments,
    plans,
    rebuild,
    reconcile,
    refunds,
    report,
    retention,
    sim,
    subscriptions,
    trigger,
    up,
)
from bursar.cli.exits import EPILOG, Commands

app = typer.Typer(
    name="bursar",
    cls=Commands,
    help="Gateway webhooks to paid invoices, unlocked tracks, receipts and mails.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def print_version(wanted: bool) -> None:
    """Print the installed version and end."""
    if not wanted:
        return
    from importlib import metadata

    try:
        version = metadata.version("bursar")
    except metadata.PackageNotFoundError:
        version = "(from source)"
    print(f"bursar {version}")
    raise typer.Exit


@app.callback()
def bursar(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and end.", is_eager=True, callback=print_version),
    ] = False,
) -> None:
    """Gateway webhooks to paid invoices, unlocked tracks, receipts and mails."""


@app.command()
def demo(
    as_json: AsJson = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running and print its URLs.")
    ] = False,
) -> None:
    """Post a busy day on private servers, kill workers, prove that nothing is lost or doubled."""
    from bursar.cli.demo import demo as run_demo

    raise typer.Exit(run_demo(as_json=as_json, keep=keep))


app.command()(up.up)
app.add_typer(db.app)
app.command()(trigger.trigger)
app.command()(enqueue.enqueue)
app.command()(enqueue.tasks)
app.add_typer(events.app)
app.add_typer(dead.app)
app.add_typer(breaks.app)
app.add_typer(emails.app)
app.command()(checkout.checkout)
app.add_typer(invoices.app)
app.add_typer(payments.app)
app.add_typer(refunds.app)
app.add_typer(reconcile.app)
app.add_typer(customers.app)
app.add_typer(dunning.app)
app.add_typer(gateways.app)
app.add_typer(documents.app)
app.add_typer(jobs.app)
app.add_typer(audit.app)
app.add_typer(notifications.app)
app.add_typer(retention.app)
app.add_typer(installments.app)
app.add_typer(report.app)
app.add_typer(plans.app)
app.add_typer(coupons.app)
app.add_typer(limits.app)
app.add_typer(subscriptions.app)
app.command()(check.check)
app.command()(doctor.doctor)
app.command()(rebuild.rebuild)
app.command()(sim.sim)
app.command()(explain.explain)


def run() -> None:
    """The entry point of the installed command."""
    app(prog_name="bursar")
