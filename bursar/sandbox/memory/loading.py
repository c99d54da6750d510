"""Loads books from the store as the real loader does: the least that a batch needs, or groups whole."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from bursar.rules.books import Books, Directory, GroupKey, Invoice, Payment, Told
from bursar.rules.facts import PaymentFact
from bursar.sandbox.memory.store import World


def load(world: World, batch: Sequence[Told], whole: frozenset[GroupKey]) -> Books:
    """The least books that a batch needs, and the groups in `whole` from their beginning."""
    named = [(told.account, each) for told in batch for fact in told.facts for each in fact.gateway_ids]
    aliases = {name: world.aliases[name] for name in named if name in world.aliases}
    refunds = {name: world.refunds[name] for name in named if name in world.refunds}
    disputes = {name: world.disputes[name] for name in named if name in world.disputes}
    payments = {each: world.payments[each] for each in aliases.values()}
    payments |= {each.payment_id: world.payments[each.payment_id] for each in refunds.values()}
    payments |= {each.payment_id: world.payments[each.payment_id] for each in disputes.values()}
    payments |= {p.id: p for p in world.payments.values() if p.attribution.customer_id and p.group in whole}
    members = {payment.id for payment in payments.values() if payment.group in whole}
    refunds |= {name: each for name, each in world.refunds.items() if each.payment_id in members}
    disputes |= {name: each for name, each in world.disputes.items() if each.payment_id in members}
    directory = _directory(world, batch)
    invoices = _invoices(world, payments.values(), directory, whole)
    touched = {grant.enrollment_id for grant in world.grants.values() if grant.invoice_id in invoices}
    names = set(named)
    return Books(
        payments=payments,
        aliases=aliases,
        refunds=refunds,
        disputes=disputes,
        movements={key: each for key, each in world.movements.items() if (key[0], key[2]) in names},
        objects={key: each for key, each in world.objects.items() if (key[0], key[2]) in names},
        checkouts={name: world.checkouts[name] for name in named if name in world.checkouts},
        invoices=invoices,
        shares=world.shares(members),
        grants=[grant for grant in world.grants.values() if grant.enrollment_id in touched],
        desired={each: world.desired[each] for each in touched},
        directory=directory,
        whole_groups=whole,
        taken_groups=frozenset(
            p.group for p in world.payments.values() if p.group[0] and (p.refunded_minor or p.lost_minor)
        ),
    )


def _invoices(
    world: World, payments: Iterable[Payment], directory: Directory, whole: frozenset[GroupKey]
) -> dict[UUID, Invoice]:
    """Those with something open, given up or named; all of whole customers."""
    payments = list(payments)
    entire = {customer_id for customer_id, _ in whole if customer_id}
    customers = {p.attribution.customer_id for p in payments} | _customers_in(directory) | entire
    wanted = directory.owners.keys() | {p.attribution.invoice_id for p in payments}
    return {
        invoice.id: invoice
        for invoice in world.invoices.values()
        if invoice.customer_id in customers
        and (
            any(line.open_minor or line.written_off_minor for line in invoice.lines)
            or invoice.id in wanted
            or invoice.customer_id in entire
        )
    }


def _directory(world: World, batch: Sequence[Told]) -> Directory:
    """Only what the claims of this batch name, and the invoices of the checkouts they name."""
    known = world.directory
    facts = [(told.account, fact) for told in batch for fact in told.facts]
    claims = [(account, fact.claims) for account, fact in facts if isinstance(fact, PaymentFact)]
    texts = {c.invoice for _, c in claims if c.invoice}
    invoices = {text: known.invoices[text] for text in texts if text in known.invoices}
    texts = {text for _, c in claims for text in (c.customer, c.subscriber) if text}
    customers = {text: known.customers[text] for text in texts if text in known.customers}
    tracks = {
        (customer_id, slug): invoice_id
        for (customer_id, slug), invoice_id in known.track_invoices.items()
        if customer_id in customers.values() and slug in {c.track for _, c in claims}
    }
    names = [(account, each) for account, fact in facts for each in fact.gateway_ids]
    paid_for = {world.checkouts[name].invoice_id for name in names if name in world.checkouts}
    at_gateway = [(account, c.gateway_customer) for account, c in claims if c.gateway_customer]
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
