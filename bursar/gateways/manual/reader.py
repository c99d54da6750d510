"""The gateway `manual`: no webhooks, no signatures; what operators entered, read as any event is."""

from bursar.gateways.manual.rulings import ATTRIBUTED, read_ruling
from bursar.gateways.manual.slips import RECEIVED, RETURNED, read_slip
from bursar.gateways.protocol import Document, Ignored, Reading

HANDLED_TYPES = frozenset({RECEIVED, RETURNED, ATTRIBUTED})


class Manual:
    """Offline money and rulings, inbound only."""

    name = "manual"

    def read(self, event_type: str, document: Document) -> Reading:
        """Turn a stored entry into facts. Raises Unreadable."""
        if event_type not in HANDLED_TYPES:
            return Ignored(reason="unhandled type")
        return read_ruling(document) if event_type == ATTRIBUTED else read_slip(event_type, document)
