"""`bursar invoices`: what a person drafts, issues, looks at and takes back."""

import json
from datetime import date

import pytest

from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.tasks.steps import broken, paid, tell

WISHES = [
    {
        "reference": f"term-1/pupil-{n}",
        "customer": {"reference": f"pupil-{n}", "name": f"Pupil {n}"},
        "currency": "INR",
        "due_on": "2026-12-31",
        "issue_on": "2026-11-01",
        "lines": [{"component": "Tuition", "amount": "1,000"}, {"component": "Books", "amount": "100"}],
    }
    for n in (1, 2, 3)
]
SELLER = """
[seller]
name = "Greenfield Public School"
country = "IN"
tax_id = "27AAPFU0939F1ZV"
[rounding]
to_whole = true
[tax.default]
system = "gst"
rate = 18
code = "999293"
[tax.Tuition]
system = "exempt"
"""


@pytest.fixture(autouse=True)
def _database(database_url):
    """Every command here asks it."""


@pytest.fixture
def wishes(tmp_path):
    path = tmp_path / "term-1.json"
    path.write_text(json.dumps(WISHES))
    return path


@pytest.fixture
def seller(tmp_path, variables):
    path = tmp_path / "seller.toml"
    path.write_text(SELLER)
    variables(BURSAR_SELLER_FILE=str(path))
    return path


def test_a_hosts_file_is_drafted_once(bursar, wishes):
    assert bursar("invoices", "create", wishes).out == "3 drafts made, 0 there before\n"
    assert bursar("invoices", "create", wishes, "--json").json == {"created": 0, "existing": 3}

    listed = bursar("invoices", "list", "--status", "draft", "--json").jsonl
    assert [(each["customer"], each["total_minor"], each["number"]) for each in listed] == [
        (f"pupil-{n}", 1100_00, None) for n in (3, 2, 1)
    ]


def test_a_file_with_a_mistake_writes_nothing(bursar, wishes, tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps([*WISHES, {**WISHES[0], "reference": "x", "currency": "RUPEE"}]))

    answer = bursar("invoices", "create", wrong)

    assert (answer.code, "invoice 4" in answer.err) == (4, True)
    assert value("SELECT count(*) FROM invoices") == 0


def test_a_file_that_is_not_there_is_a_mistake_of_the_command_line(bursar, tmp_path):
    assert bursar("invoices", "create", tmp_path / "none.json").code == 2


def test_a_track_that_is_not_there_is_named(bursar, tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps([{**WISHES[0], "track": "nowhere"}]))

    answer = bursar("invoices", "create", wrong)

    assert (answer.code, "there is no track 'nowhere'" in answer.err) == (4, True)
    assert value("SELECT count(*) FROM customers") == 0


def test_what_a_host_says_of_a_person_later_completes_what_is_known(bursar, tmp_path, wishes):
    bursar("invoices", "create", wishes)
    later = tmp_path / "later.json"
    person = {"reference": "pupil-1", "email": "p1@example.com", "region": "29", "country": "IN"}
    later.write_text(json.dumps([{**WISHES[0], "reference": "term-2", "customer": person}]))

    bursar("invoices", "create", later)

    assert rows("SELECT name, email, region FROM customers WHERE external_ref = 'pupil-1'") == [
        ("Pupil 1", "p1@example.com", "29")
    ]


def test_a_draft_is_issued_with_the_taxes_of_the_seller_and_shown(bursar, wishes, seller):
    bursar("invoices", "create", wishes)

    issued = bursar("invoices", "issue", "term-1/pupil-1", "--json").json

    assert issued["number"].startswith("INV/")
    assert (issued["kind"], issued["place_of_supply"]) == ("invoice_cum_bill_of_supply", "Maharashtra (27)")
    assert (issued["total_minor"], issued["tax_minor"], issued["round_off_minor"]) == (1118_00, 18_00, 0)
    assert [(each["tax_kind"], each["tax_minor"]) for each in issued["lines"]] == [
        ("exempt", 0),
        ("cgst_sgst", 18_00),
    ]
    out = bursar("invoices", "show", issued["number"]).out
    assert "cgst_sgst 18 %" in out
    assert "₹1,118.00" in out
    assert bursar("invoices", "issue", issued["number"]).code == 4
    assert broken() == []


def test_rates_that_changed_since_the_draft_are_those_of_the_day(bursar, wishes, seller):
    bursar("invoices", "create", wishes)
    seller.write_text(SELLER.replace("rate = 18", "rate = 5"))
    from bursar.sellers import read_seller

    read_seller.cache_clear()

    issued = bursar("invoices", "issue", "term-1/pupil-1", "--json").json

    assert (issued["tax_minor"], issued["total_minor"]) == (5_00, 1105_00)
    assert broken() == []


def test_a_month_is_issued_and_its_progress_told(bursar, wishes):
    bursar("invoices", "create", wishes)

    answer = bursar("invoices", "bulk", "--period", "2026-11", "--json")

    assert answer.code == 0
    assert {name: answer.json[name] for name in ("wanted", "issued", "refused", "state")} == {
        "wanted": 3,
        "issued": 3,
        "refused": 0,
        "state": "done",
    }
    assert bursar("invoices", "bulk", "--period", "2026-11").out == "0 invoices issued, 0 refused\n"
    assert "term-1/pupil-1" in bursar("invoices", "list").out


def test_what_a_month_could_not_issue_ends_with_4_and_is_listed_with_its_reason(bursar, wishes):
    bursar("invoices", "create", wishes)
    execute("DELETE FROM invoice_lines WHERE invoice_id = (SELECT min(id::text)::uuid FROM invoices)")

    answer = bursar("invoices", "bulk", "--period", "2026-11")

    assert answer.code == 4
    assert "1 refused: bursar invoices list --refused says why" in answer.out
    [refused] = bursar("invoices", "list", "--refused", "--json").jsonl
    assert refused["refused_because"].startswith("an invoice has 1 to 500 lines")
    assert bursar("invoices", "bulk", "--period", "november").code == 4


def test_an_invoice_is_made_void_with_a_reason(bursar):
    make_invoice(make_customer())
    number = value("SELECT number FROM invoices")

    assert bursar("invoices", "void", number, "--reason", "twice", "--json").json["status"] == "void"
    assert bursar("invoices", "void", number, "--reason", "twice").code == 4


def test_a_line_is_credited_and_the_note_shown(bursar):
    invoice = make_invoice(make_customer(), [1000_00, 100_00])
    tell(paid(1100_00, invoice=invoice))
    number = value("SELECT number FROM invoices")

    words = ("--line", "2=60.50", "--reason", "books returned")
    told = bursar("invoices", "credit", number, *words, "--json").json

    assert [(each["total_minor"], each["state"]) for each in told["credit_notes"]] == [(60_50, "done")]
    out = bursar("invoices", "show", number).out
    assert "books returned" in out
    assert "₹60.50" in out
    assert bursar("invoices", "credit", number, "--reason", "all of it", "--json").json["open_minor"] == 0
    assert broken() == []


@pytest.mark.parametrize("line", ["2", "x=1", "2=x", "9=1"])
def test_a_line_is_its_number_and_an_amount(bursar, line):
    make_invoice(make_customer())

    number = value("SELECT number FROM invoices")

    assert bursar("invoices", "credit", number, "--line", line, "--reason", "x").code in (2, 4)
    assert value("SELECT count(*) FROM credit_notes") == 0


def test_no_invoices_says_how_to_make_some(bursar):
    assert bursar("invoices", "list").out == "no invoices: bursar invoices create FILE\n"
    assert bursar("invoices", "show", "INV/1").code == 4


def test_only_those_of_a_customer_are_listed(bursar):
    customer = make_customer()
    make_invoice(customer)
    make_invoice(make_customer())

    [found] = bursar("invoices", "list", "--customer", customer.external_ref, "--json").jsonl

    assert date.fromisoformat(found["due_on"]) == date(2026, 12, 1)
