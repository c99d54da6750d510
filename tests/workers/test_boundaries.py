"""Every commit and every message has a named place to die behind it, or a reason why it needs none."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.processes import ROOT

PACKAGES = ("tasks", "workers", "webhook_receiver")
COMMITS = {"claim", "claim_alone", "fail", "release", "renew"}
"""The Work protocol: each is a transaction of its own. The commits themselves are in models/work.py."""
SENDS = {"_post"}
"""A message leaves the process. Whatever calls `wake_by_name` or `wake` arrives here."""
INSERTS = {"insert"}
"""COMMIT 1: the receiver's own connection commits with the statement."""
LAST = "nothing of its task follows but the next claim, which has points of its own"
READS = "reads only"
NO_POINT: dict[str, str] = {
    "tasks/bounces.py:take_report:transaction:1": "nothing follows",
    "tasks/backfill.py:would_hear:transaction:1": READS,
    "tasks/calls.py:make_calls_here:claim:1": "calls.sending is the first thing that follows",
    "tasks/calls.py:_guard:release:1": LAST,
    "tasks/calls.py:_guard:fail:1": LAST,
    "tasks/calls.py:_away:transaction:1": LAST,
    "tasks/calls.py:_quarantine:fail:1": LAST,
    "tasks/certainty.py:doubt_of:transaction:1": READS,
    "tasks/charges.py:_admitted:transaction:1": READS,
    "tasks/charges.py:charge_here:transaction:2": READS,
    "tasks/customers.py:list_methods:transaction:1": READS,
    "tasks/bulk.py:begin_due_run:transaction:1": READS,
    "tasks/bulk.py:read_run:transaction:1": READS,
    "tasks/bulk.py:work_here:claim:1": "drain.claimed stands behind the claim of a worker",
    "tasks/bulk.py:work_off:release:1": LAST,
    "tasks/bulk.py:work_off:fail:1": LAST,
    "tasks/differences.py:look:transaction:1": READS,
    "tasks/invoices.py:void:transaction:1": "nothing follows",
    "tasks/noting.py:number_notes:release:1": LAST,
    "tasks/noting.py:number_notes:fail:1": LAST,
    "tasks/differences.py:_survey:transaction:1": READS,
    "tasks/bundling.py:_make:transaction:1": READS,
    "tasks/bundling.py:_step:release:1": LAST,
    "tasks/bundling.py:_step:fail:1": LAST,
    "tasks/custody.py:verify:transaction:1": READS,
    "tasks/custody.py:verify:transaction:2": READS,
    "tasks/custody.py:regenerate:transaction:1": READS,
    "tasks/dunning.py:foresee:transaction:1": READS,
    "tasks/dunning.py:taken_count:transaction:1": READS,
    "tasks/dunning.py:_anything_due:transaction:1": READS,
    "tasks/dunning.py:_take:transaction:1": "dunning.taken stands behind the try",
    "tasks/dunning.py:_take:release:1": LAST,
    "tasks/dunning.py:_take:fail:1": LAST,
    "tasks/dunning_holds.py:hold:transaction:1": "nothing follows",
    "tasks/dunning_holds.py:release:transaction:1": "nothing follows",
    "tasks/dunning_truth.py:listen:transaction:1": READS,
    "tasks/dunning_truth.py:listen:transaction:2": READS,
    "tasks/documents.py:_freeze:transaction:2": READS,
    "tasks/documents.py:_put_back:release:1": LAST,
    "tasks/documents.py:_put_back:transaction:1": LAST,
    "tasks/emails.py:_hand_over:transaction:1": READS,
    "tasks/emails.py:_hand_over:transaction:2": LAST,
    "tasks/emails.py:_begin:transaction:1": "emails.sending stands behind its only way out, in _hand_over",
    "tasks/emails.py:_record:fail:1": LAST,
    "tasks/emails.py:_record:transaction:1": LAST,
    "tasks/emails.py:_record:transaction:2": LAST,
    "tasks/emails.py:_record:transaction:3": LAST,
    "tasks/emails.py:_record:transaction:5": LAST,
    "tasks/emails.py:_record:release:1": LAST,
    "tasks/emails.py:_record:fail:2": LAST,
    "tasks/enrollments.py:_unlock:transaction:1": "enrollments.observed stands behind the try",
    "tasks/enrollments.py:_unlock:release:1": LAST,
    "tasks/enrollments.py:_unlock:fail:1": LAST,
    "tasks/events.py:_isolate:release:1": LAST,
    "tasks/events.py:_isolate:fail:1": LAST,
    "tasks/events.py:_write:transaction:1": "events.applied stands behind its only way out, in _apply",
    "tasks/erasure.py:request_erasure:transaction:1": "the request is a row that every night finds",
    "tasks/erasure.py:why_not:transaction:1": READS,
    "tasks/erasure.py:erase:transaction:1": READS,
    "tasks/customers.py:erase_customers:transaction:1": READS,
    "tasks/forgetting.py:would_forget:transaction:1": READS,
    "tasks/maintenance.py:check:transaction:1": READS,
    "tasks/holds.py:find_suspects:transaction:1": "nothing follows but lines of the log",
    "tasks/holds.py:hold:transaction:1": "nothing follows",
    "tasks/holds.py:release:transaction:1": "nothing follows",
    "tasks/jobs.py:end:transaction:1": "nothing follows but the next job",
    "tasks/maintenance.py:_report_overdue:transaction:1": READS,
    "tasks/maintenance.py:_settle_lost_mails:transaction:1": "maintenance.settled stands behind its call",
    "tasks/offline.py:record_slip:transaction:1": "offline.entered stands behind its only way out, in _woken",
    "tasks/offline.py:record_return:transaction:1": "offline.entered, as above",
    "tasks/installments.py:agree:transaction:1": "nothing follows",
    "tasks/installments.py:look:transaction:1": READS,
    "tasks/limits.py:check_limit:transaction:1": READS,
    "tasks/limits.py:consume:transaction:1": "nothing follows: the host asks again with the same key",
    "tasks/limits.py:give_back:transaction:1": "nothing follows: the host asks again with the same key",
    "tasks/limits.py:standings:transaction:1": READS,
    "tasks/notifications.py:_send:transaction:1": READS,
    "tasks/notifications.py:_send:transaction:2": LAST,
    "tasks/notifications.py:_record:release:1": LAST,
    "tasks/notifications.py:_record:fail:1": "the alarm that may follow comes with the next failure as well",
    "tasks/notifications.py:_record:transaction:1": LAST,
    "tasks/proofs.py:verify_payment:transaction:1": READS,
    "tasks/proofs.py:request_confirmation:transaction:1": READS,
    "tasks/proofs.py:_check:transaction:1": "nothing follows",
    "tasks/reconciliation.py:next_window:transaction:1": READS,
    "tasks/reconciliation.py:work_off:claim:1": "drain.claimed stands behind the claim of a worker",
    "tasks/reconciliation.py:_take:transaction:1": READS,
    "tasks/reconciliation.py:_take:release:1": LAST,
    "tasks/reconciliation.py:_take:fail:1": LAST,
    "tasks/reconciliation.py:_refused:fail:1": LAST,
    "tasks/settlements.py:would_settle:transaction:1": READS,
    "tasks/telling.py:tell_of_registers:transaction:1": "the mails it commits are due rows",
    "tasks/statements.py:match_statement:transaction:1": READS,
    "tasks/subscriptions.py:preview:transaction:1": READS,
    "tasks/refunds.py:request_refund:transaction:1": READS,
    "tasks/refunds.py:request_refund:transaction:2": "a person decides next",
    "tasks/refunds.py:reject_refund:transaction:1": "nothing follows",
    "tasks/payments.py:allocate_payments:transaction:1": READS,
    "tasks/watermarks.py:find_missing_refunds:transaction:1": "the calls it commits are due rows",
    "tasks/payments.py:_report_unknown_calls:transaction:1": "calls follow, with points of their own",
}


class Boundary(NamedTuple):
    """A place after which the world has seen something."""

    name: str
    """`file:function:call:n`, the n-th of its kind in that function."""
    line: int
    next_line: int
    """Where the next boundary of the function begins, or the function ends."""
    points: tuple[int, ...]

    @property
    def guarded(self) -> bool:
        """Whether a point stands between this boundary and the next."""
        return any(self.line < point <= self.next_line for point in self.points)


def boundaries() -> dict[str, Boundary]:
    """Every boundary of the packages that commit or send."""
    found = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            found |= {each.name: each for each in _of_file(file)}
    return found


def _of_file(file: Path) -> Iterator[Boundary]:
    name = file.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _of_function(name, node)


def _of_function(file: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Boundary]:
    own = list(_own_nodes(function))
    points = tuple(node.lineno for node in own if _called(node) == "crash_point")
    found = sorted((node.lineno, node.end_lineno or node.lineno, kind) for node, kind in _kinds(file, own))
    seen: dict[str, int] = {}
    for n, (_, end, kind) in enumerate(found):
        seen[kind] = seen.get(kind, 0) + 1
        later = [start for start, _, _ in found[n + 1 :] if start > end]
        next_line = min(later, default=function.end_lineno or end)
        yield Boundary(f"{file}:{function.name}:{kind}:{seen[kind]}", end, next_line, points)


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Without the functions inside: they are looked at by themselves."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _own_nodes(node)


def _kinds(file: str, nodes: list[ast.AST]) -> Iterator[tuple[ast.AST, str]]:
    sends = SENDS | (INSERTS if file.startswith("webhook_receiver/") else COMMITS)
    for node in nodes:
        if isinstance(node, ast.With) and any(
            _called(item.context_expr) == "transaction" for item in node.items
        ):
            yield node, "transaction"
        elif (called := _called(node)) in sends and not (called in COMMITS and _is_method(node)):
            yield node, called


def _is_method(node: ast.AST) -> bool:
    """A leash is released as well."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


@pytest.mark.parametrize("name", [name for name in boundaries() if name not in NO_POINT])
def test_a_crash_point_stands_behind_every_commit_and_message(name):
    boundary = boundaries()[name]

    assert boundary.guarded, f"{name} (line {boundary.line}): place a crash_point behind it, or say why not"


def test_what_needs_no_point_is_a_boundary_that_exists():
    assert set(NO_POINT) <= set(boundaries())


def test_a_new_commit_without_a_point_is_found(tmp_path):
    source = (
        "def pay():\n    with transaction() as session:\n        write(session)\n    wake()\n"
        "def safe():\n    held = claim(KIND)\n    crash_point('safe')\n    release(KIND, held)\n"
    )

    functions = ast.parse(source).body
    found = [each for function in functions for each in _of_function("tasks/new.py", function)]

    assert [(each.name, each.guarded) for each in found] == [
        ("tasks/new.py:pay:transaction:1", False),
        ("tasks/new.py:safe:claim:1", True),
        ("tasks/new.py:safe:release:1", False),
    ]


def test_all_that_wakes_goes_through_the_one_place_that_sends():
    senders = [name for name in boundaries() if name.rsplit(":", 2)[1] in SENDS]

    assert senders == ["workers/publish.py:_put:_post:1"]
