"""What comes back for a mail is written down; an address that reaches nobody gets no more.

Whoever forges a report must know the Message-ID of a mail of ours, and then stops mails to the reader of that
very mail, nobody else.
"""

from typing import NamedTuple
from uuid import UUID

import structlog

from bursar.emails.bounces import Verdict, read_report
from bursar.errors import Refused
from bursar.rules.consequences import SendState, SuppressionReason
from models.queries import suppressions
from models.session import transaction

log = structlog.get_logger(__name__)

_STATES = {
    Verdict.DELIVERED: SendState.DELIVERED,
    Verdict.BOUNCED: SendState.BOUNCED,
    Verdict.COMPLAINED: SendState.COMPLAINED,
}


class NotOurs(Refused):
    """No mail of ours has this Message-ID."""


class Taken(NamedTuple):
    """What a report changed."""

    email_id: UUID
    verdict: Verdict
    detail: str
    news: bool
    """False when the same, or more, was known."""
    suppressed: bool
    """Whether nothing is sent to the address from now on."""


def take_report(raw: bytes) -> Taken:
    """Write down what a delivery report or complaint says. The same report again changes nothing.

    Raises MailInputRefused for what is no report, NotOurs for one about somebody else's mail.
    """
    report = read_report(raw)
    with transaction() as session:
        address = suppressions.address_of(session, report.email_id)
        if address is None:
            raise NotOurs(f"no mail {report.email_id} has left this house")
        state = _STATES.get(report.verdict)
        news = state is not None and suppressions.found_out(session, report.email_id, state, report.detail)
        if news:
            suppressions.close_doubt(session, report.email_id, f"a report came: {report.verdict}")
        complained = report.verdict is Verdict.COMPLAINED
        reason = SuppressionReason.COMPLAINED if complained else SuppressionReason.BOUNCED
        suppressed = bool(address) and (complained or report.reaches_nobody)
        if suppressed:
            suppressions.suppress(session, address, reason, report.detail, report.email_id)
    if news and state is not SendState.DELIVERED:
        log.warning("emails.came_back", email_id=str(report.email_id), verdict=report.verdict.value)
    return Taken(report.email_id, report.verdict, report.detail, news, suppressed)
