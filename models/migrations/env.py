"""Alembic's environment: one connection, one transaction, never waits long for a lock on a live system."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from models.tables import METADATA


def run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url is not None
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA, compare_server_default=False)
        with context.begin_transaction():
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            context.run_migrations()
    engine.dispose()


run()
