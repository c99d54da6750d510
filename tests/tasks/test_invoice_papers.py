"""What an issued invoice and a credit note become: a paper each, and a mail that takes the invoice along."""

import email
from email import policy

from tasks.invoices import credit, credit_notes, issue
from tests.support.factories import execute, make_customer, make_invoice, rows
from tests.tasks.steps import broken, twice, work_off


def outbox(var):
    """What went out."""
    files = sorted((var / "outbox").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def test_an_issued_invoice_is_rendered_and_mailed_with_its_paper(var):
    customer = make_customer(email="pupil@example.com")
    silent = make_customer()
    execute("UPDATE customers SET email = NULL WHERE id = %s", silent.id)
    draft, other = (make_invoice(each, issued=False) for each in (customer, silent))
    for each in (draft, other):
        issue(each, "asha")

    twice(work_off)

    assert rows("SELECT kind, subject_id, state FROM documents ORDER BY subject_id") == [
        ("invoice", each, "done") for each in sorted([draft, other])
    ]
    assert rows("SELECT kind, subject_id, send_state FROM emails") == [("invoice.issued", draft, "sent")]
    [mail] = outbox(var)
    [paper] = mail.iter_attachments()
    assert paper.get_content().startswith(b"%PDF")
    assert mail["To"] == "pupil@example.com"
    assert broken(grace_s=0) == []


def test_a_credit_note_gets_its_paper():
    draft = make_invoice(make_customer(), issued=False)
    issue(draft, "asha")
    credit(draft, None, "asha", "a mistake")
    credit_notes()

    work_off()

    assert rows("SELECT kind, state FROM documents ORDER BY 1") == [
        ("credit_note", "done"),
        ("invoice", "done"),
    ]
