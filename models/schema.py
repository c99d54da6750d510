"""Bring a database to the newest schema, or back."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from models.session import sqlalchemy_url


def upgrade(url: str, revision: str = "head") -> None:
    """Run all migrations up to a revision."""
    command.upgrade(config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Run migrations down to a revision; `base` empties the schema."""
    command.downgrade(config(url), revision)


def config(url: str) -> Config:
    """Alembic's configuration for a database, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.set_main_option("sqlalchemy.url", sqlalchemy_url(url).replace("%", "%%"))
    return made
