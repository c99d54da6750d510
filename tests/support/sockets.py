"""No test talks to the network, nor to a server on this machine that it did not start."""

import socket
from typing import Any

STANDARD_PORTS = {5432, 6379, 5672}
"""Somebody's PostgreSQL, Redis and RabbitMQ."""
_LOOPBACK = {"127.0.0.1", "::1", "localhost", "0.0.0.0"}


def block(patch: Any, *, allowed_ports: frozenset[int] = frozenset()) -> None:
    """Refuse every connection except to the loopback interface."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        _refuse(self, address, allowed_ports)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _refuse(self, address, allowed_ports)
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in {None, "", *_LOOPBACK} and allowed_ports == frozenset():
            raise ConnectionRefusedError(f"tests do not look up {name}: no network here")
        return resolve(host, *args, **kwargs)

    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket.socket, "connect_ex", guarded_ex)
    patch.setattr(socket, "getaddrinfo", guarded_resolve)


def _refuse(sock: socket.socket, address: Any, allowed_ports: frozenset[int]) -> None:
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    host, port = address[0], address[1]
    if port in allowed_ports:
        return
    if host not in _LOOPBACK:
        raise ConnectionRefusedError(f"tests do not connect to {host}: no network here")
    if port in STANDARD_PORTS:
        raise ConnectionRefusedError(f"tests do not touch port {port}: that server is not theirs")
