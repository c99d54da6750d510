"""`bursar customers export` and `erase`, `bursar retention`: what an operator does when somebody asks."""

import json
import stat

import pytest

from bursar.cli.exits import ExitCode
from bursar.rules.retention import Kept
from models.queries.persons import REACH, SECRETS
from tests.cli.books import paid_course, refunded
from tests.support.factories import execute, make_customer, make_invoice, rows, value

pytestmark = pytest.mark.postgres


def test_an_export_has_every_table_and_reads_as_json(bursar, database_url):
    paid = paid_course()
    refunded()

    told = bursar("customers", "export", paid.customer.external_ref).json

    assert told["format"] == "bursar.customer/1"
    assert told["tables"].keys() == REACH.keys()
    assert told["tables"]["customers"][0]["email"] == paid.customer.email
    assert {each["body"]["object"] for each in told["tables"]["gateway_events"]} == {"event"}
    assert told["tables"]["receipts"][0]["snapshot"]["number"].startswith("RCT")
    for table in ("payments", "refunds", "ledger_lines", "emails", "enrollments", "audit_log", "facts"):
        assert told["tables"][table], table


def test_an_export_is_a_file_that_only_its_owner_reads_and_overwrites_nothing(bursar, database_url, tmp_path):
    customer, out = make_customer(), tmp_path / "export.json"

    assert bursar("customers", "export", customer.external_ref, "--out", out).code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["customer"] == customer.external_ref
    again = bursar("customers", "export", customer.external_ref, "--out", out)

    assert (again.code, "--out" in again.err) == (ExitCode.REFUSED, True)
    assert rows("SELECT action FROM audit_log WHERE subject_id = %s", customer.id) == [("customer.exported",)]


def test_an_export_holds_nobody_else_and_no_secret(bursar, database_url):
    paid, other = paid_course(), paid_course("pi_other")

    answer = bursar("customers", "export", paid.customer.external_ref)

    assert str(other.customer.email) not in answer.out
    found = {name for table in answer.json["tables"].values() for row in table for name in row}
    assert not found & SECRETS


def test_an_erasure_wants_the_reference_again_and_a_reason(bursar, database_url):
    customer = make_customer()

    for words in (["--reason", "asked"], ["--reason", " ", "--confirm", customer.external_ref]):
        assert bursar("customers", "erase", customer.external_ref, *words).code == ExitCode.REFUSED
    assert value("SELECT erasure_requested_at IS NULL FROM customers")


def test_who_can_be_forgotten_is_forgotten_here_and_now(bursar, database_url):
    customer = make_customer()
    words = ("customers", "erase", customer.external_ref, "--reason", "letter of today")

    assert "can be forgotten" in bursar(*words, "--dry-run").out
    assert value("SELECT erased_at IS NULL FROM customers")
    assert "is forgotten" in bursar(*words, "--confirm", customer.external_ref).out

    assert rows("SELECT name, email FROM customers") == [("Erased customer", None)]
    assert bursar(*words, "--confirm", customer.external_ref, "--json").json["erased"] is True


def test_who_owes_is_named_with_the_reason_and_noted(bursar, database_url):
    customer = make_customer()
    make_invoice(customer)

    answer = bursar(
        "customers", "erase", customer.id, "--reason", "letter", "--confirm", customer.external_ref
    )

    assert answer.code == ExitCode.REFUSED
    assert "owes money" in answer.out
    assert "tried again every night" in answer.out
    assert value("SELECT erasure_requested_at IS NOT NULL FROM customers")


def test_retention_is_shown_counted_and_run(bursar, database_url):
    for n in range(2):
        execute("INSERT INTO beat_ticks SELECT 'job', %s, now() - interval '40 days', now()", f"w{n}")
    execute("INSERT INTO beat_ticks SELECT 'job', 'new', now(), now()")

    assert [each["kept"] for each in bursar("retention", "show", "--json").jsonl] == list(Kept)
    assert "would be forgotten" in bursar("retention", "run", "--dry-run").out
    assert value("SELECT count(*) FROM beat_ticks") == 3
    told = {each["kept"]: each["rows"] for each in bursar("retention", "run", "--json").jsonl}

    assert told["ticks"] == 2
    assert rows("""SELECT "window" FROM beat_ticks""") == [("new",)]


def test_a_customer_is_held_and_released_with_a_reason(bursar, database_url):
    customer = make_customer()

    assert "held" in bursar("customers", "hold", customer.external_ref, "--reason", "odd").out
    assert "was held before" in bursar("customers", "hold", customer.external_ref, "--reason", "odd").out
    assert "released" in bursar("customers", "release", customer.external_ref, "--reason", "fine").out
    assert "is not held" in bursar("customers", "release", customer.external_ref, "--reason", "fine").out
    assert bursar("customers", "hold", customer.external_ref, "--reason", " ").code == ExitCode.REFUSED
