"""What a value must be before a mail is made of it. It refuses, naming the field; it never repairs."""

import re
from datetime import datetime

from bursar.emails.errors import MailInputRefused
from bursar.rules.money import checked_currency

URL_LENGTH_MAX = 2000
"""Characters of a link: longer ones are cut by mail programs, and the reader lands nowhere."""

# Nothing that could end an attribute or a line, and a host: what a reader clicks must go where it says.
_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~:/?#@!$&*+,;=%-]*)?")


def check_moment(field: str, moment: datetime) -> None:
    """Refuse a time without its offset."""
    if moment.tzinfo is None:
        raise MailInputRefused(f"{field} must carry its offset from UTC")


def check_currency(currency: str) -> None:
    """Refuse what is no ISO 4217 code in upper case."""
    if checked_currency(currency) != currency:
        raise MailInputRefused("currency must be upper case")


def check_link(field: str, url: str | None) -> None:
    """Refuse a link that is not http(s) with a host, or holds a character that a URL must escape."""
    if url is not None and (len(url) > URL_LENGTH_MAX or not _LINK.fullmatch(url)):
        raise MailInputRefused(f"{field} must be an http(s) URL of at most {URL_LENGTH_MAX} characters")
