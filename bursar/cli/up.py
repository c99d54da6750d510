"""`bursar up`: every line of the Procfile, supervised, on the configured servers or on private ones."""

from typing import Annotated

import typer


def up(
    procfile: Annotated[
        str | None, typer.Option(help="Another Procfile than the one in this folder.")
    ] = None,
    fake_gateway: Annotated[
        bool,
        typer.Option("--fake-gateway", help="Play the gateways too: pages to pay on, no real money."),
    ] = False,
) -> None:
    """Run the receiver, the workers, beat and Flower until Ctrl-C or SIGTERM; then stop all of it.

    With --fake-gateway other terminals of this BURSAR_VAR call the fakes too, whatever keys are set.
    With neither BURSAR_DATABASE_URL nor BURSAR_BROKER_URL set, private servers are started for it.
    """
    from pathlib import Path

    from bursar.cli.environment import configured
    from bursar.cli.house import run_house

    run_house(configured(), Path(procfile) if procfile else None, fake_gateways=fake_gateway)
