"""A toy gateway whose book outlives the process that calls it: for workers that die."""

import pickle
from collections import Counter
from pathlib import Path
from typing import Any

from bursar.gateways.api.requests import Request
from tests.support.toy.api import ToyApi


class KeptToyApi(ToyApi):
    """Every act is in a file before its answer is given."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self.acts: list[Request[Any]] = []
        if file.exists():
            self.done, self.acts = pickle.loads(file.read_bytes())

    def perform(self, request: Request[Any], key: str) -> Any:
        known = key in self.done
        try:
            return super().perform(request, key)
        finally:
            if key in self.done and not known:
                self.acts.append(request)
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._file.write_bytes(pickle.dumps((self.done, self.acts)))

    def charged(self) -> Counter[str]:
        """How often each of our charges was made."""
        return Counter(request.charge for request in self.acts if request.operation == "charge")
