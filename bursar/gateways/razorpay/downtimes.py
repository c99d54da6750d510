"""A bank, network or app through which nobody can pay for a while."""

from bursar.gateways.protocol import Document, Reading
from bursar.gateways.razorpay.entities import get_entity, get_id, get_status
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.shapes import find_time, find_word
from bursar.rules.facts import DowntimeFact
from bursar.rules.states import DowntimeStatus

_KIND = "payment.downtime"
_WORDS = {
    "scheduled": DowntimeStatus.SCHEDULED,
    "started": DowntimeStatus.STARTED,
    "updated": DowntimeStatus.STARTED,
    "resolved": DowntimeStatus.RESOLVED,
    "cancelled": DowntimeStatus.CANCELED,
}


def changed(document: Document, told: DowntimeStatus) -> Reading:
    """`payment.downtime.started|updated|resolved`. What is planned may be told long before it begins."""
    entity = get_entity(document, _KIND)
    status = get_status(entity, _KIND, _WORDS, told)
    said_at, begins_at = created_at(document), find_time(entity.get("begin"))
    if status is DowntimeStatus.STARTED and said_at and begins_at and begins_at > said_at:
        status = DowntimeStatus.SCHEDULED
    downtime = DowntimeFact(
        downtime=get_id(entity, _KIND),
        status=status,
        occurred_at=said_at,
        method=find_word(entity.get("method")),
        severity=find_word(entity.get("severity")),
        begins_at=begins_at,
        ends_at=find_time(entity.get("end")),
    )
    return (downtime,)
