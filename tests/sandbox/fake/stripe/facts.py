"""What Bursar's own readers make of everything the fake has announced."""

from typing import Any

from bursar.gateways import strictjson
from bursar.gateways.protocol import Ignored
from bursar.gateways.registry import GATEWAYS
from tests.sandbox.fake.conftest import Stage


def facts_of(stage: Stage, kind: type[Any]) -> list[Any]:
    """Every fact of one kind, in the order of the events. Raises Unreadable for an event that is not one."""
    found = []
    for event in stage.gateways.webhooks.events:
        reading = GATEWAYS["stripe"].read(event.type, strictjson.loads(event.body))
        if not isinstance(reading, Ignored):
            found += [fact for fact in reading if isinstance(fact, kind)]
    return found
