"""A day of forgetting persons; run in processes that die there."""

from collections.abc import Sequence
from uuid import UUID

from tasks.erasure import erase


def forgetting(customers: Sequence[UUID]) -> None:
    """One after the other."""
    for each in customers:
        erase(each)
