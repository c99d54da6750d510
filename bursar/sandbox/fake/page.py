"""The hosted page a payer sees: amount, lines, buttons. Plain HTML, no script, readable at 375 pixels."""

from html import escape
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.vendor import Choice, Offer, Vendor

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --ground: #f4f6f8;
  --card: #fff; --pay: #1b5e3f; --pay-ink: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #a3adba; --line: #3a4452;
  --ground: #12161c; --card: #1b222b; --pay: #5cc492; --pay-ink: #0b1f15 } }
* { box-sizing: border-box }
body { margin: 0; padding: 1.5rem 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--ground) }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem }
.sandbox { margin: 0 0 1rem; color: var(--soft); font-size: .875rem }
h1 { margin: 0 0 1rem; font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere }
dl { margin: 0 0 1.5rem; border-top: 1px solid var(--line) }
dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .5rem 0;
  border-bottom: 1px solid var(--line) }
dt { overflow-wrap: anywhere } dd { margin: 0; white-space: nowrap; font-variant-numeric: tabular-nums }
.notice { margin: 0 0 1rem; padding: .75rem; border-left: .25rem solid #b3541e; background: var(--ground) }
button { display: block; width: 100%; min-height: 2.75rem; margin: 0 0 .75rem; padding: .5rem 1rem;
  font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: .5rem;
  cursor: pointer }
button.pay { font-weight: 600; color: var(--pay-ink); background: var(--pay); border-color: var(--pay) }
button.leave { margin: 0; border: 0; color: var(--soft); text-decoration: underline }
button:focus-visible { outline: 3px solid #4c8dff; outline-offset: 2px }
"""
_BUTTONS = (
    (Choice.PAY, "pay", "Pay {amount}"),
    (Choice.PAY_LATER, "later", "Pay later, by bank transfer"),
    (Choice.DECLINE, "decline", "Let the bank decline"),
    (Choice.LEAVE, "leave", "Go back"),
)
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
}


_BACK = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    f"<title>Back</title><style>{_STYLE}</style></head><body><main>"
    "<h1>You are back.</h1><p>Here the shop would go on: set BURSAR_RETURN_URL to its address.</p>"
    "</main></body></html>"
)


def page_routes(gateways: FakeGateways) -> list[Route]:
    """GET shows, POST decides; a declined payer sees the page again."""

    def found(request: Request) -> tuple[Vendor, Offer]:
        checkout = request.path_params["checkout"]
        with gateways.lock:
            for vendor in gateways.vendors.values():
                vendor.catch_up()
                offer = vendor.find_offer(checkout)
                if offer:
                    return vendor, offer
        raise HTTPException(404, f"no checkout {checkout} here: it was made at another server, or never")

    def show(request: Request) -> Response:
        _vendor, offer = found(request)
        return HTMLResponse(_page(offer), headers=_HEADERS)

    async def decide(request: Request) -> Response:
        vendor, offer = found(request)
        choice = _choice(await request.body())
        if not offer.open and choice is not Choice.LEAVE:
            return HTMLResponse(_page(offer), status_code=409, headers=_HEADERS)
        with gateways.lock:
            target = vendor.choose(offer.checkout, choice)
        return RedirectResponse(target, status_code=303)

    def back(_request: Request) -> Response:
        return HTMLResponse(_BACK, headers=_HEADERS)

    return [
        Route("/back", back, methods=["GET"]),
        Route("/pay/{checkout}", show, methods=["GET"]),
        Route("/pay/{checkout}", decide, methods=["POST"]),
    ]


def _choice(body: bytes) -> Choice:
    try:
        return Choice(dict(parse_qsl(body.decode())).get("choice", ""))
    except ValueError:
        raise HTTPException(400, f"choice must be one of {', '.join(Choice)}") from None


def _page(offer: Offer) -> str:
    amount = escape(offer.amount)
    lines = "".join(
        f"<div><dt>{escape(what)}</dt><dd>{escape(price)}</dd></div>" for what, price in offer.lines
    )
    notice = f'<p class="notice" role="status">{escape(offer.notice)}</p>' if offer.notice else ""
    buttons = "".join(
        f'<button name="choice" value="{choice}" class="{kind}">{text.format(amount=amount)}</button>'
        for choice, kind, text in _BUTTONS
        if offer.open or choice is Choice.LEAVE
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Pay {amount}</title><style>{_STYLE}</style></head><body><main>"
        '<p class="sandbox">Sandbox checkout: no real money moves.</p>'
        f'<h1>{amount}</h1><dl>{lines}</dl>{notice}<form method="post">{buttons}</form>'
        "</main></body></html>"
    )
