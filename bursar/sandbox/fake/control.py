"""The script's way in over HTTP: `/_fake/...`, JSON in and out. In-process callers use the objects."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bursar.errors import Refused
from bursar.sandbox.fake.faults import fault_of
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.vendor import NoSuchThing

_Handler = Callable[[Any, Request], object]
_TOLD_OF_AN_EVENT = ("gateway", "id", "type", "created_s", "fate", "attempts", "statuses")


def control_routes(gateways: FakeGateways) -> list[Route]:
    """GET reads, POST does, DELETE clears."""
    table: dict[tuple[str, str], _Handler] = {
        ("GET", "book"): lambda _told, _request: gateways.book.told(),
        ("GET", "events"): lambda _told, _request: _events(gateways),
        ("GET", "faults"): lambda _told, _request: _faults(gateways),
        ("POST", "faults"): lambda told, _request: _add_faults(gateways, told),
        ("DELETE", "faults"): lambda _told, _request: gateways.faults.clear(),
        ("POST", "clock"): lambda told, _request: _advance(gateways, told),
        ("POST", "redeliver"): lambda told, _request: _redeliver(gateways, told),
        ("POST", "deliver"): lambda told, _request: _deliver(gateways, told),
        ("POST", "{vendor}/{control}"): lambda told, request: _control(gateways, told, request),
    }
    return [
        Route(f"/_fake/{path}", _endpoint(handler), methods=[method])
        for (method, path), handler in table.items()
    ]


def _endpoint(handler: _Handler) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            body = await request.body()
            told = orjson.loads(body) if body else {}
            result = await run_in_threadpool(handler, told, request)
        except orjson.JSONDecodeError:
            return _json({"error": "the body must be JSON"}, 400)
        except NoSuchThing as missing:
            return _json({"error": str(missing)}, 404)
        except Refused as refused:
            return _json({"error": str(refused)}, 400)
        return _json(result if result is not None else {}, 200)

    return endpoint


def _json(told: object, status: int) -> Response:
    return Response(orjson.dumps(told), status, media_type="application/json")


def _events(gateways: FakeGateways) -> list[dict[str, object]]:
    with gateways.lock:
        return [
            {name: getattr(event, name) for name in _TOLD_OF_AN_EVENT} for event in gateways.webhooks.events
        ]


def _faults(gateways: FakeGateways) -> dict[str, object]:
    with gateways.lock:
        return {
            "pending": [asdict(fault) for fault in gateways.faults.pending()],
            "hits": dict(gateways.faults.hits),
        }


def _add_faults(gateways: FakeGateways, told: object) -> None:
    """One fault, or a list of them: all or none."""
    listed = told if isinstance(told, list) else [told]
    faults = [fault_of(one) for one in listed]
    with gateways.lock:
        gateways.faults.add(*faults)


def _advance(gateways: FakeGateways, told: object) -> dict[str, object]:
    seconds = told.get("advance_s") if isinstance(told, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Refused("advance_s must be a number of seconds")
    gateways.advance(seconds)
    return {"now": gateways.clock.now().isoformat()}


def _deliver(gateways: FakeGateways, told: object) -> dict[str, object]:
    early = isinstance(told, dict) and told.get("early") is True
    return {"posted": gateways.webhooks.deliver(early=early), "pending": gateways.webhooks.pending()}


def _redeliver(gateways: FakeGateways, told: object) -> None:
    event_id = told.get("event") if isinstance(told, dict) else None
    if not isinstance(event_id, str):
        raise Refused("event must be the id of an event")
    if not gateways.webhooks.redeliver(event_id):
        raise NoSuchThing(f"there is no event {event_id}, or nobody it could be sent to")


def _control(gateways: FakeGateways, told: object, request: Request) -> object:
    if not isinstance(told, dict):
        raise Refused("the body must be a JSON object of arguments")
    return gateways.control(request.path_params["vendor"], request.path_params["control"], **told)
