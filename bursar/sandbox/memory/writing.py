"""Writes changes to the store as the real writer does: natural keys hold, only its columns are updated."""

from collections.abc import Iterable
from typing import Any

from bursar.errors import Broken, invariant
from bursar.rules.books import Invoice, Told
from bursar.rules.changes import Changes, waiting_key
from bursar.sandbox.memory.store import World


def write(world: World, changes: Changes) -> list[Told]:
    """Write a decision; returns the events that its new aliases release."""
    _write_payments(world, changes)
    _write_refunds(world, changes)
    for each in changes.entries:
        _insert(world.entries, (each.cause_type, each.cause_id, each.kind), each)
    for invoice in changes.invoices.values():
        world.invoices[invoice.id] = _with_sums(world.invoices[invoice.id], invoice)
    _write_rights(world, changes)
    _write_notes(world, changes)
    return _close(world, changes)


def _write_payments(world: World, changes: Changes) -> None:
    for payment in changes.new_payments.values():
        known = world.aliases.get((payment.account, payment.gateway_id))
        invariant(known is None, "a payment is inserted once")
        _insert(world.payments, payment.id, payment)
    for payment in changes.payments.values():
        was = world.payments[payment.id]
        world.payments[payment.id] = payment._replace(account=was.account, gateway_id=was.gateway_id)
    for name, payment_id in changes.aliases.items():
        invariant(payment_id in world.payments, "an alias names a payment that exists")
        _insert(world.aliases, name, payment_id)
    for name, attempt in changes.attempts.items():
        succeeded, code = world.attempts.get(name, (False, None))
        world.attempts[name] = (
            succeeded or attempt.succeeded,
            max(code or "", attempt.decline_code or "") or None,
        )


def _write_refunds(world: World, changes: Changes) -> None:
    for name, refund in changes.refunds.items():
        was = world.refunds.get(name, refund)
        world.refunds[name] = was._replace(
            status=refund.status,
            effect=refund.effect,
            reason=refund.reason,
            applied_seq=refund.applied_seq,
            occurred_at=refund.occurred_at,
        )
    world.disputes.put(changes.disputes)
    world.movements.put(changes.movements)
    world.objects.put(changes.objects)
    for checkout_id, status in changes.checkouts.items():
        [(name, checkout)] = world.checkouts.having(checkout_id).items()
        world.checkouts[name] = checkout._replace(status=status)


def _with_sums(was: Invoice, now: Invoice) -> Invoice:
    """The invoice with the columns that the writer updates."""
    sums = {line.id: line for line in now.lines}
    lines = (
        line._replace(
            allocated_minor=sums[line.id].allocated_minor,
            refunded_minor=sums[line.id].refunded_minor,
            credited_minor=sums[line.id].credited_minor,
            written_off_minor=sums[line.id].written_off_minor,
            given_up_minor=sums[line.id].given_up_minor,
            tolerated_minor=sums[line.id].tolerated_minor,
        )
        for line in was.lines
    )
    return was._replace(lines=tuple(lines), contested=now.contested, tolerance_minor=now.tolerance_minor)


def _write_rights(world: World, changes: Changes) -> None:
    for grant_id, state in changes.grants.items():
        world.grants[grant_id] = world.grants[grant_id]._replace(state=state)
    for enrollment_id, state in changes.enrollments.items():
        invariant(world.desired[enrollment_id] != state, "an enrollment is written when it changes")
        world.desired[enrollment_id] = state


def _write_notes(world: World, changes: Changes) -> None:
    world.documents |= {(note.kind, note.subject_id) for note in changes.documents}
    world.waits |= {note.subject_id for note in changes.documents if note.wait}
    world.mails |= {(note.kind, note.subject_id) for note in changes.mails}
    world.breaks |= {(note.kind, note.subject) for note in changes.breaks}
    world.breaks -= set(changes.healed)
    world.audits += [note.action for note in changes.audits]


def _close(world: World, changes: Changes) -> list[Told]:
    for each in changes.applied:
        if each.event_id in world.waiting:
            del world.waiting[each.event_id]
    if changes.waiting:
        done = {each.event_id for each in changes.applied}
        invariant(done.isdisjoint(changes.waiting), "an event waits or is done")
    world.waiting.put(changes.waiting)
    known = {waiting_key(*name) for name in changes.aliases}
    return _release(world, known)


def _release(world: World, known: Iterable[str]) -> list[Told]:
    freed = list(world.waiting.having(*known))
    for event_id in freed:
        del world.waiting[event_id]
    return [world.events[event_id] for event_id in freed]


def _insert(table: dict[Any, Any], key: Any, row: Any) -> None:
    if key in table:
        raise Broken(f"a natural key is inserted twice: {key}")
    table[key] = row
