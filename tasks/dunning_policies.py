"""Which dunning policy holds: the file an operator names, or the one that comes with Bursar."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from sqlalchemy.orm import Session

from bursar.errors import Misconfigured
from bursar.rules import dunning as rules
from bursar.rules.dunning.policy import Policy
from bursar.rules.dunning.reading import PolicyRefused, read_policy
from bursar.settings import load
from models.queries import dunning

VARIABLE = "BURSAR_DUNNING_POLICY"
KEPT = 32
"""Policies a process keeps parsed; there are rarely two."""


def policy_text(path: Path | None) -> str:
    """The text of a file, or of the policy that comes with Bursar. Raises PolicyRefused."""
    if path is None:
        return (files(rules) / "default.toml").read_text(encoding="utf-8")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyRefused(f"cannot read the policy {path}: {error}") from None


def configured_policy() -> tuple[Policy, str]:
    """The policy that new cases get, and its text. Raises Misconfigured naming the variable and the place."""
    try:
        text = policy_text(load().dunning_policy)
        return _parsed(text), text
    except PolicyRefused as error:
        raise Misconfigured(f"{VARIABLE}: {error}") from None


def policy_of(session: Session, sha256: str) -> Policy:
    """The policy that a case was opened with."""
    return _parsed(dunning.policy_text(session, sha256))


@lru_cache(maxsize=KEPT)
def _parsed(text: str) -> Policy:
    return read_policy(text)
