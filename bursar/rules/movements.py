"""What a gateway does to our balance besides payments and refunds, and the ledger legs of it.

Each movement counts once, by the gateway's id for it. It is a register: a later, different value posts the
difference, so whatever way the words arrive, the same sum stays.
"""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from bursar.rules.facts import BalanceFact, ConversionFact, DisputeFundsFact, FeeFact, SettlementFact
from bursar.rules.ledger import BANK, CONTESTED, FX, GATEWAY_FEES, INPUT_TAX, Leg, gateway_account
from bursar.rules.registers import Stamp, stamp
from bursar.rules.states import FundsDirection, SettlementStatus


class MovementKind(StrEnum):
    """What kind of movement a row is about."""

    FEE = "fee"
    CONVERSION = "conversion"
    DISPUTE_WITHDRAWN = "dispute_withdrawn"
    DISPUTE_REINSTATED = "dispute_reinstated"
    SETTLEMENT = "settlement"


class Movement(NamedTuple):
    """One movement, and all that its legs depend on."""

    id: UUID
    account: str
    kind: MovementKind
    external_id: str
    about: str
    """The gateway id of the payment, refund or dispute; of a settlement the bank's reference."""
    amount_minor: int
    currency: str
    stamp: Stamp
    tax_minor: int = 0
    """The part of a fee that is tax."""
    counter_minor: int = 0
    """What a conversion brought, in `counter_currency`."""
    counter_currency: str | None = None
    status: SettlementStatus = SettlementStatus.PAID
    """Only settlements have others."""
    dispute_id: UUID | None = None
    revision: int = 0
    """How often it was posted before with another value."""


def movement_of(fact: BalanceFact, row_id: UUID, account: str, key: str, dispute_id: UUID | None) -> Movement:
    """What a fact says, as a row. `key`: the signed identity of its event."""
    match fact:
        case FeeFact():
            kind, external_id, about = MovementKind.FEE, fact.source, fact.about
            amount_minor, currency = fact.fee_minor, fact.currency
        case ConversionFact():
            kind, external_id, about = MovementKind.CONVERSION, fact.source, fact.about
            amount_minor, currency = fact.sold_minor, fact.sold_currency
        case DisputeFundsFact():
            kind, external_id, about = _DIRECTIONS[fact.direction], fact.movement, fact.dispute
            amount_minor, currency = fact.amount_minor, fact.currency
        case _:
            kind, external_id, about = MovementKind.SETTLEMENT, fact.settlement, fact.reference or ""
            amount_minor, currency = fact.amount_minor, fact.currency
    status = fact.status if isinstance(fact, SettlementFact) else SettlementStatus.PAID
    movement = Movement(
        id=row_id,
        account=account,
        kind=kind,
        external_id=external_id,
        about=about,
        amount_minor=amount_minor,
        currency=currency,
        status=status,
        dispute_id=dispute_id,
        stamp=stamp(fact.occurred_at, status, key),
    )
    if isinstance(fact, FeeFact):
        return movement._replace(tax_minor=fact.tax_minor)
    if isinstance(fact, ConversionFact):
        return movement._replace(counter_minor=fact.bought_minor, counter_currency=fact.bought_currency)
    return movement


def legs_of(movement: Movement) -> list[Leg]:
    """The ledger legs of a movement; none for a settlement that was not (or no longer) paid."""
    amount_minor, currency = movement.amount_minor, movement.currency
    gateway = gateway_account(movement.account)
    match movement.kind:
        case MovementKind.FEE:
            return [
                Leg(GATEWAY_FEES, amount_minor - movement.tax_minor, currency),
                Leg(INPUT_TAX, movement.tax_minor, currency),
                Leg(gateway, -amount_minor, currency),
            ]
        case MovementKind.CONVERSION:
            bought = movement.counter_currency or ""
            return [
                Leg(FX, amount_minor, currency),
                Leg(gateway, -amount_minor, currency),
                Leg(gateway, movement.counter_minor, bought),
                Leg(FX, -movement.counter_minor, bought),
            ]
        case MovementKind.SETTLEMENT:
            if movement.status is not SettlementStatus.PAID:
                return []
            return [Leg(BANK, amount_minor, currency), Leg(gateway, -amount_minor, currency)]
        case MovementKind.DISPUTE_REINSTATED:
            amount_minor = -amount_minor
    return [
        Leg(CONTESTED, amount_minor, currency, dispute_id=movement.dispute_id),
        Leg(gateway, -amount_minor, currency, dispute_id=movement.dispute_id),
    ]


def difference(before: list[Leg], after: list[Leg]) -> list[Leg]:
    """The legs that lead from one value of a movement to another; none where they are equal."""
    sums: dict[Leg, int] = {}
    for sign, legs in ((-1, before), (1, after)):
        for leg in legs:
            place = leg._replace(amount_minor=0)
            sums[place] = sums.get(place, 0) + sign * leg.amount_minor
    return [place._replace(amount_minor=minor) for place, minor in sums.items() if minor]


_DIRECTIONS = {
    FundsDirection.WITHDRAWN: MovementKind.DISPUTE_WITHDRAWN,
    FundsDirection.REINSTATED: MovementKind.DISPUTE_REINSTATED,
}
