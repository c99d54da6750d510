"""`bursar report`: what the ledger says was earned and collected, what is owed, what fails, what recurs."""

from xml.etree import ElementTree

import pytest

from bursar.cli.exits import ExitCode
from bursar.rules.invoicing import Fee
from bursar.sandbox.samples import razorpay_event, stripe_event
from tests.cli.books import paid_course, refunded, work
from tests.support.factories import execute, make_customer, make_invoice, rows, store_event, value

pytestmark = pytest.mark.postgres


@pytest.fixture
def books(database_url):
    """A course of $499 at Stripe, $100 of it refunded; ₹1,000 of fees at Razorpay with ₹200 too much."""
    paid_course()
    refunded()
    invoice = make_invoice(make_customer(), [Fee(component="=tuition", unit_minor=1000_00, priority=1)])
    about = {"invoice": str(invoice)}
    event = razorpay_event("payment.captured", payment="pay_1", amount_minor=1200_00, metadata=about)
    store_event(event, gateway="razorpay")
    work()


def told(bursar, *words):
    return [tuple(each.values())[1:] for each in bursar("report", *words, "--json").jsonl]


def test_what_was_collected_is_what_came_less_what_went_back(bursar, books):
    assert told(bursar, "revenue") == [("INR", 1200_00), ("USD", 399_00)]
    assert told(bursar, "revenue", "--by", "gateway") == [
        ("INR", "razorpay", 1200_00),
        ("USD", "stripe", 399_00),
    ]
    assert told(bursar, "revenue", "--by", "component", "--currency", "inr") == [
        ("INR", "(credit)", 200_00),
        ("INR", "=tuition", 1000_00),
    ]


def test_what_was_collected_is_what_gateways_hold_before_their_fees(bursar, books):
    ours = "account LIKE 'gateway:%%' OR account IN ('gateway_fees', 'input_tax')"
    kept = value(f"SELECT sum(amount_minor) FROM ledger_lines WHERE {ours}")

    assert sum(minor for _, minor in told(bursar, "revenue", "--per", "month")) == kept


def test_what_was_charged_is_what_invoices_earned(bursar, books):
    assert told(bursar, "revenue", "--basis", "charged") == [("INR", 1000_00), ("USD", 399_00)]


def test_the_views_for_hosts_say_the_same(bursar, books):
    collected = rows("SELECT currency, sum(amount_minor)::bigint FROM report_collected GROUP BY 1 ORDER BY 1")
    assert collected == told(bursar, "revenue")
    assert value("SELECT sum(open_minor) FROM report_owed") is None
    assert rows("SELECT currency, amount_minor FROM allocations ORDER BY 1") == [
        ("INR", 1000_00),
        ("USD", 399_00),
    ]


def test_a_span_is_of_whole_days_of_the_zone(bursar, books, variables):
    variables(BURSAR_TIMEZONE="Pacific/Kiritimati")
    today = value("SELECT (now() AT TIME ZONE 'Pacific/Kiritimati')::date::text")

    assert len(told(bursar, "revenue", "--from", today, "--to", today)) == 2
    assert told(bursar, "revenue", "--from", "2020-01-01", "--to", "2020-12-31") == []


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (1, "not due"),
        (0, "not due"),
        (-1, "1 to 30 days"),
        (-31, "31 to 60 days"),
        (-61, "61 to 90 days"),
        (-91, "over 90 days"),
    ],
)
def test_what_is_owed_is_told_by_its_age(bursar, database_url, days, age):
    make_invoice(make_customer(), [600_00, 400_00])
    execute("ALTER TABLE invoice_lines DISABLE TRIGGER lines_of_issued_stay")
    execute("UPDATE invoice_lines SET due_on = (now() AT TIME ZONE 'UTC')::date + %s", days)
    execute("ALTER TABLE invoice_lines ENABLE TRIGGER lines_of_issued_stay")

    [row] = bursar("report", "ageing", "--json").jsonl

    assert row == {"age": age, "currency": "INR", "invoices": 1, "customers": 1, "amount_minor": 1000_00}


def test_tries_are_told_by_their_outcome(bursar, database_url):
    for n, code in enumerate(["card_declined", "card_declined", "insufficient_funds"]):
        failed = stripe_event(
            "charge.failed", payment=f"pi_{n}", decline_code=code, currency="USD", amount_minor=1_00
        )
        store_event(failed)
    paid_course("pi_paid")

    told = bursar("report", "failures", "--json").jsonl

    assert {row["gateway"] for row in told} == {"stripe"}
    assert sum(row["tries"] for row in told) == 4
    assert told[0] == {
        "gateway": "stripe",
        "currency": "USD",
        "outcome": "succeeded",
        "tries": 1,
        "share": "25.0 %",
    }


def subscription(name, status, began, ended=None, paid_minor=3000_00):
    period = '{"period_start": "2026-01-01T00:00:00Z", "period_end": "2026-01-31T00:00:00Z"}'
    execute(
        """INSERT INTO gateway_objects (id, gateway_account, kind, external_id, status, data, occurred_at,
             rank, event_key, created_at)
           VALUES (gen_random_uuid(), 'stripe:test', 'subscription', %s, %s, %s, %s, 1, '', %s),
                  (gen_random_uuid(), 'stripe:test', 'gateway_invoice', 'in_' || %s, 'paid',
                   jsonb_build_object('subscription', %s::text, 'paid_minor', %s::bigint, 'currency', 'INR'),
                   %s, 1, '', %s)""",
        name, status, period, ended or began, began, name, name, paid_minor, began, began,
    )  # fmt: skip


def test_subscriptions_are_told_month_by_month_with_their_worth_and_churn(bursar, database_url):
    subscription("sub_1", "active", "2026-01-05")
    subscription("sub_2", "canceled", "2026-01-07", ended="2026-02-10")
    subscription("sub_3", "active", "2026-02-20")

    told = bursar("report", "subscriptions", "--from", "2026-01-01", "--to", "2026-03-15", "--json").jsonl

    both = round(2 * 3000_00 * 365 / (12 * 30))
    assert [tuple(row.values())[2:] for row in told] == [
        (0, 2, 0, 2, both, ""),
        (2, 1, 1, 2, both, "50.0 %"),
        (2, 0, 0, 2, both, "0.0 %"),
    ]


def test_a_table_has_its_chart_beneath(bursar, books):
    out = bursar("report", "revenue", "--by", "component").out

    assert "(credit)" in out
    assert "collected per day, INR" in out
    assert "█" in out


def test_csv_holds_no_formula_and_svg_is_a_picture_of_one_currency(bursar, books):
    table = bursar("report", "revenue", "--by", "component", "--csv").out
    picture = bursar("report", "revenue", "--currency", "USD", "--svg").out
    several = bursar("report", "revenue", "--svg")

    assert table.splitlines()[0] == "period,currency,component,amount_minor"
    assert "'=tuition" in table
    assert "collected per day USD" in "".join(ElementTree.fromstring(picture).itertext())
    assert (several.code, "--currency" in several.err) == (ExitCode.REFUSED, True)


@pytest.mark.parametrize(
    "words",
    [
        ["revenue", "--from", "yesterday"],
        ["revenue", "--from", "2026-02-01", "--to", "2026-01-01"],
        ["revenue", "--by", "gateway", "--basis", "charged"],
        ["ageing", "--json", "--csv"],
    ],
)
def test_what_cannot_be_reported_is_a_usage_error(bursar, database_url, words):
    assert bursar("report", *words).code == ExitCode.USAGE


def test_nothing_is_no_error(bursar, database_url):
    for name in ("revenue", "ageing", "subscriptions", "failures"):
        assert bursar("report", name).code == 0
        assert bursar("report", name, "--svg").code == 0
