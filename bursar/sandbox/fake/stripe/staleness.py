"""Reads that lag behind: an object as it was before its last event, though the event has been delivered."""

import orjson

from bursar.errors import Refused
from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.vendor import NoSuchThing

READS_MAX = 100


def lag(account: Account, object_id: str, reads: int) -> Thing:
    """Let the next reads of one object show what it was; returns that. Raises NoSuchThing, Refused."""
    if not 1 <= reads <= READS_MAX:
        raise Refused(f"reads must be between 1 and {READS_MAX}")
    told = [orjson.loads(event.body)["data"]["object"] for event in account.events()]
    versions: list[Thing] = [thing for thing in told if thing["id"] == object_id]
    if not versions:
        raise NoSuchThing(f"no event has told of {object_id}")
    older = [thing for thing in versions if thing != versions[-1]]
    if not older:
        raise Refused(f"{object_id} has only ever been as it is now")
    account.behind[_slot(object_id)] = [older[-1]] * reads
    return older[-1]


def read(account: Account, thing: Thing) -> Thing:
    """What a read of this object shows."""
    waiting: list[Thing] = account.behind.get(_slot(str(thing.get("id"))), [])
    return waiting.pop() if waiting else thing


def _slot(object_id: str) -> str:
    return f"{object_id}.stale"
