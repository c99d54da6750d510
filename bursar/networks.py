"""Addresses and networks as operators write them, and as proxies report them. No sockets, no settings."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Networks = tuple[Network, ...]


def parse_networks(text: str) -> Networks:
    """`10.0.0.0/8,fd00::/8,192.0.2.7` as networks. Raises ValueError naming the part and the cure."""
    return tuple(_network(part.strip()) for part in text.split(",")) if text.strip() else ()


def parse_networks_by_name(text: str) -> Mapping[str, Networks]:
    """`stripe=192.0.2.7,192.0.2.8 razorpay=198.51.100.0/24` by name. Raises ValueError."""
    found: dict[str, Networks] = {}
    for group in text.split():
        name, equals, networks = group.partition("=")
        if not (name and equals and networks):
            raise ValueError(
                f"{group!r} is not name=network,network; write for example "
                "stripe=192.0.2.7,192.0.2.8 razorpay=198.51.100.0/24 (a space only between gateways)"
            )
        if name in found:
            raise ValueError(f"{name} is named twice; put all its networks into one list")
        found[name] = parse_networks(networks)
    return found


def find_address(text: str) -> Address | None:
    """The address that a proxy wrote, with or without a port; None when it wrote something else."""
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.7:443
        text = text.partition(":")[0]
    try:
        return plain(ip_address(text))
    except ValueError:
        return None


def plain(address: Address) -> Address:
    """`::ffff:192.0.2.7`, as a socket for both families reports it, is 192.0.2.7."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether one of the networks holds the address."""
    return any(address in network for network in networks)


def _network(text: str) -> Network:
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(_cure(text)) from None
    if network.prefixlen == 0:
        raise ValueError(f"{text} is every address there is; name the networks that you mean")
    return network


def _cure(text: str) -> str:
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        return f"{text!r} is no network; write an address (192.0.2.7) or a network (192.0.2.0/24)"
    return f"{text} has bits set behind its prefix; write {meant} for the network, or the address alone"
