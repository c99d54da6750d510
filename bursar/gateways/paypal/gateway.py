"""PayPal behind the Gateway protocol: delegates, decides nothing."""

from collections.abc import Mapping, Sequence

from bursar.gateways.paypal import envelope, facts, verify
from bursar.gateways.protocol import CertificateAway, Document, Envelope, Reading, Secret


class NoCertificates:
    """A source that knows none: enough to name and read what was verified before."""

    def find(self, url: str, now_s: int) -> verify.Certificate:  # noqa: ARG002
        """Raise CertificateAway."""
        raise CertificateAway("this process holds no certificates of PayPal")


class PayPal:
    """PayPal, inbound. A receiver gives it a source of certificates and the mode of its account."""

    name = "paypal"

    def __init__(self, certificates: verify.CertificateSource | None = None, mode: str = "test") -> None:
        self._certificates = certificates or NoCertificates()
        self._hosts = verify.HOSTS[mode]

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now_s: int) -> str:
        """Return the key_id of the webhook id this was sent to; besides what all raise, CertificateAway."""
        return verify.verify(body, headers, secrets, now_s, self._certificates, self._hosts)

    def envelope(
        self,
        document: Document,
        body: bytes,  # noqa: ARG002  the document says it all
        headers: Mapping[str, str],  # noqa: ARG002
    ) -> Envelope:
        """Name a verified event by its own id."""
        return envelope.envelope(document)

    def read(self, event_type: str, document: Document) -> Reading:
        """Turn a fetched object into facts, or an event into what it wants fetched."""
        return facts.read(event_type, document)
