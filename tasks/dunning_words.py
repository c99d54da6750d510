"""What several mails of dunning say in the same words: with what was charged, and where one can pay."""

from typing import Any

from bursar.settings import load


def card_words(saved: Any) -> str:
    """`Visa •••• 4242`. `saved`: a row with brand, type and last4, as far as the gateway told."""
    name = str(saved.brand or saved.type or "card")
    return f"{name[:1].upper()}{name[1:]}{f' •••• {saved.last4}' if saved.last4 else ''}"


def pay_url(number: str) -> str | None:
    """The host's page on which this invoice is paid, where it has one."""
    page = load().pay_url
    return page and page.replace("{invoice}", number)
