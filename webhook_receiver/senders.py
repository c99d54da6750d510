"""Who really sent a request, and whether that address may. A header is believed only from a trusted proxy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.types import Scope

from bursar.errors import Misconfigured
from bursar.gateways.registry import GATEWAYS
from bursar.networks import Address, Networks, find_address, is_within
from bursar.settings import Settings
from webhook_receiver.refusals import Reason, Refusal

FORWARDED_FOR = "x-forwarded-for"


class Origin(NamedTuple):
    """What is known of where a request came from."""

    peer: str | None
    """The address at the other end of the socket."""
    forwarded_for: str = ""
    """X-Forwarded-For; one list, in however many headers it came."""


def origin_of(scope: Scope) -> Origin:
    """Of a request that reached the application."""
    client: tuple[str, int] | None = scope.get("client")
    name = FORWARDED_FOR.encode()
    heard = b",".join(value for each, value in scope["headers"] if each == name)
    return Origin(client[0] if client else None, heard.decode("latin-1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """What the operator said about addresses."""

    proxies: Networks = ()
    allowed: Mapping[str, Networks] = field(default_factory=dict)
    """By gateway; one that is not named takes deliveries from anywhere."""

    def address(self, origin: Origin) -> Address | None:
        """The nearest address that is no proxy of ours; None when a proxy of ours names none.

        Each proxy appends whom it heard from, so only the right end of X-Forwarded-For can be believed:
        what stands further left may be the sender's own invention.
        """
        address = _peer(origin)
        if not self.proxies:
            return address
        hops = origin.forwarded_for.split(",") if origin.forwarded_for else []
        while address is not None and hops and is_within(address, self.proxies):
            address = find_address(hops.pop())
        return address

    def name(self, origin: Origin) -> str | None:
        """The address for a log line; the proxy's own when it names none."""
        address = self.address(origin) or _peer(origin)
        return None if address is None else str(address)

    def admit(self, gateway: str, origin: Origin) -> None:
        """Raise Refusal when this gateway's deliveries may not come from there."""
        networks = self.allowed.get(gateway)
        if networks is None:
            return
        address = self.address(origin)
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


def _peer(origin: Origin) -> Address | None:
    return None if origin.peer is None else find_address(origin.peer)
