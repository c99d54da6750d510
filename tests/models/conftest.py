"""Every test of the models stands on a real, empty database."""

import pytest


@pytest.fixture(autouse=True)
def _database(database_url):
    """Bound to this process."""
