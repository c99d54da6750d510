"""What an operator ruled: which invoice a payment is for, whatever its gateway says; what is given up."""

from dataclasses import dataclass
from datetime import datetime

from bursar.rules.facts.claims import Claims
from bursar.rules.facts.kinds import FactKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionFact:
    """Evidence of the highest rank. Of two rulings about one payment the later one counts."""

    ruling: str
    """Its own id; breaks ties of time."""
    payment: str
    """A gateway id of the payment; the fact waits until that id is known."""
    invoice: str
    """Our id of the invoice."""
    components: tuple[tuple[str, int], ...] = ()
    """Fee component and minor units; what is not named follows the payment's policy."""
    occurred_at: datetime
    """When it was ruled."""

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.PAYMENT_ATTRIBUTED

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """Every gateway id it names: what must be locked before it is decided."""
        return (self.payment,)

    @property
    def claims(self) -> Claims:
        """What it names, to be looked up like any claim."""
        return Claims(invoice=self.invoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffFact:
    """Nobody waits any longer for what is not paid of an invoice. Told twice it is one ruling."""

    ruling: str
    """Its own id."""
    invoice: str
    """Our id of the invoice."""
    lines: tuple[tuple[int, int], ...]
    """Position, and all minor units of it that were not paid then: of several rulings the largest counts."""
    occurred_at: datetime
    """When it was ruled."""

    @property
    def kind(self) -> FactKind:
        """The wire name."""
        return FactKind.INVOICE_GIVEN_UP

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """None: it is about an invoice of ours, whose customer is locked."""
        return ()

    @property
    def claims(self) -> Claims:
        """What it names, to be looked up like any claim."""
        return Claims(invoice=self.invoice)
