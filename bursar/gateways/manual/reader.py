"""The gateway `manual`: no webhooks, no signatures; what operators entered, read as any event is."""

from bursar.gateways.manual.rulings import ATTRIBUTED, GIVEN_UP, read_ruling, read_write_off
from bursar.gateways.manual.slips import RECEIVED, RETURNED, read_slip
from bursar.gateways.protocol import Document, Ignored, Reading

_RULINGS = {ATTRIBUTED: read_ruling, GIVEN_UP: read_write_off}
HANDLED_TYPES = frozenset({RECEIVED, RETURNED, *_RULINGS})


class Manual:
    """Offline money and rulings, inbound only."""

    name = "manual"

    def read(self, event_type: str, document: Document) -> Reading:
        """Turn a stored entry into facts. Raises Unreadable."""
        if event_type not in HANDLED_TYPES:
            return Ignored(reason="unhandled type")
        ruled = _RULINGS.get(event_type)
        return ruled(document) if ruled else read_slip(event_type, document)
