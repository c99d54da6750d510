"""What is said again of money that is already booked: nothing to place, so nothing of its owner is looked at.

A gateway tells of one payment four times and more. Once it has succeeded and is known to be for an invoice,
most of what follows cannot change a thing: states and evidence only rise.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from bursar.rules.allocation import Components
from bursar.rules.books import External, Told
from bursar.rules.desk import Desk
from bursar.rules.evidence import Attribution, Evidence
from bursar.rules.facts import CheckoutFact, Claims, Fact, PaymentFact, payment_named
from bursar.rules.joining import note_attempt, note_stale
from bursar.rules.states import PaymentStatus


class Known(NamedTuple):
    """What is booked of a payment, as far as a repetition is measured by it."""

    payment_id: UUID
    status: PaymentStatus
    amount_minor: int
    currency: str
    attribution: Attribution
    components: Components
    customer_ref: str | None
    """What its owner's host calls the owner."""


KnownByName = Mapping[External, Known]


class Repeats(NamedTuple):
    """Events that can change nothing but the record of what was said, and the payments they speak of."""

    events: Sequence[Told]
    known: KnownByName


NO_REPEATS = Repeats((), {})


def find_repeats(batch: Iterable[Told], known: KnownByName, checkouts: Container[External]) -> Repeats:
    """The events of a batch that say nothing new. `checkouts`: the sessions, orders and links of ours."""
    return Repeats([told for told in batch if _is_repeat(told, known, checkouts)], known)


def note_repeats(desk: Desk, repeats: Repeats) -> None:
    """Keep what was said: which payment it was of, what was stale, and when an attempt was made."""
    for told in repeats.events:
        for n, fact in enumerate(told.facts):
            payment = repeats.known.get((told.account, payment_named(fact) or ""))
            if payment is None:
                continue
            desk.changes.spoken_of[told.event_id, n] = payment.payment_id
            if isinstance(fact, PaymentFact):
                note_stale(desk, payment.payment_id, payment.status, fact)
                note_attempt(desk, told.account, payment.payment_id, fact)


def _is_repeat(told: Told, known: KnownByName, checkouts: Container[External]) -> bool:
    return bool(told.facts) and all(
        _says_nothing_new(told.account, fact, known, checkouts) for fact in told.facts
    )


def _says_nothing_new(account: str, fact: Fact, known: KnownByName, checkouts: Container[External]) -> bool:
    if isinstance(fact, CheckoutFact):
        return (account, fact.checkout) not in checkouts
    if not isinstance(fact, PaymentFact):
        return False
    payment = known.get((account, fact.payment))
    return (
        payment is not None
        and all(known.get((account, alias)) == payment for alias in fact.aliases)
        and payment.status is PaymentStatus.SUCCEEDED
        and (
            fact.status is not PaymentStatus.SUCCEEDED
            or (fact.amount_minor, fact.currency) == (payment.amount_minor, payment.currency)
        )
        and not any((account, checkout) in checkouts for checkout in fact.claims.checkouts)
        and fact.claims.components <= payment.components
        and _names_nobody_else(fact.claims, payment)
    )


def _names_nobody_else(claims: Claims, payment: Known) -> bool:
    """Whether these claims can neither improve the attribution nor contradict it."""
    rank, claim, _, invoice_id = payment.attribution
    if invoice_id is None:
        return False
    if rank is Evidence.METADATA_INVOICE:
        return claims.invoice == claim and claims.customer in {None, payment.customer_ref}
    return rank > Evidence.METADATA_INVOICE and not (claims.invoice and claims.customer)
