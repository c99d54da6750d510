"""Reports as mail servers and mailbox providers write them, about a mail of ours."""

from email.message import EmailMessage

from tests.emails.examples import wire


def bounce(
    message=None,
    *,
    action="failed",
    status="5.1.1",
    code="smtp; 550 5.1.1 <student1@example.org>: no such user",
    whole=True,
):
    """An RFC 3464 report; the mail comes back whole, or only its headers."""
    about = f"Final-Recipient: rfc822; student1@example.org\nAction: {action}\nStatus: {status}\n"
    return _report(
        "delivery-status",
        f"Reporting-MTA: dns; mx.example.org\n\n{about}Diagnostic-Code: {code}\n",
        message,
        whole,
    )


def complaint(message=None, *, kind="abuse"):
    """An RFC 5965 report."""
    fields = f"Feedback-Type: {kind}\nUser-Agent: SomeProvider/1.0\nVersion: 1\n"
    return _report("feedback-report", fields, message, whole=True)


def _report(kind, fields, message, whole):
    message = wire() if message is None else message
    boundary = "=_report"
    head, _, _ = message.partition(b"\r\n\r\n")
    returned = message if whole else head + b"\r\n"
    carried = "message/rfc822" if whole else "text/rfc822-headers"
    outer = EmailMessage()
    outer["From"] = "MAILER-DAEMON@mx.example.org"
    outer["To"] = "billing@school.example"
    outer["Subject"] = "Undelivered Mail Returned to Sender"
    outer["MIME-Version"] = "1.0"
    parts = [
        outer.as_bytes().rstrip(b"\n"),
        f'Content-Type: multipart/report; report-type={kind}; boundary="{boundary}"\n\n'.encode(),
        f"--{boundary}\nContent-Type: text/plain\n\nI am sorry.\n".encode(),
        f"--{boundary}\nContent-Type: message/{kind}\n\n{fields}\n".encode(),
        f"--{boundary}\nContent-Type: {carried}\n\n".encode() + returned.replace(b"\r\n", b"\n"),
        f"\n--{boundary}--\n".encode(),
    ]
    return parts[0] + b"\n" + b"".join(parts[1:])
