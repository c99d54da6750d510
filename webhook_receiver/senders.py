"""Who really sent a request, and whether that address may. A header is believed only from a trusted proxy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Scope

from bursar.errors import Misconfigured
from bursar.gateways.registry import GATEWAYS
from bursar.networks import Address, Networks, find_address, is_within
from bursar.settings import Settings
from webhook_receiver.refusals import Reason, Refusal

_FORWARDED_FOR = b"x-forwarded-for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """What the operator said about addresses."""

    proxies: Networks = ()
    allowed: Mapping[str, Networks] = field(default_factory=dict)
    """By gateway; one that is not named takes deliveries from anywhere."""

    def address(self, scope: Scope) -> Address | None:
        """The nearest address that is no proxy of ours; None when a proxy of ours names none.

        Each proxy appends whom it heard from, so only the right end of X-Forwarded-For can be believed:
        what stands further left may be the sender's own invention.
        """
        address = _peer(scope)
        if not self.proxies:
            return address
        heard = b",".join(value for name, value in scope["headers"] if name == _FORWARDED_FOR)
        hops = heard.decode("latin-1").split(",") if heard else []
        while address is not None and hops and is_within(address, self.proxies):
            address = find_address(hops.pop())
        return address

    def name(self, scope: Scope) -> str | None:
        """The address for a log line; the proxy's own when it names none."""
        address = self.address(scope) or _peer(scope)
        return None if address is None else str(address)

    def admit(self, gateway: str, scope: Scope) -> None:
        """Raise Refusal when this gateway's deliveries may not come from there."""
        networks = self.allowed.get(gateway)
        if networks is None:
            return
        address = self.address(scope)
        if address is None or not is_within(address, networks):
            raise Refusal(
                Reason.ADDRESS,
                f"{gateway} does not deliver from this address (operator: see BURSAR_WEBHOOK_ALLOW, "
                "and BURSAR_TRUSTED_PROXIES when a proxy stands in front)",
            )


def configured_senders(settings: Settings) -> Senders:
    """The senders of these settings. Raises Misconfigured when a gateway is named that does not exist."""
    allowed = settings.allowed_networks()
    if unknown := sorted(allowed.keys() - GATEWAYS.keys()):
        raise Misconfigured(
            f"BURSAR_WEBHOOK_ALLOW names {', '.join(unknown)}; there are {', '.join(GATEWAYS)}"
        )
    return Senders(proxies=settings.proxy_networks(), allowed=allowed)


def _peer(scope: Scope) -> Address | None:
    client: tuple[str, int] | None = scope.get("client")
    return find_address(client[0]) if client else None
