"""The receiver as one Starlette application; a composition root."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ExceptionHandler, Receive, Scope, Send

from bursar.documents.store import open_store
from bursar.gateways.registry import GATEWAYS
from bursar.settings import Settings
from webhook_receiver.accounts import configured_accounts
from webhook_receiver.body import BODY_LIMIT_S
from webhook_receiver.downloads import Downloads
from webhook_receiver.failures import FailureLimit
from webhook_receiver.inbox import INSERT_LIMIT_S, Inbox
from webhook_receiver.intake import Intake
from webhook_receiver.refusals import Reason, Refusal
from webhook_receiver.routes import WEBHOOKS_PATH, Webhooks
from webhook_receiver.senders import Senders, configured_senders, origin_of
from webhook_receiver.silence import Silence
from webhook_receiver.status import Status
from webhook_receiver.tally import NO_GATEWAY, Tallies
from webhook_receiver.waker import Wake, Waker
from workers.publish import wake_by_name


class Receiver(Starlette):
    """Starlette with the hot path in front: its middleware and router cost more than the signature."""

    webhooks: Webhooks
    tallies: Tallies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a delivery at once; everything else goes the usual way."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(WEBHOOKS_PATH):
            await self.webhooks(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings,
    *,
    wake: Wake = wake_by_name,
    body_limit_s: float = BODY_LIMIT_S,
    insert_limit_s: float = INSERT_LIMIT_S,
) -> Receiver:
    """The receiver of these settings. Raises Misconfigured naming what is missing.

    It needs no database to start: without one it answers 503, and the gateways deliver again.
    """
    database_url = settings.required_database_url()
    accounts = configured_accounts(settings)
    senders = configured_senders(settings)
    tallies = Tallies(GATEWAYS)
    waker = Waker(wake, tallies.wakes)
    inbox = Inbox(database_url, insert_limit_s=insert_limit_s)
    by_account = {account.name: tallies.of(name) for name, account in accounts.items()}
    intake = Intake(inbox, by_account, waker.offer)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        waker.start()
        intake.start()
        yield
        await intake.stop()
        waker.stop()

    # The route is for other methods than POST, which it refuses.
    webhooks = Webhooks(
        accounts,
        intake,
        tallies,
        senders=senders,
        failures=FailureLimit(settings.failed_signatures_per_min),
        body_limit_s=body_limit_s,
    )
    silence = Silence(database_url, accounts, tallies, settings.silence_alarm_h)
    routes = [
        Route(WEBHOOKS_PATH + "{gateway}", webhooks, methods=["POST"]),
        *Status(database_url, accounts, tallies, silence).routes(),
        *Downloads(database_url, settings.link_secrets(), lambda: open_store(settings)).routes(),
    ]
    refusing = {HTTPException: _refusing(tallies, senders)}
    app = Receiver(routes=routes, lifespan=lifespan, exception_handlers=refusing)
    app.webhooks = webhooks
    app.tallies = tallies
    app.router.redirect_slashes = False  # a gateway does not follow redirects
    return app


def _refusing(tallies: Tallies, senders: Senders) -> ExceptionHandler:
    async def refuse(request: Request, error: Exception) -> Response:
        """Starlette's own refusals, in our form and counted like ours."""
        assert isinstance(error, HTTPException)
        refusal = _not_served(error)
        gateway = request.path_params.get("gateway", NO_GATEWAY)
        tallies.refused(refusal, gateway, body=None, peer=senders.name(origin_of(request.scope)))
        headers = {**(error.headers or {}), "connection": "close"}  # a body may be on its way, unread
        return Response(refusal.body(), refusal.status, headers, media_type="application/json")

    return refuse


def _not_served(error: HTTPException) -> Refusal:
    if error.status_code == 405:
        return Refusal(
            Reason.METHOD, "this path does not take that method; gateways POST to /webhooks/{gateway}"
        )
    return Refusal(Reason.NOT_FOUND, "nothing is served at this path; gateways POST to /webhooks/{gateway}")
