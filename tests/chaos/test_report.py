"""A soak passes only when every claim of its report holds, and prints exactly the figures it promises."""

from dataclasses import replace

import pytest

from bursar.sandbox.verdict import Verdict
from tests.chaos.report import Outcome, Report, as_dict
from tests.support.processes import ROOT

REPORT = Report(
    payments=3000,
    deliveries=16_000,
    kills={"worker": 40, "broker": 20, "flushall": 6},
    lost=0,
    doubled=0,
    heal_p50_s=5.0,
    heal_max_s=12.0,
    self_exits=0,
    invariants_broken=0,
)
GOOD = Outcome(report=REPORT, minutes=3.0, verdict=Verdict(), settled=True)


def test_a_good_run_has_no_failure():
    assert GOOD.failures() == []


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"lost": 1}, "lost"),
        ({"doubled": 1}, "doubled"),
        ({"invariants_broken": 1}, "an invariant is broken"),
        ({"heal_max_s": None}, "a kill never healed"),
        ({"payments": 2999}, "too few payments"),
        ({"kills": {"worker": 59, "flushall": 6}}, "too few kills"),
    ],
)
def test_one_figure_that_is_not_right_fails_the_run(change, failure):
    assert replace(GOOD, report=replace(REPORT, **change)).failures() == [failure]


def test_a_run_that_does_not_come_to_rest_or_answers_wrongly_fails():
    assert replace(GOOD, settled=False, wrong=["stripe: 500"]).failures() == [
        "it never came to rest",
        "a wrong answer",
    ]


def test_a_processes_own_end_is_reported_and_no_failure():
    assert replace(GOOD, report=replace(REPORT, self_exits=2)).failures() == []


def test_the_json_is_what_the_design_promises():
    promised = "payments deliveries kills lost doubled heal_p50_s heal_max_s self_exits invariants_broken"

    assert list(as_dict(REPORT)) == promised.split()
    assert "chaos: $(DEV)" in (ROOT / "Makefile").read_text(encoding="utf-8")
