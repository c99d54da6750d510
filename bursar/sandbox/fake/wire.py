"""HTTP/1.1 of the fake gateways: uvicorn's, with the connection in reach of those who must drop it."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "transport"
"""Where an application finds the connection in `scope["state"]`."""


class DroppableProtocol(HttpToolsProtocol):
    """A connection that its application can end without an answer."""

    def on_message_begin(self) -> None:
        """Begin a request and put its connection into the scope."""
        super().on_message_begin()
        self.scope["state"][TRANSPORT] = self.transport
