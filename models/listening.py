"""Hear what PostgreSQL is told by NOTIFY. A word may be missed: whoever waits for one also looks now and then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from models.session import engine

Hear = Callable[[str, float], bool]
"""(word, seconds) -> whether the word was said within them."""


@contextmanager
def listen(channel: str) -> Iterator[Hear]:
    """Hear what is said on a channel from now on, on a connection of its own."""
    held = engine().raw_connection()
    connection = held.driver_connection
    assert isinstance(connection, psycopg.Connection)
    held.detach()  # it goes on listening until it is closed: nobody else may get it from the pool
    try:
        connection.autocommit = True
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

        def hear(word: str, within_s: float) -> bool:
            return any(said.payload == word for said in connection.notifies(timeout=within_s))

        yield hear
    finally:
        connection.close()
