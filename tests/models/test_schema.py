"""The schema: migrations go up, down and up again, and say what the models say."""

import re

import psycopg
import pytest
from alembic import command
from psycopg import sql

from bursar.rules.allocation import Policy
from bursar.rules.breaks import BreakKind
from bursar.rules.bundles import BundleFormat
from bursar.rules.calling import CallOutcome, Operation
from bursar.rules.consequences import (
    DocumentKind,
    MailKind,
    NoticeKind,
    Precondition,
    SendState,
    SuppressionReason,
)
from bursar.rules.dunning.deciding import CaseStatus, HoldKind, SubjectType
from bursar.rules.dunning.policy import Action
from bursar.rules.enrollment import UnlockRule
from bursar.rules.ledger import CauseType, EntryKind
from bursar.rules.limits import LimitPer
from bursar.rules.movements import MovementKind
from bursar.rules.noting import CreditCause
from bursar.rules.reconciling import RunKind
from bursar.rules.registers import ObjectKind
from bursar.rules.states import (
    CheckoutKind,
    CheckoutStatus,
    DisputeStatus,
    EnrollmentState,
    InvoiceStatus,
    PaymentStatus,
    RefundEffect,
    RefundStatus,
    SettlementStatus,
)
from bursar.rules.subscriptions import PlanInterval
from bursar.rules.tax import InvoiceKind, TaxKind
from models import schema
from models.kinds import KINDS
from models.tables import METADATA
from models.work import WorkState
from tests.support.databases import url_of
from tests.support.factories import rows, value

WORDS = {
    **{f"ck_{kind.table}_state_known": WorkState for kind in KINDS},
    "ck_breaks_kind_known": BreakKind,
    "ck_bundles_format_known": BundleFormat,
    "ck_bundles_kind_known": DocumentKind,
    "ck_checkouts_kind_known": CheckoutKind,
    "ck_checkouts_status_known": CheckoutStatus,
    "ck_disputes_status_known": DisputeStatus,
    "ck_documents_kind_known": DocumentKind,
    "ck_dunning_cases_hold_known": HoldKind,
    "ck_dunning_cases_status_known": CaseStatus,
    "ck_dunning_cases_subject_type_known": SubjectType,
    "ck_dunning_steps_action_known": Action,
    "ck_emails_kind_known": MailKind,
    "ck_emails_precondition_known": Precondition,
    "ck_emails_send_state_known": SendState,
    "ck_enrollment_grants_state_known": EnrollmentState,
    "ck_enrollments_desired_known": EnrollmentState,
    "ck_enrollments_observed_known": EnrollmentState,
    "ck_gateway_calls_operation_known": Operation,
    "ck_gateway_calls_outcome_known": CallOutcome,
    "ck_gateway_objects_kind_known": ObjectKind,
    "ck_credit_notes_cause_known": CreditCause,
    "ck_invoice_lines_tax_kind_known": TaxKind,
    "ck_invoices_kind_known": InvoiceKind,
    "ck_invoices_status_known": InvoiceStatus,
    "ck_ledger_entries_cause_type_known": CauseType,
    "ck_ledger_entries_kind_known": EntryKind,
    "ck_movements_kind_known": MovementKind,
    "ck_movements_status_known": SettlementStatus,
    "ck_notifications_kind_known": NoticeKind,
    "ck_payments_policy_known": Policy,
    "ck_payments_status_known": PaymentStatus,
    "ck_plan_limits_per_known": LimitPer,
    "ck_plans_interval_known": PlanInterval,
    "ck_reconciliation_runs_kind_known": RunKind,
    "ck_refund_requests_effect_known": RefundEffect,
    "ck_refund_requests_status_known": RefundStatus,
    "ck_refunds_effect_known": RefundEffect,
    "ck_refunds_status_known": RefundStatus,
    "ck_suppressions_reason_known": SuppressionReason,
    "ck_tracks_unlock_rule_known": UnlockRule,
}
"""Every CHECK over words, and the enum it must equal: migrations are frozen, enums are not."""


@pytest.fixture
def empty_url(database_url):
    """A database of its own in which nothing has happened yet."""
    name = sql.Identifier(f"migrated_{value('SELECT current_database()')}")
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield url_of(database_url, name.as_string().strip('"'))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def ours(url: str) -> list[str]:
    """Everything of ours in a database: tables, sequences, functions and triggers."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            """SELECT relname FROM pg_class
               WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')
               UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
               UNION ALL SELECT tgname || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
               ORDER BY 1"""
        )
        return [name for (name,) in found if not name.startswith("alembic_version")]


def test_migrations_go_up_down_and_up_again_and_agree_with_the_models(empty_url):
    schema.upgrade(empty_url)
    first = ours(empty_url)
    assert set(METADATA.tables) <= set(first)

    schema.downgrade(empty_url, "base")
    assert ours(empty_url) == []

    schema.upgrade(empty_url)
    assert ours(empty_url) == first
    command.check(schema.config(empty_url))


def test_every_check_over_words_equals_its_enum():
    found = rows(
        """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE contype = 'c' AND conname LIKE 'ck\\_%%\\_known'"""
    )

    known = {name: set(re.findall(r"'([^']+)'::text", definition)) for name, definition in found}
    assert known == {name: {word.value for word in words} for name, words in WORDS.items()}


def test_every_kind_of_work_has_its_table_with_the_columns_of_work():
    columns = {"state", "failures", "crashes", "not_before", "lease_until", "claim_token", "error", "done_at"}

    for kind in KINDS:
        assert columns <= set(METADATA.tables[kind.table].columns.keys())


def test_every_foreign_key_says_what_deleting_means():
    found = value(
        """SELECT count(*) FROM pg_constraint
           WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND confdeltype = 'a'"""
    )

    assert found == 0
