"""`bursar db`: the schema of the database."""

from typing import Annotated

import typer

app = typer.Typer(name="db", help="Create and inspect the database's schema.", no_args_is_help=True)


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(metavar="[REVISION]", help="Up to this revision.")] = "head",
) -> None:
    """Bring the database of BURSAR_DATABASE_URL to the newest schema. Safe to repeat."""
    from bursar.cli.environment import settings
    from bursar.cli.output import print_line
    from models import schema

    url = settings().required_database_url()
    before, _ = revisions(url)
    schema.upgrade(url, revision)
    after, _ = revisions(url)
    print_line(
        f"at revision {after}" + (": nothing to do" if before == after else f", was {before or 'empty'}")
    )


@app.command()
def current(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the revision of the database and the newest one; exit code 3 when they differ."""
    from bursar.cli.environment import settings
    from bursar.cli.output import print_json, print_line
    from bursar.errors import Misconfigured

    have, newest = revisions(settings().required_database_url())
    if as_json:
        print_json({"current": have, "newest": newest})
    else:
        print_line(f"current {have or 'none: the database is empty'}, newest {newest}")
    if have != newest:
        raise Misconfigured("the schema is not the newest: run `bursar db upgrade`")


def revisions(url: str) -> tuple[str | None, str]:
    """The revision a database has, and the newest one."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from models import schema
    from models.session import make_engine

    newest = ScriptDirectory.from_config(schema.config(url)).get_current_head()
    assert newest is not None
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision(), newest
    finally:
        engine.dispose()
