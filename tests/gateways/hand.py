"""What the contract needs of a gateway's fake."""

from abc import ABC, abstractmethod

from bursar.gateways.api.protocol import Api
from bursar.rules.calling import Operation


class Hand(ABC):
    """A test's hand on one fake gateway, and the Api in front of it."""

    api: Api
    currency = "USD"
    payment_kind: str
    """The vendor's word for the object that a payment is fetched as."""

    @abstractmethod
    def pay(self, checkout: str) -> str:
        """Let the payer pay a checkout; returns the id its money is credited under."""

    @abstractmethod
    def effects(self, operation: Operation) -> int:
        """How many things this operation has really made at the gateway."""

    @abstractmethod
    def lose_answer(self, operation: Operation) -> None:
        """The next call is acted on, and the connection drops before the answer."""

    @abstractmethod
    def lose_request(self, operation: Operation) -> None:
        """The next call is not acted on, and the connection drops."""

    @abstractmethod
    def limit_rate(self, operation: Operation) -> None:
        """The next call is answered 429."""

    @abstractmethod
    def locked_out(self) -> Api:
        """The same gateway, with credentials it does not know."""
