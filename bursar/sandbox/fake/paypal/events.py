"""The list of what PayPal announced, delivered or not."""

from typing import Any
from urllib.parse import urlencode

from bursar.sandbox.fake.paypal.account import EVENTS, Account, Thing

PAGE = 10


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Events of a time, newest first; `next` leads on."""
    since, until = params.get("start_time", ""), params.get("end_time", "9")
    found = [each for each in reversed(account.all(EVENTS)) if since <= each["create_time"] <= until]
    size, number = int(params.get("page_size", PAGE)), int(params.get("page", "1"))
    shown = found[(number - 1) * size : number * size]
    links = []
    if number * size < len(found):
        query = urlencode({**params, "page": number + 1})
        href = f"https://api.sandbox.paypal.com/v1/notifications/webhooks-events?{query}"
        links.append({"href": href, "rel": "next", "method": "GET"})
    return {"events": shown, "count": len(shown), "links": links}
