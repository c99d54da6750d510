"""The fake gateways of another process: told what to do, and asked what happened, over HTTP."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from bursar.errors import Refused
from bursar.sandbox.fake.vendor import Choice

ANSWER_S_MAX = 30.0
"""Seconds. A step of the clock by a year renews what renews; everything else is answered at once."""


class Remote:
    """One fake server. Use it from one thread."""

    def __init__(self, url: str) -> None:
        # A fake gateway stands on this machine: a company's proxy would look for it elsewhere.
        self._client = httpx.Client(base_url=url, timeout=ANSWER_S_MAX, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def answers(self) -> bool:
        """Whether the server is there."""
        try:
            return self._client.get("/_fake/faults").is_success
        except httpx.TransportError:
            return False

    def choose(self, page_url: str, choice: Choice) -> str:
        """What a payer does on a page; where the browser goes. Raises Refused when it is closed."""
        answer = self._client.post(page_url, data={"choice": choice.value})
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise Refused(f"the page {page_url} answered {answer.status_code}: it cannot be paid any more")
        return answer.headers["location"]

    def control(self, gateway: str, name: str, **arguments: object) -> Any:
        """A vendor's control, as `bursar.sandbox.fake` lists them. Raises Refused with its reason."""
        return self._post(f"{gateway}/{name}", arguments)

    def fail(self, **fault: object) -> None:
        """Script a fault; its fields are those of `faults.Fault`. Raises Refused naming a wrong one."""
        self._post("faults", fault)

    def fail_no_more(self) -> None:
        """End every scripted fault."""
        self._client.delete("/_fake/faults").raise_for_status()

    def hits(self) -> dict[str, int]:
        """How often each fault came true, by `operation kind`."""
        found: dict[str, int] = self._get("faults")["hits"]
        return found

    def advance(self, seconds: float) -> None:
        """Move the fakes' clock ahead: links expire, subscriptions renew."""
        self._post("clock", {"advance_s": seconds})

    def book(self) -> list[dict[str, Any]]:
        """What really happened to money: `book.Row` by its fields."""
        rows: list[dict[str, Any]] = self._get("book")["rows"]
        return rows

    def events(self) -> list[dict[str, Any]]:
        """What was announced, and what became of each delivery."""
        told: list[dict[str, Any]] = self._get("events")
        return told

    def redeliver(self, event_id: str) -> None:
        """Send an event once more. Raises Refused when there is none."""
        self._post("redeliver", {"event": event_id})

    def _get(self, path: str) -> Any:
        return self._client.get(f"/_fake/{path}").raise_for_status().json()

    def _post(self, path: str, told: Mapping[str, object]) -> Any:
        answer = self._client.post(f"/_fake/{path}", json=told)
        if answer.is_client_error:
            raise Refused(str(answer.json()["error"]))
        return answer.raise_for_status().json()
