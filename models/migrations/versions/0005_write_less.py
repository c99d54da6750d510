"""Write less per payment: rows that change stay on their page, rights are keyed by what they join."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHANGED_ONCE = ("gateway_events", "invoices", "invoice_lines", "enrollments", "enrollment_grants")
"""Half of each page stays free for the second version of its rows: no index is written for it."""
CLAIMED_IN_PLACE = {"gateway_events": "done_at IS NULL", "enrollments": "desired <> observed"}
"""Table -> what is true of its open rows, in columns that a claim does not write."""
AT_REST = """UPDATE enrollments SET state = 'done', done_at = now(), lease_until = NULL, claim_token = NULL
WHERE state IN ('pending', 'running') AND desired = observed"""
JOINED = {"unlocks": "project_id", "step_progress": "step_id"}
"""Table -> what it joins to an enrollment. Its own ids were read by nobody."""

BALANCED = """
CREATE OR REPLACE FUNCTION bursar_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT bool_and(total = 0) FROM
      (SELECT sum(amount_minor) AS total FROM ledger_lines WHERE entry_id = NEW.id GROUP BY currency) t) IS NOT TRUE
  THEN
    RAISE EXCEPTION 'ledger entry % does not balance', NEW.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""
"""One look instead of two. An entry without lines has no total, and NULL is not TRUE."""
BALANCED_BEFORE = """
CREATE OR REPLACE FUNCTION bursar_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM ledger_lines WHERE entry_id = NEW.id)
     OR EXISTS (SELECT FROM ledger_lines WHERE entry_id = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0)
  THEN
    RAISE EXCEPTION 'ledger entry % does not balance', NEW.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""


def upgrade() -> None:
    """No row is rewritten; pages written from now on keep room."""
    op.execute("UPDATE gateway_events SET done_at = NULL WHERE state IN ('pending', 'running')")
    op.create_check_constraint(
        op.f("ck_gateway_events_unfinished_has_no_end"),
        "gateway_events",
        "state NOT IN ('pending', 'running') OR done_at IS NULL",
    )
    op.execute("UPDATE gateway_events SET error = 'put aside' WHERE state = 'ignored' AND error IS NULL")
    op.create_check_constraint(
        op.f("ck_gateway_events_ignored_has_a_reason"),
        "gateway_events",
        "state <> 'ignored' OR error IS NOT NULL",
    )
    op.execute(AT_REST)
    op.create_check_constraint(
        op.f("ck_enrollments_work_while_they_differ"),
        "enrollments",
        "state NOT IN ('pending', 'running') OR desired <> observed",
    )
    for table in CLAIMED_IN_PLACE:
        for name in ("due", "leased"):
            op.drop_index(f"ix_{table}_{name}", table)
    op.drop_index("ix_gateway_events_unapplied", "gateway_events")
    for table, condition in CLAIMED_IN_PLACE.items():
        _index(table, "open", ["not_before", "id"], condition)
    _index("gateway_events", "unapplied", ["object_id"], "error IS NOT NULL")
    for table in CHANGED_ONCE:
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")
    for table, joined in JOINED.items():
        op.drop_constraint(op.f(f"pk_{table}"), table)
        op.drop_column(table, "id")
        op.drop_constraint(op.f(f"uq_{table}_enrollment_id_{joined}"), table)
        op.create_primary_key(op.f(f"pk_{table}"), table, ["enrollment_id", joined])
    op.execute(BALANCED)


def downgrade() -> None:
    """Give the ids back, new ones."""
    op.execute(BALANCED_BEFORE)
    for table, joined in JOINED.items():
        op.drop_constraint(op.f(f"pk_{table}"), table)
        op.add_column(
            table, sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
        )
        op.alter_column(table, "id", server_default=None)
        op.create_primary_key(op.f(f"pk_{table}"), table, ["id"])
        op.create_unique_constraint(
            op.f(f"uq_{table}_enrollment_id_{joined}"), table, ["enrollment_id", joined]
        )
    for table in CHANGED_ONCE:
        op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
    op.drop_index("ix_gateway_events_unapplied", "gateway_events")
    _index("gateway_events", "unapplied", ["object_id"], "state IN ('dead', 'ignored')")
    for table in CLAIMED_IN_PLACE:
        op.drop_index(f"ix_{table}_open", table)
        _index(table, "due", ["not_before", "id"], "state = 'pending'")
        _index(table, "leased", ["lease_until"], "state = 'running'")
    op.drop_constraint(op.f("ck_enrollments_work_while_they_differ"), "enrollments")
    op.drop_constraint(op.f("ck_gateway_events_ignored_has_a_reason"), "gateway_events")
    op.drop_constraint(op.f("ck_gateway_events_unfinished_has_no_end"), "gateway_events")


def _index(table: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=sa.text(where))
