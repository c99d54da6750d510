"""Whole stories on real processes: private servers, receiver, workers and beat under the supervisor."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bursar.errors import Misconfigured
from bursar.sandbox.posting import Posted, post_all
from bursar.sandbox.school import School, open_school
from bursar.sandbox.stage import PROCFILE, Stage, count
from bursar.sandbox.story import Delivery, Story, Teller
from bursar.sandbox.verdict import DUE, Verdict, judge
from workers.supervisor import read_procfile

MONEY = ("receiver", "worker-events", "worker-control", "beat")
EVERYTHING = (*MONEY, "worker-documents", "worker-emails")
DEADLINE_S = 60.0


class Journey:
    """A stage with a school on it, and a story to post."""

    def __init__(self, stage: Stage, school: School) -> None:
        self.stage = stage
        self.school = school
        self.story: Story = Teller(stage.secrets, int(time.time()), seed=7).tell(school)

    def post(self, deliveries: Sequence[Delivery] | None = None, url: str | None = None) -> Posted:
        """Post as gateways do; every answer must be the one the delivery deserves."""
        chosen = self.story.deliveries if deliveries is None else deliveries
        return asyncio.run(post_all(url or self.stage.url, chosen, lambda: None))

    def until(self, ready: Callable[[], bool]) -> bool:
        """Whether something becomes true in time."""

        def looked() -> bool:
            try:
                return ready()
            except OperationalError:  # the journey itself restarts the database
                return False

        return self.stage.supervisor.wait_ready(looked, DEADLINE_S)

    def settled(self) -> bool:
        """Whether all work comes to rest in time."""
        return self.until(lambda: count(DUE) == 0)

    def money_settled(self) -> bool:
        """Whether every event is applied and every enrollment opened; papers and mails may wait."""
        return self.until(lambda: count(_MONEY_DUE) == 0)

    def verdict(self) -> Verdict:
        """The gateways' own book against Bursar's."""
        stored = {(d.gateway, d.body) for d in self.story.deliveries if d.fate == "stored"}
        return judge(self.story.book, len(stored))


_MONEY_DUE = """
SELECT count(*) FROM (
  SELECT state FROM gateway_events WHERE waiting_for IS NULL
  UNION ALL SELECT state FROM enrollments) w WHERE state IN ('pending', 'running')
"""


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Callable[..., Journey]]:
    """Opens a stage: which lines run, and what is armed in the first start of each."""
    opened: list[Stage] = []

    def open_stage(
        names: Sequence[str] = MONEY,
        *,
        more_lines: Mapping[str, str] | None = None,
        first_env: Mapping[str, Mapping[str, str]] | None = None,
        learners: int = 10,
        pupils: int = 6,
    ) -> Journey:
        procfile = read_procfile(PROCFILE)
        lines = {name: procfile[name] for name in names} | dict(more_lines or {})
        stage = Stage(tmp_path / "var", lines, env={"BURSAR_SWEEP_EVERY_S": "0.5"}, first_env=first_env or {})
        opened.append(stage)
        try:
            stage.start_servers()
        except Misconfigured as absent:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(absent))
        school = open_school(learners=learners, pupils=pupils)
        stage.start_processes()
        assert stage.wait_until_ready()
        return Journey(stage, school)

    yield open_stage
    for stage in opened:
        stage.__exit__(None, None, None)
