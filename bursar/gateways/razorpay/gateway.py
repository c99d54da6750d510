"""Razorpay behind the Gateway protocol: delegates, decides nothing."""

from collections.abc import Mapping, Sequence

from bursar.gateways.protocol import Document, Envelope, Reading, Secret
from bursar.gateways.razorpay import envelope, facts, verify


class Razorpay:
    """Razorpay, inbound."""

    name = "razorpay"

    def verify(
        self,
        body: bytes,
        headers: Mapping[str, str],
        secrets: Sequence[Secret],
        now_s: int,  # noqa: ARG002  Razorpay signs no time
    ) -> str:
        """Return the key_id of the secret that signed this body, whenever that was."""
        return verify.verify(body, headers, secrets)

    def envelope(self, document: Document, body: bytes, headers: Mapping[str, str]) -> Envelope:
        """Name a verified event by the hash of its body."""
        return envelope.envelope(document, body, headers)

    def read(self, event_type: str, document: Document) -> Reading:
        """Turn a stored event into facts."""
        return facts.read(event_type, document)
