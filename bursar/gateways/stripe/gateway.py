"""Stripe behind the Gateway protocol: delegates, decides nothing."""

from collections.abc import Mapping, Sequence

from bursar.gateways.protocol import Document, Envelope, Reading, Secret
from bursar.gateways.stripe import envelope, facts, verify


class Stripe:
    """Stripe, inbound."""

    name = "stripe"

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now_s: int) -> str:
        """Return the key_id of the secret that signed this body, within the time window."""
        return verify.verify(body, headers, secrets, now_s)

    def envelope(
        self,
        document: Document,
        body: bytes,  # noqa: ARG002  the signed document says it all
        headers: Mapping[str, str],  # noqa: ARG002
    ) -> Envelope:
        """Name a verified event by its own id."""
        return envelope.envelope(document)

    def read(self, event_type: str, document: Document) -> Reading:
        """Turn a stored event into facts."""
        return facts.read(event_type, document)
