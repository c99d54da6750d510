"""Loads books from the store as the real loader does: the least that a batch needs, or groups whole."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from bursar.rules.books import Books, Directory, External, GroupKey, Refund, Told
from bursar.rules.facts import PaymentFact, RefundFact
from tests.rules.store import World


def load(
    world: World, batch: Sequence[Told], whole: frozenset[GroupKey], also: Iterable[GroupKey] = ()
) -> Books:
    """The least books that a batch needs, and the groups in `whole` from their beginning.

    `also`: groups whose lots of credit are wanted without their past.
    """
    named = [(told.account, each) for told in batch for fact in told.facts for each in fact.gateway_ids]
    aliases = {name: world.aliases[name] for name in named if name in world.aliases}
    refunds = _refunds_named(world, batch)
    payments = {each: world.payments[each] for each in aliases.values()}
    payments |= {refund.payment_id: world.payments[refund.payment_id] for refund in refunds.values()}
    payments |= {
        p.id: p
        for p in world.payments.values()
        if p.applied_seq and p.attribution.customer_id and p.group in {*whole, *also}
    }
    if any(isinstance(fact, RefundFact) for told in batch for fact in told.facts):
        owners = {p.attribution.customer_id for p in payments.values()} - {None}
        payments |= {
            p.id: p
            for p in world.payments.values()
            if p.credit_minor and p.attribution.customer_id in owners and p.id not in payments
        }
    members = {payment.id for payment in payments.values() if payment.group in whole}
    refunds |= {k: r for k, r in world.refunds.items() if r.payment_id in members and r.applied_seq}
    shares = world.shares(members | _refunded(world, batch))
    directory = _directory(world, batch, aliases)
    customers = {p.attribution.customer_id for p in payments.values()} | _customers_in(directory)
    wanted = directory.owners.keys() | {p.attribution.invoice_id for p in payments.values()}
    holding = {line_id for held in shares.values() for line_id in held}
    groups = {customer_id for customer_id, _ in (*whole, *also)}
    invoices = {
        invoice.id: invoice
        for invoice in world.invoices.values()
        if invoice.customer_id in customers | groups
        and (
            any(line.open_minor or line.id in holding for line in invoice.lines)
            or invoice.id in wanted
            or invoice.customer_id in {customer_id for customer_id, _ in whole}
        )
    }
    touched = {grant.enrollment_id for grant in world.grants.values() if grant.invoice_id in invoices}
    return Books(
        payments=payments,
        aliases=aliases,
        refunds=refunds,
        checkouts={name: world.checkouts[name] for name in named if name in world.checkouts},
        invoices=invoices,
        shares=shares,
        grants=[grant for grant in world.grants.values() if grant.enrollment_id in touched],
        desired={each: world.desired[each] for each in touched},
        directory=directory,
        whole_groups=whole,
    )


def _refunds_named(world: World, batch: Sequence[Told]) -> dict[External, Refund]:
    facts = [(told.account, fact) for told in batch for fact in told.facts]
    keys = [(account, fact.refund) for account, fact in facts if isinstance(fact, RefundFact)]
    return {key: world.refunds[key] for key in keys if key in world.refunds}


def _refunded(world: World, batch: Sequence[Told]) -> set[UUID]:
    facts = [(told.account, fact) for told in batch for fact in told.facts]
    names = [(account, fact.payment) for account, fact in facts if isinstance(fact, RefundFact)]
    return {world.aliases[name] for name in names if name in world.aliases}


def _directory(world: World, batch: Sequence[Told], aliases: dict[External, UUID]) -> Directory:
    """Only what the claims of this batch name, and the invoices of the checkouts they name."""
    known = world.directory
    facts = [(told.account, fact) for told in batch for fact in told.facts]
    claims = [(account, fact.claims) for account, fact in facts if isinstance(fact, PaymentFact)]
    invoices = {c.invoice: known.invoices[c.invoice] for _, c in claims if c.invoice in known.invoices}
    customers = {c.customer: known.customers[c.customer] for _, c in claims if c.customer in known.customers}
    tracks = {
        (customer_id, slug): invoice_id
        for (customer_id, slug), invoice_id in known.track_invoices.items()
        if customer_id in customers.values() and slug in {c.track for _, c in claims}
    }
    names = [(account, each) for account, fact in facts for each in fact.gateway_ids]
    paid_for = {world.checkouts[name].invoice_id for name in names if name in world.checkouts}
    at_gateway = [(account, c.gateway_customer) for account, c in claims]
    return Directory(
        invoices=invoices,
        owners={each: known.owners[each] for each in {*invoices.values(), *tracks.values(), *paid_for}},
        customers=customers,
        gateway_customers={
            name: known.gateway_customers[name] for name in at_gateway if name in known.gateway_customers
        },
        track_invoices=tracks,
    )


def _customers_in(directory: Directory) -> set[UUID]:
    return {
        *directory.owners.values(),
        *directory.customers.values(),
        *directory.gateway_customers.values(),
    }
