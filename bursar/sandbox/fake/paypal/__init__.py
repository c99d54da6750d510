"""PayPal, played: orders that a payer approves, captures, refunds, subscriptions, disputes, reports."""
