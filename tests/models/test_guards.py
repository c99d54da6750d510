"""What the database itself refuses, whoever asks: the books cannot be bent behind our back."""

import pytest
from psycopg import errors

from bursar.ids import new_id
from models.session import raw, transaction
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.tasks.steps import paid, refunded, tell

REFUSED = errors.IntegrityConstraintViolation
ENTRY = "INSERT INTO ledger_entries (id, cause_type, cause_id, kind) VALUES (%s, 'action', %s, 'moved')"
LINE = "INSERT INTO ledger_lines (entry_id, n, account, amount_minor, currency) VALUES (%s, %s, %s, %s, %s)"


def post(*amounts: tuple[int, str]) -> None:
    """An entry with a line of each (amount, currency)."""
    entry = new_id()
    with transaction() as session:
        connection = raw(session)
        connection.execute(ENTRY, [entry, new_id()])
        for n, (amount_minor, currency) in enumerate(amounts):
            connection.execute(LINE, [entry, n, "fees", amount_minor, currency])


def test_an_entry_that_balances_in_every_currency_is_kept():
    post((5, "INR"), (-5, "INR"), (7, "USD"), (-7, "USD"))

    assert value("SELECT count(*) FROM ledger_lines") == 4


@pytest.mark.parametrize(
    "amounts", [[(5, "INR"), (-4, "INR")], [(5, "INR"), (-5, "USD")], [(5, "INR")], []], ids=str
)
def test_an_entry_that_does_not_balance_is_refused_at_commit(amounts):
    with pytest.raises(Exception, match="does not balance"):
        post(*amounts)

    assert value("SELECT count(*) FROM ledger_entries") == 0


def test_lines_cannot_be_added_to_an_entry_of_another_transaction():
    post((5, "INR"), (-5, "INR"))
    [[entry]] = rows("SELECT id FROM ledger_entries")

    with pytest.raises(REFUSED, match="the transaction that made"):
        execute(
            """INSERT INTO ledger_lines (entry_id, n, account, amount_minor, currency)
               VALUES (%s, 8, 'fees', 1, 'INR'), (%s, 9, 'fees', -1, 'INR')""",
            entry,
            entry,
        )


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_lines", "audit_log", "facts"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_was_written_is_never_changed_removed_or_emptied(table, verb):
    tell(paid(invoice=make_invoice(make_customer())))
    column = {"ledger_lines": "account", "facts": "kind"}.get(table, "cause_type")
    column = "action" if table == "audit_log" else column

    with pytest.raises(REFUSED, match="append-only"):
        execute(verb.format(table, column, column))


@pytest.mark.parametrize(
    "change",
    [
        "total_minor = total_minor + 1",
        "currency = 'USD'",
        "number = 'INV/26-27/999999'",
        "issued_at = now() - interval '1 day'",
        "snapshot = ''",
        "status = 'draft', number = NULL, opened_seq = NULL",
        "customer_id = gen_random_uuid()",
    ],
)
def test_an_issued_invoice_never_changes(change):
    make_invoice(make_customer())

    with pytest.raises(REFUSED, match="an issued invoice never changes"):
        execute(f"UPDATE invoices SET {change}")


def test_a_draft_may_still_change():
    make_invoice(make_customer(), issued=False)

    assert execute("UPDATE invoices SET total_minor = total_minor + 1, currency = 'USD'") == 1


@pytest.mark.parametrize(
    "change",
    ["status = 'failed', applied_seq = NULL", "amount_minor = 1", "currency = 'USD'", "applied_seq = 999"],
)
def test_a_succeeded_payment_never_changes(change):
    tell(paid(invoice=make_invoice(make_customer())))

    with pytest.raises(REFUSED, match="a succeeded payment never changes"):
        execute(f"UPDATE payments SET {change}")


def test_a_failed_refund_never_succeeds_again():
    invoice = make_invoice(make_customer())
    tell(paid(payment="pi_1", invoice=invoice), refunded("pi_1", 100_00, "refund.failed"))

    with pytest.raises(REFUSED, match="a failed refund never succeeds"):
        execute("UPDATE refunds SET status = 'succeeded', applied_seq = 999")


OF_DRAFTS = "invoice_id IN (SELECT id FROM invoices WHERE number IS NULL)"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE invoices SET paid_minor = total_minor + 1", "not_overpaid"),
        ("UPDATE invoice_lines SET allocated_minor = -1", "sums_not_negative"),
        (f"UPDATE invoice_lines SET gross_minor = 0 WHERE {OF_DRAFTS}", "gross_of_net"),
        ("UPDATE payments SET credit_minor = -1", "sums_not_negative"),
        ("UPDATE payments SET unidentified_minor = 1", "unidentified_has_no_customer"),
        ("UPDATE gateway_events SET state = 'running'", "running_is_leased"),
        ("UPDATE gateway_events SET state = 'dead', error = NULL", "dead_has_a_reason"),
        ("UPDATE documents SET state = 'done'", "stored_once_done"),
        ("UPDATE emails SET copies = 3", "at_most_two_copies"),
    ],
)
def test_a_state_that_cannot_be_true_is_refused(statement, constraint):
    tell(paid(invoice=make_invoice(make_customer())))
    make_invoice(make_customer(), issued=False)

    with pytest.raises(errors.CheckViolation, match=constraint):
        execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice_lines SET component = 'Something else'",
        "UPDATE invoice_lines SET priority = priority + 1",
        "DELETE FROM invoice_lines",
    ],
)
def test_the_lines_of_an_issued_invoice_never_change(statement):
    make_invoice(make_customer())

    with pytest.raises(errors.IntegrityConstraintViolation, match="credit note"):
        execute(statement)


def test_the_lines_of_a_draft_may_go():
    make_invoice(make_customer(), issued=False)

    execute("DELETE FROM invoice_lines")

    assert rows("SELECT count(*) FROM invoice_lines") == [(0,)]
