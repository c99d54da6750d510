import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bursar.emails.bounces import REPORT_BYTES_MAX, Verdict, read_report
from bursar.emails.errors import MailInputRefused
from tests.emails.examples import ROW_ID, wire
from tests.emails.reports import bounce, complaint


@pytest.mark.parametrize("whole", [True, False])
def test_a_bounce_names_our_mail_and_says_why_without_an_address(whole):
    report = read_report(bounce(whole=whole))

    assert (report.email_id, report.verdict) == (ROW_ID, Verdict.BOUNCED)
    assert report.reaches_nobody
    assert "no such user" in report.detail
    assert "@" not in report.detail


@pytest.mark.parametrize(
    ("status", "nobody"),
    [
        ("5.1.1", True),
        ("5.1.2", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.2.2", False),
        ("5.7.1", False),
        ("5.0.0", False),
        ("4.4.1", False),
    ],
)
def test_only_an_address_that_reaches_nobody_is_told_apart(status, nobody):
    assert read_report(bounce(status=status)).reaches_nobody is nobody


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        ("delayed", Verdict.DELAYED),
        ("delivered", Verdict.DELIVERED),
        ("relayed", Verdict.DELIVERED),
        ("Failed", Verdict.BOUNCED),
    ],
)
def test_what_became_of_it_is_what_the_report_says(action, verdict):
    report = read_report(bounce(action=action))

    assert report.verdict is verdict
    assert report.reaches_nobody is (verdict is Verdict.BOUNCED)


@pytest.mark.parametrize(
    ("kind", "verdict"), [("abuse", Verdict.COMPLAINED), ("not-spam", Verdict.DELIVERED)]
)
def test_a_complaint_is_one_and_can_be_taken_back(kind, verdict):
    report = read_report(complaint(kind=kind))

    assert (report.email_id, report.verdict) == (ROW_ID, verdict)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no delivery report"),
        (wire(), "no delivery report"),
        (bounce(action="exploded"), "exploded"),
        (bounce(wire().replace(b"Message-ID: <0198", b"Message-ID: <9")), "names no mail of ours"),
        (complaint(b"Subject: x\r\n\r\nbody"), "names no mail of ours"),
        (bounce().replace(b"message/delivery-status", b"text/other"), "neither"),
        (b"x" * (REPORT_BYTES_MAX + 1), "bytes"),
    ],
)
def test_what_is_no_report_about_our_mail_is_refused_with_the_reason(raw, why):
    with pytest.raises(MailInputRefused, match=why):
        read_report(raw)


@given(st.binary(max_size=300), st.integers(0, 2000))
@settings(deadline=None)
def test_a_damaged_report_is_read_or_refused_and_nothing_else(noise, at):
    raw = bounce()

    try:
        report = read_report(raw[:at] + noise + raw[at:])
    except MailInputRefused:
        return
    assert "\n" not in report.detail
