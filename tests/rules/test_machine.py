"""Anything may happen next: the post loses, doubles and reorders, machines crash; the laws always hold."""

import os
from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from bursar.rules.allocation import Policy
from bursar.rules.facts import Claims
from bursar.rules.states import DisputeStatus, FundsDirection, PaymentStatus, RefundStatus
from bursar.sandbox.memory.laws import check_laws
from bursar.sandbox.memory.views import (
    balances,
    both_of_groups,
    gateway_objects,
    net_of_groups,
    order_of_application,
    placements,
)
from bursar.sandbox.memory.writing import write
from tests.rules.make import (
    ASHA,
    BEN,
    NOON,
    again,
    charged,
    contested,
    disputed,
    make_directory,
    make_invoice,
    paid,
    refunded,
    settled,
    told,
)
from tests.rules.world import decided, deliver, make_world, open_invoice

INVOICES = tuple(
    make_invoice(number, fees, customer=customer)
    for number, fees, customer in ((1, [6, 4], ASHA), (2, [5], ASHA), (3, [7, 2], BEN), (4, [9], BEN))
)
CLAIMS = (
    Claims(),
    Claims(gateway_customer="cus_ben"),
    Claims(customer="asha"),
    Claims(subscriber="ben"),
    *(Claims(invoice=f"INV-{number}") for number in range(1, 5)),
)
ENDS = (None, DisputeStatus.WON, DisputeStatus.LOST)
amounts = st.integers(1, 12)
whose = st.sampled_from(CLAIMS)
seeds = st.builds(Random, st.integers(0, 2**32))
"""Seeds, not drawn orders: what is drawn stays close to sorted and small."""


class School(RuleBasedStateMachine):
    """What gateways say is noted in the order of their clocks; the post brings it as it likes."""

    payments = Bundle("payments")

    @initialize(policy=st.sampled_from(Policy), late=st.integers(0, 2))
    def open_school(self, policy, late):
        self.policy = policy
        self.world = make_world(directory=make_directory(INVOICES))
        self.parts = [[]]  # (payment, event) as the gateways' clocks have it; invoices open between parts
        self.on_the_way, self.kept_back, self.crashed, self.delivered = [], [], [], []
        self.drafts = list(INVOICES[len(INVOICES) - late :])
        self.at_once = INVOICES[: len(INVOICES) - late]
        self.opened = []
        self.numbers = 0
        for invoice in self.at_once:
            open_invoice(self.world, invoice)

    # -- what gateways say

    @rule(target=payments, amount_minor=amounts, claims=whose)
    def pay(self, amount_minor, claims):
        """In part, in full, too much, once more: it depends on what is owed."""
        name = f"pi_{self._number()}"
        self._say(
            name, paid(amount_minor, name, claims=claims, aliases=(f"ch_{name}",)), charged(1, source=name)
        )
        return name, amount_minor

    @rule(
        target=payments,
        amount_minor=amounts,
        status=st.sampled_from((PaymentStatus.FAILED, PaymentStatus.PROCESSING)),
    )
    def fail(self, amount_minor, status):
        name = f"pi_{self._number()}"
        self._say(name, paid(amount_minor, name, status=status))
        return name, amount_minor

    @rule(payment=payments, claims=whose)
    def know_better(self, payment, claims):
        name, amount_minor = payment
        self._say(name, paid(amount_minor, name, claims=claims))

    @rule(payment=payments, share=st.sampled_from((1, 2, 3)), fails=st.booleans())
    def refund(self, payment, share, fails):
        name, amount_minor = payment
        refund = f"re_{self._number()}"
        for status in (RefundStatus.SUCCEEDED, RefundStatus.FAILED)[: 1 + fails]:
            self._say(name, refunded(max(1, amount_minor // share), refund, payment=name, status=status))

    @rule(payment=payments, end=st.sampled_from(ENDS))
    def dispute(self, payment, end):
        name, amount_minor = payment
        dispute = f"dp_{self._number()}"
        named = {"dispute": dispute, "payment": name}
        self._say(name, disputed(amount_minor, **named), contested(amount_minor, **named))
        if end:
            facts = [disputed(amount_minor, end, **named, occurred_at=NOON + timedelta(hours=1))]
            if end is DisputeStatus.WON:
                facts.append(contested(amount_minor, FundsDirection.REINSTATED, **named))
            self._say(name, *facts)

    @rule(amount_minor=amounts)
    def settle(self, amount_minor):
        self._say("", settled(amount_minor, settlement=f"po_{self._number()}"))

    @rule(target=payments, order=seeds)
    def busy_day(self, order):
        """Many things at once, so that there is something to lose."""
        payment = self.pay(order.randint(1, 12), order.choice(CLAIMS))
        for _ in range(order.randint(2, 8)):
            what = order.randrange(5)
            if what == 0:
                payment = self.pay(order.randint(1, 12), order.choice(CLAIMS))
            elif what == 1:
                self.refund(payment, order.randint(1, 3), order.random() < 0.3)
            elif what == 2:
                self.dispute(payment, order.choice(ENDS))
            else:
                self.know_better(payment, order.choice(CLAIMS))
        return payment

    # -- what the post and our own machines do

    @rule(count=st.sampled_from((1, 2, 5, 30)), order=seeds)
    def bring(self, count, order):
        """Some of what is on its way, in any order, in one batch."""
        self._deliver(self._take(count, order))

    @rule(order=seeds)
    def drop(self, order):
        """Something is lost on its way; reconciliation finds it one day."""
        self.kept_back += self._take(1, order)

    @rule()
    def backfill(self):
        kept_back, self.kept_back = self.kept_back, []
        self._deliver(kept_back)

    @rule(order=seeds)
    def bring_again(self, order):
        if self.delivered:
            self._deliver([again(order.choice(self.delivered))])

    @rule(count=st.sampled_from((1, 2, 5, 30)), order=seeds)
    def crash_before_the_commit(self, count, order):
        """A decision is made and never written; its events are due again when the lease ends."""
        batch = self._take(count, order)
        decided(self.world, batch, policy=self.policy)
        self.crashed += batch

    @rule(count=st.sampled_from((1, 2, 5, 30)), order=seeds)
    def crash_after_the_commit(self, count, order):
        """It was written, but nobody was told: what it released is still to be swept up."""
        batch = self._take(count, order)
        self.world.events.update((each.event_id, each) for each in batch)
        self.crashed += write(self.world, decided(self.world, batch, policy=self.policy))
        self.delivered += batch

    @rule()
    def sweep(self):
        crashed, self.crashed = self.crashed, []
        self._deliver(crashed)

    @precondition(lambda self: self.drafts)
    @rule()
    def tick(self):
        """The next invoice opens; all that was said until now is brought first."""
        self._drain()
        self.opened.append(self.drafts.pop(0))
        open_invoice(self.world, self.opened[-1])
        self.parts.append([])

    # -- what must be true

    @invariant()
    def every_law_holds(self):
        check_laws(self.world)

    def teardown(self):
        """Once everything was brought, the world is as if it had come in order, once."""
        if not hasattr(self, "world"):
            return
        self._drain()
        check_laws(self.world)
        once = self._told_again(self.parts)
        assert gateway_objects(self.world) == gateway_objects(once)
        assert balances(self.world) == balances(once)
        assert net_of_groups(self.world) == net_of_groups(once)
        assert both_of_groups(self.world) == both_of_groups(once)
        self._compare_places()

    def _compare_places(self):
        places = {name: place for place, name in enumerate(order_of_application(self.world))}
        parts = [sorted(part, key=lambda said: places.get(said[0], len(places))) for part in self.parts]
        alike = self._told_again(parts)
        assert order_of_application(alike) == order_of_application(self.world)
        assert placements(alike) == placements(self.world)

    # -- steps

    def _number(self):
        self.numbers += 1
        return self.numbers

    def _say(self, payment, *facts):
        event = told(*facts)
        self.parts[-1].append((payment, event))
        self.on_the_way.append(event)

    def _take(self, count, order):
        order.shuffle(self.on_the_way)
        taken, self.on_the_way = self.on_the_way[:count], self.on_the_way[count:]
        return taken

    def _deliver(self, batch):
        if batch:
            deliver(self.world, [batch], policy=self.policy)
            self.delivered += batch

    def _drain(self):
        batch = [*self.on_the_way, *self.kept_back, *self.crashed]
        self.on_the_way, self.kept_back, self.crashed = [], [], []
        self._deliver(batch)

    def _told_again(self, parts):
        world = make_world(*self.at_once, directory=make_directory(INVOICES))
        for n, part in enumerate(parts):
            deliver(world, [[event] for _, event in part], policy=self.policy)
            if n < len(self.opened):
                open_invoice(world, self.opened[n])
        return world


TestSchool = School.TestCase
TestSchool.settings = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "200")),
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
"""MACHINE_EXAMPLES=20000 makes a night of it."""
