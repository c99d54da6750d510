from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from bursar.emails.compose import PdfAttachment
from bursar.emails.values.money import ComponentPaid, PaymentReceived, RefundProcessed
from bursar.emails.values.rights import EnrollmentUnlocked
from bursar.emails.wording.text import ITEMS_SHOWN_MAX
from bursar.rules.consequences import MailKind
from tests.emails.examples import (
    INDIA,
    LEAST,
    LONG_URL,
    MOST,
    PAY_URL,
    USUAL,
    composed,
    html_of,
    make,
    read,
    text_of,
)

GMAIL_CUTS_AT_BYTES = 102_000
RECEIPT = PdfAttachment(file_name="RCT-26-27-000007.pdf", content=b"%PDF-1.7 receipt")


@pytest.mark.parametrize("examples", [LEAST, USUAL, MOST])
@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_renders_in_both_forms_and_stays_below_what_gmail_shows(kind, examples):
    message = composed(kind, examples[kind])

    assert text_of(message).startswith("Hello ")
    assert len(html_of(message).encode()) < GMAIL_CUTS_AT_BYTES


@pytest.mark.parametrize("examples", [LEAST, USUAL, MOST])
@pytest.mark.parametrize("kind", MailKind)
def test_every_html_form_is_balanced_accessible_and_loads_nothing(kind, examples):
    page = _Page(html_of(composed(kind, examples[kind])))

    assert page.open == []
    assert page.attributes["html"][0]["lang"] in {"en", "en-IN"}
    assert {table.get("role") for table in page.attributes["table"]} == {"presentation"}
    assert not {"img", "script", "link", "iframe", "form"} & set(page.attributes)
    assert {link["href"] for link in page.attributes.get("a", [])} <= {PAY_URL, LONG_URL}
    assert {meta.get("name") for meta in page.attributes["meta"]} >= {"viewport", "color-scheme"}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (MailKind.PAYMENT_RECEIVED, make(PaymentReceived, amount_minor=12345650)),
        (MailKind.REFUND_PROCESSED, make(RefundProcessed, amount_minor=12345650)),
    ],
)
def test_amount_and_invoice_number_are_in_subject_text_and_html(kind, values):
    message = composed(kind, values)

    for part in (read(message)["Subject"], text_of(message), html_of(message)):
        assert "₹1,23,456.50" in part
        assert "INV/26-27/000042" in part


def test_money_reads_as_in_the_locale_of_the_customer():
    values = make(PaymentReceived, amount_minor=12345650, currency="USD", locale="en_US")

    assert "Payment received: $123,456.50" in read(composed(MailKind.PAYMENT_RECEIVED, values))["Subject"]


@pytest.mark.parametrize("part", [text_of, html_of])
def test_a_receipt_says_what_was_paid_what_is_left_and_what_is_kept(part):
    shown = part(composed(MailKind.PAYMENT_RECEIVED, make(PaymentReceived, credit_minor=50000)))

    for expected in (
        "Tuition",
        "₹45,000.00",
        "Hostel",
        "₹4,000.00 still to pay",
        "₹500.00",
        "6 October 2026",
    ):
        assert expected in shown
    assert "RCT/26-27/000007" in shown


@pytest.mark.parametrize("part", [text_of, html_of])
def test_a_refund_says_when_to_expect_it_and_which_payment_it_was(part):
    shown = part(composed(MailKind.REFUND_PROCESSED, make(RefundProcessed)))

    assert "within 5 to 7 working days" in shown
    assert "6 October 2026" in shown


@pytest.mark.parametrize("part", [text_of, html_of])
def test_an_unlock_says_where_to_begin(part):
    shown = part(composed(MailKind.ENROLLMENT_UNLOCKED, make(EnrollmentUnlocked)))

    for expected in ("Backend Engineering", "Build a small ledger", "Read the brief", "Write the first test"):
        assert expected in shown


@pytest.mark.parametrize("part", [text_of, html_of])
def test_only_a_mail_that_carries_the_receipt_says_so(part):
    without = composed(MailKind.PAYMENT_RECEIVED, make(PaymentReceived))
    with_receipt = composed(MailKind.PAYMENT_RECEIVED, make(PaymentReceived), attachments=[RECEIPT])

    assert "attached" not in part(without)
    assert "your receipt is attached" in part(with_receipt)


@pytest.mark.parametrize("part", [text_of, html_of])
def test_what_does_not_fit_is_counted(part):
    many = tuple(
        ComponentPaid(component="Fee", paid_minor=1, balance_minor=0) for _ in range(ITEMS_SHOWN_MAX + 3)
    )

    shown = part(composed(MailKind.PAYMENT_RECEIVED, make(PaymentReceived, lines=many)))

    assert "and 3 more" in shown


def test_the_subject_names_one_invoice_and_counts_the_others():
    values = make(
        PaymentReceived, invoice_numbers=("INV/26-27/000042", "INV/26-27/000043", "INV/26-27/000044")
    )

    assert read(composed(MailKind.PAYMENT_RECEIVED, values))["Subject"].endswith(
        "for INV/26-27/000042 and 2 more"
    )


def test_a_payment_for_no_invoice_has_a_subject_that_ends_with_the_amount():
    values = make(PaymentReceived, invoice_numbers=())

    assert read(composed(MailKind.PAYMENT_RECEIVED, values))["Subject"] == "Payment received: ₹61,000.00"


def test_the_day_is_the_one_of_the_offset_that_the_moment_carries():
    late = datetime(2026, 10, 6, 20, 0, tzinfo=UTC)
    in_india = late.astimezone(INDIA)

    assert "7 October 2026" in text_of(
        composed(MailKind.PAYMENT_RECEIVED, make(PaymentReceived, paid_at=in_india))
    )


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (MailKind.PAYMENT_RECEIVED, make(PaymentReceived, customer_name="<img src=x onerror=alert(1)>")),
        (MailKind.PAYMENT_RECEIVED, make(PaymentReceived, invoice_numbers=("<img src=x>", "<b>"))),
        (MailKind.REFUND_PROCESSED, make(RefundProcessed, timeline="<img src=x>")),
        (
            MailKind.ENROLLMENT_UNLOCKED,
            make(EnrollmentUnlocked, steps=("<img src=x>",)),
        ),
    ],
)
def test_html_in_a_value_is_shown_and_never_obeyed(kind, values):
    html = html_of(composed(kind, values))

    assert "<img" not in html
    assert "&lt;img src=x" in html


def test_the_name_of_the_school_is_escaped_too():
    message = composed(
        MailKind.REFUND_PROCESSED, make(RefundProcessed), sender='"<img src=x>" <billing@school.example>'
    )

    assert "<img" not in html_of(message)


class _Page(HTMLParser):
    """Which elements a page has, and which of them were never closed."""

    void = frozenset({"meta", "br"})

    def __init__(self, html):
        super().__init__()
        self.open = []
        self.attributes = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.attributes.setdefault(tag, []).append(dict(attrs))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
