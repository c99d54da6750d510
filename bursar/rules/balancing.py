"""How movements of a gateway's balance and snapshots of its objects change the books."""

from bursar.ids import new_id
from bursar.rules.breaks import BreakKind
from bursar.rules.desk import Desk
from bursar.rules.facts import BalanceFact, DisputeFundsFact, ObjectFact
from bursar.rules.ledger import CauseType, EntryKind, entry
from bursar.rules.movements import Movement, MovementKind, difference, legs_of, movement_of
from bursar.rules.registers import OBJECT_KINDS, GatewayObject, stamp
from bursar.rules.states import SettlementStatus

_VALUES = frozenset({MovementKind.FEE, MovementKind.CONVERSION})
"""A gateway should not change its mind about these."""


def move_balance(desk: Desk, account: str, fact: BalanceFact, key: str) -> None:
    """Post a movement, or the difference to what was known of it. `key`: of its event."""
    dispute_id = None
    if isinstance(fact, DisputeFundsFact):
        dispute = desk.dispute((account, fact.dispute))
        dispute_id = dispute.id if dispute else None
    told = movement_of(fact, new_id(), account, key, dispute_id)
    name_of = (account, told.kind, told.external_id)
    known = desk.changes.movements.get(name_of) or desk.books.movements.get(name_of)
    if known and told.stamp <= known.stamp:
        return
    if known:
        told = told._replace(
            id=known.id, dispute_id=known.dispute_id or told.dispute_id, revision=known.revision
        )
    legs = difference(legs_of(known) if known else [], legs_of(told))
    if legs:
        cause = (CauseType.ACTION, new_id()) if told.revision else (CauseType.MOVEMENT, told.id)
        desk.changes.entries.append(entry(*cause, EntryKind.BALANCE_MOVED, legs))
        if told.revision and told.kind in _VALUES:
            detail = (
                f"the {told.kind} of {told.about} was booked with another value; the difference is posted"
            )
            desk.open_break(BreakKind.FEE_CHANGED, f"movement:{told.id}", detail)
        told = told._replace(revision=told.revision + 1)
    desk.changes.movements[name_of] = told
    _note_settlement(desk, told)


def register(desk: Desk, account: str, fact: ObjectFact, key: str) -> bool:
    """Keep the latest word about an object; False when a later one is known. `key`: of its event."""
    kind, external_id = OBJECT_KINDS[type(fact)], fact.gateway_ids[0]
    name = (account, kind, external_id)
    said = stamp(fact.occurred_at, fact.status, key)
    known = desk.changes.objects.get(name) or desk.books.objects.get(name)
    if known and said <= known.stamp:
        if fact.status != known.status:
            desk.audit(f"{kind}.stale", kind, known.id, state=known.status, told=fact.status)
        return False
    row_id = known.id if known else new_id()
    if known is None or known.status != fact.status:
        desk.audit(f"{kind}.{fact.status}", kind, row_id)
    desk.changes.objects[name] = GatewayObject(
        id=row_id,
        account=account,
        kind=kind,
        external_id=external_id,
        status=fact.status,
        stamp=said,
        fact=fact,
    )
    return True


def _note_settlement(desk: Desk, movement: Movement) -> None:
    if movement.kind is not MovementKind.SETTLEMENT:
        return
    desk.audit(f"settlement.{movement.status}", "settlement", movement.id)
    subject = f"settlement:{movement.id}"
    if movement.status is SettlementStatus.FAILED:
        detail = f"{movement.amount_minor} {movement.currency} minor units came back from the bank"
        desk.open_break(BreakKind.SETTLEMENT_FAILED, subject, detail)
    else:
        desk.heal(BreakKind.SETTLEMENT_FAILED, subject)
