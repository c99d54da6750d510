"""`bursar payments match`: the file of a bank, by the names of its columns."""

import pytest

from bursar.cli.exits import ExitCode
from bursar.cli.statements import FIELDS
from bursar.clock import utc_now
from tests.support.factories import make_customer, make_invoice, value

pytestmark = pytest.mark.postgres

MAP = ("--map", "date=Buchungstag", "--map", "amount=Betrag", "--map", "reference=Zweck")
GERMAN = ("--decimal", ",", "--dates", "%d.%m.%Y", "--encoding", "cp1252", "--currency", "INR")


@pytest.fixture
def file(database_url, tmp_path):
    invoice = make_invoice(make_customer(), [600_00, 400_00])
    number = value("SELECT number FROM invoices WHERE id = %s", invoice)
    day = utc_now().strftime("%d.%m.%Y")
    path = tmp_path / "statement.csv"
    text = f"Buchungstag;Betrag;Zweck\n{day};1.000,00;Gebühr {number}\n{day};5,00;wer weiß\n{day};x;\n"
    path.write_bytes(text.encode("cp1252"))
    return path


def test_certain_rows_are_entered_and_the_rest_is_told_with_why_not(bursar, file):
    rows = bursar("payments", "match", file, *MAP, *GERMAN, "--json").jsonl

    assert tuple(rows[0]) == FIELDS
    assert [row["result"] for row in rows] == ["recorded", "unnamed", "unreadable"]
    assert all(row["why"] for row in rows[1:])
    assert value("SELECT paid_minor FROM invoices") == 1000_00

    again = bursar("payments", "match", file, *MAP, *GERMAN)
    assert "1 entered, 1 unnamed, 1 unreadable" in again.out
    assert value("SELECT count(*) FROM payments") == 1


def test_a_dry_run_only_says_what_it_would_do(bursar, file):
    out = bursar("payments", "match", file, *MAP, *GERMAN, "--dry-run").out

    assert "1 certain" in out
    assert value("SELECT count(*) FROM gateway_events") == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--map", "date=Tag", *MAP[2:], *GERMAN), ExitCode.REFUSED, "'Tag'"),
        (MAP[:4], ExitCode.USAGE, "reference"),
        (MAP[2:], ExitCode.USAGE, "date=COLUMN"),
        ((*MAP, "--map", "colour=x"), ExitCode.USAGE, "colour"),
        ((*MAP, "--decimal", ";"), ExitCode.USAGE, "--decimal"),
        ((*MAP, "--encoding", "klingon"), ExitCode.REFUSED, "klingon"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_cure(bursar, file, words, code, said):
    answer = bursar("payments", "match", file, *words)

    assert answer.code == code
    assert said in answer.err


def test_a_file_that_is_not_there_is_refused(bursar, database_url, tmp_path):
    answer = bursar("payments", "match", tmp_path / "none.csv", *MAP)

    assert answer.code == ExitCode.REFUSED
    assert "none.csv" in answer.err
