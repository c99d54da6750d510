"""What gateways say besides payments and refunds: disputes, movements of our balance, other objects.

Words come without a time, with the same time, twice with another value, and in any order.
"""

from datetime import timedelta

from hypothesis import strategies as st

from bursar.rules.facts import (
    CustomerFact,
    DowntimeFact,
    Fact,
    FraudWarningFact,
    GatewayInvoiceFact,
    PaymentMethodFact,
    SubscriptionFact,
)
from bursar.rules.states import (
    DisputeStatus,
    DowntimeStatus,
    FraudWarningStatus,
    FundsDirection,
    GatewayCustomerStatus,
    GatewayInvoiceStatus,
    PaymentMethodStatus,
    SettlementStatus,
    SubscriptionStatus,
)
from tests.rules.make import NOON, charged, contested, converted, disputed, given_up, settled

times = st.sampled_from((None, NOON, NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=2)))


@st.composite
def contests(draw: st.DrawFn, dispute: str, payment: str, captured_minor: int, currency: str):
    """A dispute with all that is said of it, event by event; lost, then won, or the other way round."""
    amount_minor = draw(st.one_of(st.just(captured_minor), st.integers(1, captured_minor + 3)))
    about = {"payment": payment, "currency": currency}
    statuses = draw(st.lists(st.sampled_from(DisputeStatus), min_size=1, max_size=4))
    events: list[list[Fact]] = [
        [disputed(amount_minor, status, dispute, **about, occurred_at=draw(times))] for status in statuses
    ]
    for direction in draw(st.lists(st.sampled_from(FundsDirection), max_size=3)):
        moved_minor = draw(st.sampled_from((amount_minor, amount_minor, amount_minor + 1)))
        moved = contested(moved_minor, direction, dispute, **about, occurred_at=draw(times))
        if draw(st.booleans()):
            events.append([moved])
        else:
            events[-1].append(moved)
    return events


@st.composite
def movements(draw: st.DrawFn, payment: str, currency: str) -> list[Fact]:
    """Fees and conversions of a payment; some are told again with another value."""
    facts: list[Fact] = []
    source = f"txn_{payment}"
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2)))):
        fee_minor = draw(st.sampled_from((-2, 1, 2, 3)))
        tax_minor = draw(st.sampled_from((0, fee_minor // 2)))
        facts.append(
            charged(fee_minor, tax_minor, source, about=payment, currency=currency, occurred_at=draw(times))
        )
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        bought_minor = draw(st.sampled_from((-80, 80, 81)))
        facts.append(
            converted(bought_minor // 80, bought_minor, source, about=payment, occurred_at=draw(times))
        )
    return facts


@st.composite
def snapshots(draw: st.DrawFn) -> list[Fact]:
    """Settlements and objects that move nothing."""
    facts: list[Fact] = []
    for status in draw(st.lists(st.sampled_from(SettlementStatus), max_size=3)):
        amount_minor = draw(st.sampled_from((-4, 7, 8)))
        name = draw(st.sampled_from(("po_1", "po_1", "po_2")))
        facts.append(settled(amount_minor, status, name, occurred_at=draw(times)))
    return facts + draw(st.lists(_objects(), max_size=4))


def losses(invoices: int) -> st.SearchStrategy[list[Fact]]:
    """What operators give up of some of these invoices, also of lines and invoices that are not there."""
    line = st.tuples(st.integers(1, 4), st.integers(1, 9))
    ruling = st.builds(
        lambda number, lines: given_up(f"INV-{number}", *lines),
        st.integers(1, invoices + 1),
        st.lists(line, min_size=1, max_size=3, unique_by=lambda each: each[0]),
    )
    return st.just([]) | st.lists(ruling, max_size=2)


def warnings(payment: str) -> st.SearchStrategy[list[Fact]]:
    """Suspicions of fraud about a payment."""
    warning = st.builds(
        FraudWarningFact,
        warning=st.just(f"issfr_{payment}"),
        status=st.sampled_from(FraudWarningStatus),
        payment=st.just(payment),
        occurred_at=times,
    )
    return st.lists(warning, max_size=2) | st.just([])


def _objects() -> st.SearchStrategy[Fact]:
    return st.one_of(
        st.builds(
            SubscriptionFact,
            subscription=st.just("sub_1"),
            status=st.sampled_from(SubscriptionStatus),
            occurred_at=times,
        ),
        st.builds(
            GatewayInvoiceFact,
            invoice=st.just("in_1"),
            status=st.sampled_from(GatewayInvoiceStatus),
            occurred_at=times,
            payment=st.sampled_from((None, "pi_1")),
        ),
        st.builds(
            PaymentMethodFact,
            method=st.sampled_from(("pm_1", "pm_2")),
            status=st.sampled_from(PaymentMethodStatus),
            occurred_at=times,
        ),
        st.builds(
            CustomerFact,
            gateway_customer=st.just("cus_asha"),
            status=st.sampled_from(GatewayCustomerStatus),
            occurred_at=times,
        ),
        st.builds(
            DowntimeFact,
            downtime=st.just("down_1"),
            status=st.sampled_from(DowntimeStatus),
            occurred_at=times,
        ),
    )
