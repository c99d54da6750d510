"""What a payment came through: an order, a payment link, an invoice of Razorpay's own."""

from bursar.gateways.protocol import Document, Reading, Unreadable
from bursar.gateways.razorpay.claims import CALL, Context
from bursar.gateways.razorpay.entities import (
    NO_MONEY,
    Entity,
    find_currency,
    find_entity,
    find_sum,
    get_entity,
    get_id,
    get_status,
)
from bursar.gateways.razorpay.envelope import created_at
from bursar.gateways.razorpay.payments import PAID, payment_beside, payment_facts
from bursar.gateways.shapes import find_claim, find_identifier, find_object, find_time
from bursar.rules.facts import CheckoutFact, Fact, GatewayInvoiceFact
from bursar.rules.states import CheckoutStatus, GatewayInvoiceStatus

_ORDER_WORDS = frozenset({"created", "attempted", "paid"})
_LINK_WORDS = {
    "created": CheckoutStatus.OPEN,
    "partially_paid": CheckoutStatus.OPEN,
    "paid": CheckoutStatus.COMPLETED,
    "expired": CheckoutStatus.EXPIRED,
    "cancelled": CheckoutStatus.EXPIRED,
}
_INVOICE_WORDS = {
    "draft": GatewayInvoiceStatus.DRAFT,
    "issued": GatewayInvoiceStatus.OPEN,
    "partially_paid": GatewayInvoiceStatus.PARTIALLY_PAID,
    "paid": GatewayInvoiceStatus.PAID,
    "expired": GatewayInvoiceStatus.EXPIRED,
    "cancelled": GatewayInvoiceStatus.VOID,
    "deleted": GatewayInvoiceStatus.VOID,
}


def order_paid(document: Document) -> Reading:
    """`order.paid`: the same money as its payment, and a completed checkout when nothing is due any more."""
    order = get_entity(document, "order")
    order_id = get_id(order, "order")
    word = order.get("status")
    if not isinstance(word, str) or word not in _ORDER_WORDS:
        raise Unreadable("payload.order.entity.status is not an order status")
    facts = payment_facts(document, PAID, Context(carriers=(order,), order=order_id))
    if word == "paid":
        done = CheckoutFact(
            status=CheckoutStatus.COMPLETED,
            checkout=order_id,
            payment=get_id(get_entity(document, "payment"), "payment"),
            occurred_at=created_at(document) or find_time(order.get("created_at")),
        )
        return (*facts, done)
    return facts or NO_MONEY


def link_paid(document: Document, told: CheckoutStatus) -> Reading:
    """`payment_link.paid|partially_paid`: money; the link is completed only when nothing is due any more."""
    link = get_entity(document, "payment_link")
    facts = payment_facts(document, PAID, _link_context(document, link))
    return (*facts, *_link_checkout(document, link, told)) or NO_MONEY


def link_closed(document: Document) -> Reading:
    """`payment_link.cancelled|expired`: nobody can pay through it any more."""
    link = get_entity(document, "payment_link")
    facts = payment_beside(document, _link_context(document, link))
    return (*facts, *_link_checkout(document, link, CheckoutStatus.EXPIRED)) or NO_MONEY


def invoice_paid(document: Document, told: GatewayInvoiceStatus) -> Reading:
    """`invoice.paid|partially_paid`: money, and where the invoice stands."""
    invoice = get_entity(document, "invoice")
    facts = payment_facts(document, PAID, _invoice_context(document, invoice))
    return (*facts, _invoice_fact(document, invoice, told))


def invoice_expired(document: Document) -> Reading:
    """`invoice.expired`: nobody paid in time."""
    invoice = get_entity(document, "invoice")
    facts = payment_beside(document, _invoice_context(document, invoice))
    return (*facts, _invoice_fact(document, invoice, GatewayInvoiceStatus.EXPIRED))


def _link_context(document: Document, link: Entity) -> Context:
    """The order beside a link has an id without its prefix, so only the link's word for it counts."""
    return Context(
        carriers=(link, find_entity(document, "order")),
        order=find_identifier(link.get("order_id")),
        link=find_identifier(link.get("id")),
        reference=None if _is_ours(link) else find_claim(link.get("reference_id")),
    )


def _is_ours(link: Entity) -> bool:
    """Whether we made it: then its reference is our checkout, and its notes say what it is for."""
    return CALL in find_object(link.get("notes"))


def _link_checkout(document: Document, link: Entity, told: CheckoutStatus) -> tuple[Fact, ...]:
    """The end of a link, if this is one. The envelope has the time of its creation: its own are better."""
    link_id = get_id(link, "payment_link")
    status = get_status(link, "payment_link", _LINK_WORDS, told)
    if status is CheckoutStatus.OPEN:
        return ()
    paid = status is CheckoutStatus.COMPLETED
    ended_at = link.get("updated_at") if paid else link.get("cancelled_at") or link.get("expired_at")
    checkout = CheckoutFact(
        status=status,
        checkout=link_id,
        payment=find_identifier(find_entity(document, "payment").get("id")) if paid else None,
        occurred_at=find_time(ended_at) or created_at(document),
    )
    return (checkout,)


def _invoice_context(document: Document, invoice: Entity) -> Context:
    """Notes of a renewal are its subscription's: they say who pays, not what for."""
    order = find_entity(document, "order")
    order_id = find_identifier(invoice.get("order_id"))
    if find_identifier(invoice.get("subscription_id")):
        return Context(carriers=(order,), order=order_id, subscription=invoice)
    return Context(carriers=(order, invoice), order=order_id)


def _invoice_fact(document: Document, invoice: Entity, told: GatewayInvoiceStatus) -> Fact:
    """Its own `payment_id` stays that of the first part; the payment beside is the one this is about."""
    payment = find_identifier(find_entity(document, "payment").get("id"))
    return GatewayInvoiceFact(
        invoice=get_id(invoice, "invoice"),
        status=get_status(invoice, "invoice", _INVOICE_WORDS, told),
        occurred_at=created_at(document),
        subscription=find_identifier(invoice.get("subscription_id")),
        payment=payment or find_identifier(invoice.get("payment_id")),
        gateway_customer=find_identifier(invoice.get("customer_id")),
        due_minor=find_sum(invoice.get("amount")),
        paid_minor=find_sum(invoice.get("amount_paid")),
        currency=find_currency(invoice.get("currency")),
    )
