"""The command as a user types it, and books with one of everything in them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from bursar import settings
from bursar.cli.main import app


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def jsonl(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Bursar = Callable[..., Answer]


@pytest.fixture
def bursar() -> Iterator[Bursar]:
    """Commands log to standard error, warnings only; the tests after them log as before."""
    before = structlog.get_config()

    def run(*words: object) -> Answer:
        result = CliRunner().invoke(app, [str(word) for word in words], prog_name="bursar")
        assert "Traceback" not in result.output
        return Answer(result.exit_code, result.stdout, result.stderr)

    yield run
    structlog.configure(**before)


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set variables, or remove those given as None, and read the settings anew."""

    def change(**named: str | None) -> None:
        for name, value in named.items():
            monkeypatch.setenv(name, value or "")  # remembers what was there, even if nothing
            if value is None:
                monkeypatch.delenv(name)
        settings.load.cache_clear()

    return change


@pytest.fixture
def why(bursar: Bursar) -> Callable[..., list[str]]:
    """The reasons of an explanation, as `what: why`; the words say the same as the values."""

    def ask(*words: object) -> list[str]:
        told = [
            f"{each['what']}: {each['why']}" for each in bursar("explain", *words, "--json").json["why_not"]
        ]
        out = bursar("explain", *words).out
        assert [each for each in told if each not in out] == []
        return told

    return ask
