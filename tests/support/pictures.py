"""What two histories of the same events are compared by (L0, L1), in names that both share."""

from collections.abc import Collection

from tests.support.factories import rows

Picture = dict[str, list[tuple[object, ...]]]

_LEFT_OUT = "SELECT id FROM payments WHERE (gateway_account, gateway_payment_id) IN (SELECT * FROM left_out)"
_STATEMENTS = {
    "inbox": """SELECT gateway_account, dedupe_key, type, state, waiting_for FROM gateway_events""",
    "payments": f"""
        SELECT p.gateway_account, p.gateway_payment_id, p.status, p.amount_minor, p.currency, p.evidence,
          p.claim, c.name, i.number, p.refunded_minor, p.lost_minor, p.refund_watermark_minor, p.disputed,
          p.suspense_minor, p.unidentified_minor
        FROM payments p LEFT JOIN customers c ON c.id = p.customer_id
        LEFT JOIN invoices i ON i.id = p.invoice_id WHERE p.id NOT IN ({_LEFT_OUT})""",
    "aliases": f"""
        SELECT a.gateway_account, a.external_id, p.gateway_payment_id
        FROM gateway_aliases a JOIN payments p ON p.id = a.payment_id WHERE p.id NOT IN ({_LEFT_OUT})""",
    "attempts": f"""
        SELECT gateway_account, external_id, status, decline_code FROM payment_attempts
        WHERE payment_id NOT IN ({_LEFT_OUT})""",
    "refunds": f"""
        SELECT gateway_account, gateway_refund_id, status, amount_minor, currency, applied_seq IS NULL
        FROM refunds WHERE payment_id NOT IN ({_LEFT_OUT})""",
    "disputes": f"""
        SELECT gateway_account, gateway_dispute_id, status, amount_minor, currency, occurred_at, rank,
          event_key, applied_seq IS NULL
        FROM disputes WHERE payment_id NOT IN ({_LEFT_OUT})""",
    "movements": """
        SELECT gateway_account, kind, external_id, about, amount_minor, currency, tax_minor, counter_minor,
          counter_currency, status, occurred_at, rank, event_key
        FROM movements""",
    "objects": """
        SELECT gateway_account, kind, external_id, status, data::text, occurred_at, rank, event_key
        FROM gateway_objects""",
    "checkouts": "SELECT gateway_account, external_id, status, amount_minor, currency FROM checkouts",
    "balances": f"""
        SELECT account, currency, sum(amount_minor) FROM ledger_lines
        WHERE account ~ '^(gateway|gateway_fees|bank|fx|unidentified|contested|suspense|input_tax)($|:)'
          AND coalesce(payment_id NOT IN ({_LEFT_OUT}), true)
        GROUP BY 1, 2 HAVING sum(amount_minor) <> 0""",
    "owed and held (L1)": """
        SELECT c.name, currency, sum(owed), sum(free), sum(held), sum(owed) - sum(free) - sum(held) FROM (
          SELECT i.customer_id, i.currency, 0 AS free, 0 AS held,
            l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor
              - l.written_off_minor AS owed
          FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id WHERE i.status = 'open'
          UNION ALL
          SELECT customer_id, currency, credit_minor - held_minor, held_minor, 0 FROM payments) AS each_one
        JOIN customers c ON c.id = each_one.customer_id GROUP BY 1, 2""",
    "receivable less credit (L0)": """
        SELECT c.name, l.currency, sum(l.amount_minor) FROM ledger_lines l
        JOIN customers c ON c.id = l.customer_id
        WHERE l.account IN ('receivable', 'customer_credit') GROUP BY 1, 2""",
}


def picture(left_out: Collection[tuple[str, str]] = ()) -> Picture:
    """States and amounts at the gateways, balances, and what customers owe and have.

    `left_out`: (account, gateway id) of payments that are not compared, nor what their money did.
    """
    accounts, names = [list(each) for each in zip(*sorted(left_out), strict=True)] if left_out else ([], [])
    given = "WITH left_out AS (SELECT * FROM unnest(%s::text[], %s::text[]) AS t(account, name)) "
    return {
        title: sorted(rows(given + statement, accounts, names), key=repr)
        for title, statement in _STATEMENTS.items()
    }
