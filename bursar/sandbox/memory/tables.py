"""A table held in memory: rows by key, and the keys of all rows that have something in common."""

from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")


class Table(dict[Key, Row], Generic[Key, Row]):
    """A dict with an index, kept whenever a row is set or deleted by its key."""

    def __init__(self, index: Callable[[Row], tuple[Hashable, ...]]) -> None:
        super().__init__()
        self._index = index
        """Everything by which a row shall be found."""
        self._found: dict[Hashable, dict[Key, Row]] = {}

    def __setitem__(self, key: Key, row: Row) -> None:
        known = self.get(key)
        commons = self._index(row)
        was = self._index(known) if known is not None else ()
        if was != commons:
            self._forget(was, key)
        for common in commons:
            self._found.setdefault(common, {})[key] = row
        super().__setitem__(key, row)

    def __delitem__(self, key: Key) -> None:
        self._forget(self._index(self[key]), key)
        super().__delitem__(key)

    def put(self, rows: Mapping[Key, Row]) -> None:
        """Set many rows."""
        for key, row in rows.items():
            self[key] = row

    def having(self, *commons: Hashable) -> dict[Key, Row]:
        """The rows that are found by one of these, in the order they came."""
        rows: dict[Key, Row] = {}
        for common in commons:
            rows |= self._found.get(common, {})
        return rows

    def _forget(self, commons: tuple[Hashable, ...], key: Key) -> None:
        for common in commons:
            rows = self._found[common]
            del rows[key]
            if not rows:
                del self._found[common]
