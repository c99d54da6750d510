"""Loads books from the store as the real loader does: the least that a batch needs, or groups whole."""

from collections.abc import Sequence
from uuid import UUID

from bursar.rules.books import Books, Directory, GroupKey, Invoice, Told
from bursar.rules.facts import ClaimingFact
from bursar.sandbox.memory.store import World

NOTHING: frozenset[GroupKey] = frozenset()
"""No group is loaded whole."""


def load(world: World, batch: Sequence[Told], whole: frozenset[GroupKey] = NOTHING) -> Books:
    """The least books that a batch needs, and the groups in `whole` from their beginning."""
    named = {(told.account, each) for told in batch for fact in told.facts for each in fact.gateway_ids}
    aliases = {name: world.aliases[name] for name in named if name in world.aliases}
    refunds = {name: world.refunds[name] for name in named if name in world.refunds}
    disputes = {name: world.disputes[name] for name in named if name in world.disputes}
    payments = {each: world.payments[each] for each in aliases.values()}
    payments |= {each.payment_id: world.payments[each.payment_id] for each in refunds.values()}
    payments |= {each.payment_id: world.payments[each.payment_id] for each in disputes.values()}
    payments |= world.payments.having(*(group for group in whole if group[0]))
    members = {payment.id for payment in payments.values() if whole and payment.group in whole}
    refunds |= world.refunds.having(*members)
    disputes |= world.disputes.having(*members)
    directory = _directory(world, batch)
    entire = {customer_id for customer_id, _ in whole if customer_id}
    owners = {payment.attribution.customer_id for payment in payments.values()}
    customers = (owners | _customers_in(directory) | entire) - {None}
    wanted = directory.owners.keys() | {payment.attribution.invoice_id for payment in payments.values()}
    invoices = {
        invoice_id: invoice
        for invoice_id, invoice in world.invoices.having(*customers).items()
        if invoice_id in wanted or invoice.customer_id in entire or _is_open(invoice)
    }
    touched = {grant.enrollment_id for grant in world.grants.having(*invoices).values()}
    return Books(
        payments=payments,
        aliases=aliases,
        refunds=refunds,
        disputes=disputes,
        movements=world.movements.having(*named),
        objects=world.objects.having(*named),
        checkouts={name: world.checkouts[name] for name in named if name in world.checkouts},
        invoices=invoices,
        shares=world.shares(members),
        grants=list(world.grants.having(*touched).values()),
        desired={each: world.desired[each] for each in touched},
        directory=directory,
        whole_groups=whole,
        tolerance_minor=world.tolerance_minor,
        taken_groups=world.taken_groups(customers),
    )


def _is_open(invoice: Invoice) -> bool:
    """Whether something is open on it or was given up."""
    return any(line.open_minor or line.written_off_minor for line in invoice.lines)


def _directory(world: World, batch: Sequence[Told]) -> Directory:
    """Only what the claims of this batch name, and the invoices of the checkouts they name."""
    known = world.directory
    facts = [(told.account, fact) for told in batch for fact in told.facts]
    claims = [(account, fact.claims) for account, fact in facts if isinstance(fact, ClaimingFact)]
    texts = {c.invoice for _, c in claims if c.invoice}
    invoices = {text: known.invoices[text] for text in texts if text in known.invoices}
    texts = {text for _, c in claims for text in (c.customer, c.subscriber) if text}
    customers = {text: known.customers[text] for text in texts if text in known.customers}
    slugs = {c.track for _, c in claims if c.track}
    tracks = {
        name: known.track_invoices[name]
        for name in ((customer_id, slug) for customer_id in customers.values() for slug in slugs)
        if name in known.track_invoices
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
